//! Why an archive is refused for the sake of a file in it.

use romt_dist::{HashFileError, ManifestError, ManifestPath};
use romt_types::Digest;

/// Why a file makes an archive of toolchains or of rustup one that is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BadFile {
    /// No manifest of the archive has such a package.
    #[error("no manifest in the archive lists it")]
    NotListed,
    /// The bytes are not those that the manifest lists, or not those that its `.sha256` file says. The words are Python
    /// romt's.
    #[error("Bad hash for {name} (got {found}, expected {expected})")]
    Hash {
        /// The file.
        name: String,
        /// What it is.
        found: Digest,
        /// What it should be.
        expected: Digest,
    },
    /// Its `.sha256` file is not in the archive.
    #[error("its .sha256 file is not in the archive")]
    NoHash,
    /// Its `.sha256` file cannot be read.
    #[error("its .sha256 file cannot be used")]
    BadHashFile(#[source] HashFileError),
    /// It lies beside a file that is not in the archive.
    #[error("the file that it goes with is not in the archive")]
    Alone,
    /// It is no manifest.
    #[error("it cannot be used as a manifest")]
    Manifest(#[source] ManifestError),
    /// It is a manifest, but that of another release or day.
    #[error("it is the manifest of {0}")]
    OtherManifest(ManifestPath),
    /// Two manifests of the archive list it with different hashes; both cannot be right.
    #[error("the manifests in the archive have two hashes for it")]
    TwoHashes,
}

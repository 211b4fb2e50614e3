//! What can be wrong with a manifest.

use romt_types::ParseError;

use super::Manifest;
use crate::PackagePath;

/// Why a manifest could not be read. Whichever it is, nothing in the manifest is used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// It is no manifest: look at what serves it. It was not read at all.
    #[error("it is larger than {} bytes, and no manifest is", Manifest::MAX_SIZE)]
    TooLarge,
    /// It is no manifest, or was cut or damaged on the way: fetch it again.
    #[error("it is not a manifest in TOML: {message}{}", in_line(*.line))]
    Malformed {
        /// What was found, in the parser's words, shortened.
        message: String,
        /// Where, counted from one.
        line: Option<usize>,
    },
    /// It is one of another kind: a newer romt is needed, or it is not for rustup.
    #[error("its manifest-version is {found}, and only \"2\" is known")]
    ManifestVersion {
        /// What stands in it, shortened.
        found: String,
    },
    /// It does not say of which day it is.
    #[error("it has no date")]
    NoDate,
    /// The day in it is none.
    #[error("its date cannot be used")]
    Date(#[source] ParseError),
    /// It has no package whose version would tell the channel.
    #[error("it has neither of the packages rust-src, rust and rustc, whose version tells its channel")]
    NoVersion,
    /// The version that would tell the channel tells nothing.
    #[error("the version of its package {package} cannot be used")]
    Version {
        /// The package.
        package: &'static str,
        /// What is wrong.
        source: ParseError,
    },
    /// One package cannot be used, so the whole toolchain cannot be vouched for.
    #[error("its package {name} for {target} cannot be used")]
    Package {
        /// The package, as it is shown.
        name: String,
        /// Its target, as it is shown.
        target: String,
        /// What is wrong.
        source: PackageError,
    },
    /// A name in a profile or a rename is none.
    #[error("its [{table}] cannot be used")]
    Name {
        /// `profiles` or `renames`.
        table: &'static str,
        /// What is wrong.
        source: ParseError,
    },
    /// Two packages claim one file with different hashes; both cannot be right.
    #[error("it has two hashes for {0}")]
    TwoHashes(PackagePath),
    /// There are more packages than any release has.
    #[error("it has more than {} packages", Manifest::MAX_PACKAGES)]
    TooManyPackages,
}

/// Why a package of a manifest cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackageError {
    /// Its name or its target's name is none.
    #[error("its name cannot be used")]
    Name(#[source] ParseError),
    /// Its URL leads to no place where a package could be.
    #[error("its URL cannot be used")]
    Url(#[source] ParseError),
    /// There is a URL and no hash.
    #[error("it has no hash")]
    NoHash,
    /// Its hash is none.
    #[error("its hash cannot be used")]
    Hash(#[source] ParseError),
}

fn in_line(line: Option<usize>) -> String {
    line.map(|line| format!(" (line {line})")).unwrap_or_default()
}

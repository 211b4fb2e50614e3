//! What taking over an archive comes to.

use romt_types::{CrateId, Digest};

/// What happens while an archive is taken over.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum UnpackEvent<'a> {
    /// A line of git's own, as it reads the bundle of the index.
    Git(&'a str),
    /// The bundle of the index was read and fits the repository; the crates are compared with it from now on.
    Received,
    /// The crate is what the index says it is. It is not in its place yet.
    Checked(&'a CrateId),
    /// The crate is what the index of the archive says, but the mirror's own index is newer and says otherwise: the
    /// mirror is left as it is.
    Kept(&'a CrateId),
    /// The crate is not what the index says, and is left out.
    Bad(&'a CrateId, &'a BadCrate),
    /// The archive is whole and right. So many crates take their places now.
    Whole(u64),
    /// The crate is in its place, as are all that will be: these come in the order of the archive.
    Extracted(&'a CrateId),
}

/// What was taken over.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unpacked {
    /// The crates that are in their places now, those among them that were there before.
    pub extracted: u64,
    /// The crates that were right but older than what the mirror's own index says.
    pub kept: u64,
    /// The crates that were left out, and why.
    pub bad: Vec<(CrateId, BadCrate)>,
}

/// Why a crate of an archive is bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadCrate {
    /// The index of the archive has no such version.
    #[error("the index in the archive does not list it")]
    NotListed,
    /// The bytes are not those that the index lists.
    #[error("its SHA-256 is {found}, but the index in the archive says {expected}")]
    Checksum {
        /// What the index says.
        expected: Digest,
        /// What it is.
        found: Digest,
    },
}

//! What the crates verbs tell while they work.

use romt_types::{CrateId, Digest};

/// Something that happened to one version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrateEvent<'a> {
    /// It was downloaded, and is right.
    Downloaded(&'a CrateId, &'a Digest),
    /// It was here already, and is right.
    Cached(&'a CrateId, &'a Digest),
    /// It is here, and was taken for right.
    AssumedOk(&'a CrateId, &'a Digest),
    /// It was read, and is right.
    Verified(&'a CrateId, &'a Digest),
    /// It could not be had, or is wrong.
    Bad {
        /// Which.
        id: &'a CrateId,
        /// What it should hash to.
        cksum: &'a Digest,
        /// Why: the error and its causes on one line.
        reason: &'a str,
    },
    /// Part of an index file cannot be read.
    BadIndex(&'a str),
    /// Its file was removed.
    Pruned(&'a CrateId),
}

/// Where events go; what is called must not block.
pub type OnEvent<'a> = &'a mut (dyn FnMut(CrateEvent<'_>) + Send);

/// What became of the versions a verb worked on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CrateCounts {
    /// Versions whose files are here and right.
    pub good: u64,
    /// Versions whose files are not, and parts of the index that cannot be read.
    pub bad: u64,
}

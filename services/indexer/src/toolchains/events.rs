//! What the toolchain verbs tell while they work, and what came of it.

use std::collections::BTreeSet;

use romt_dist::{Components, DistKey, ManifestPath, Release, Target};

/// Something that happened.
#[derive(Debug, Clone, Copy)]
pub enum ToolchainEvent<'a> {
    /// Work on one toolchain begins: `Download: SPEC`.
    Begun(ManifestPath),
    /// How `--components` was understood, when something was chosen.
    Components(&'a Components),
    /// Which release it is: `  ident: …`.
    Release(&'a Release),
    /// What it comes to: `  packages: N, targets: M`.
    Planned {
        /// Packages, before components leave some out and files are shared.
        packages: usize,
        /// The targets.
        targets: &'a BTreeSet<Target>,
    },
    /// So many files are asked for now, those included that are here and to be read.
    Fetching {
        /// Files.
        files: usize,
    },
    /// It was downloaded, and is right.
    Downloaded {
        /// Which file.
        key: &'a DistKey,
        /// Its size.
        bytes: u64,
    },
    /// It was here already, and is right.
    Cached(&'a DistKey),
    /// It is here, and was taken for right.
    AssumedOk(&'a DistKey),
    /// It was brought or checked for another package before.
    Duplicate(&'a DistKey),
    /// It was read, and is right.
    Verified(&'a DistKey),
    /// A `.sha256` was written for it.
    HashWritten(&'a DistKey),
    /// It would be downloaded: the tidings of a dry run.
    Missing {
        /// Which file.
        key: &'a DistKey,
        /// Its size, if upstream says it.
        size: Option<u64>,
    },
    /// A manifest was put where clients look for it.
    Published(ManifestPath),
    /// A manifest at the top, of a version, goes with the day it points to, or would.
    Withdrawn(ManifestPath),
    /// It was removed, or would be.
    Pruned {
        /// Which file.
        key: &'a DistKey,
        /// Its size.
        bytes: u64,
    },
    /// It could not be had, is missing, or is wrong. The verb goes on with the others, and fails at the end.
    Bad {
        /// Which file.
        key: &'a DistKey,
        /// Why: the error and its causes on one line.
        reason: &'a str,
    },
    /// Something that the operator should know and that stops nothing.
    Warning(&'a str),
}

/// Where events go; what is called must not block.
pub type OnToolchainEvent<'a> = &'a mut (dyn FnMut(ToolchainEvent<'_>) + Send);

/// What became of the files of packages that a verb worked on, each counted once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ToolchainCounts {
    /// Files that were downloaded; in a dry run those that would be.
    pub downloaded: u64,
    /// Their bytes, as far as they are known.
    pub bytes: u64,
    /// Of how many of them the size is not known; only in a dry run.
    pub unknown: u64,
    /// Files that were here.
    pub present: u64,
}

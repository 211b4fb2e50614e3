//! What the verbs of rustup tell while they work.

use romt_dist::{ReleaseVersion, RustupKey, Target};

use super::ReleaseTargets;

/// Something that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RustupEvent<'a> {
    /// Work on a release begins.
    Begun(&'a ReleaseTargets),
    /// So many of its programs are asked for now, those included that are here and to be read.
    Fetching {
        /// The release.
        version: ReleaseVersion,
        /// Programs.
        files: usize,
    },
    /// A program was downloaded, and is right.
    Downloaded {
        /// Which.
        key: &'a RustupKey,
        /// Its size.
        bytes: u64,
    },
    /// It was here already, and is right.
    Cached(&'a RustupKey),
    /// It and its hash are here, and were taken for right.
    AssumedOk(&'a RustupKey),
    /// It was read, and is right.
    Verified(&'a RustupKey),
    /// It could not be had, or is wrong.
    Bad {
        /// Which.
        key: &'a RustupKey,
        /// Why: the error and its causes on one line.
        reason: &'a str,
    },
    /// Upstream has no program of a release for some of all the targets, and nobody asked for one of them by name.
    Lacking {
        /// The release.
        version: ReleaseVersion,
        /// What upstream has none for.
        targets: &'a [Target],
    },
    /// `release-stable.toml` names this release now.
    Pointed(ReleaseVersion),
    /// `dist/` holds the programs of this release now.
    Copied(ReleaseVersion),
}

/// Where events go; what is called must not block.
pub type OnRustupEvent<'a> = &'a mut (dyn FnMut(RustupEvent<'_>) + Send);

/// What became of the programs a verb worked on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RustupCounts {
    /// Programs that are here and right.
    pub good: u64,
    /// Programs that are not.
    pub bad: u64,
}

impl RustupCounts {
    pub(crate) fn good(&mut self) {
        self.good += 1;
    }

    pub(crate) fn bad(&mut self, key: &RustupKey, reason: &str, on: OnRustupEvent<'_>) {
        self.bad += 1;
        on(RustupEvent::Bad { key, reason });
    }
}

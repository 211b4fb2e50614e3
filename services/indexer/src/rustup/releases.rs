//! Which releases of rustup, and which of their programs.

use std::collections::BTreeSet;

use romt_dist::{ReleaseVersion, RustupKey, RustupSpec, Target};

/// A release that a SPEC stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChosenRelease {
    /// What is left of the SPEC where wild ones are expanded: `stable`, or the version.
    pub spec: RustupSpec,
    /// The release.
    pub version: ReleaseVersion,
}

/// A release, and for which targets its programs are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseTargets {
    /// What it was asked for by.
    pub spec: RustupSpec,
    /// The release.
    pub version: ReleaseVersion,
    /// The targets, in order.
    pub targets: BTreeSet<Target>,
}

impl ChosenRelease {
    /// The release of this number.
    pub fn of(version: ReleaseVersion) -> Self {
        Self { spec: RustupSpec::Version(version), version }
    }

    /// It with targets.
    pub fn for_targets(self, targets: BTreeSet<Target>) -> ReleaseTargets {
        ReleaseTargets { spec: self.spec, version: self.version, targets }
    }
}

impl ReleaseTargets {
    /// The program of each target.
    pub(crate) fn programs(&self) -> impl Iterator<Item = RustupKey> {
        self.targets.iter().map(|target| program(self.version, target))
    }
}

/// Where the program of a release for a target is.
pub(crate) fn program(version: ReleaseVersion, target: &Target) -> RustupKey {
    RustupKey::Archive { version, target: target.clone(), hash: false }
}

/// The `.sha256` file beside a program.
pub(crate) fn hash_of(program: &RustupKey) -> RustupKey {
    let mut key = program.clone();
    if let RustupKey::Archive { hash, .. } | RustupKey::Dist { hash, .. } = &mut key {
        *hash = true;
    }
    key
}

//! Channel manifests: what a toolchain is made of.

mod error;
mod file;
mod held;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use romt_types::Digest;

pub use error::{ManifestError, PackageError};
pub use held::{HeldCounts, TargetType};

use crate::{Date, PackageName, PackagePath, PackageTarget, Profile, Release, Target};

/// A channel manifest, read. The file itself is kept and passed on byte for byte; nothing writes one from this.
///
/// Only what a mirror needs is here: the packages with their files, profiles, renames. What else a manifest has
/// (installers, sources, git commits, `.tar.gz` twins) is passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    release: Release,
    packages: Vec<Package>,
    profiles: BTreeMap<String, Vec<PackageName>>,
    renames: BTreeMap<PackageName, PackageName>,
    /// What the combined package `rust` is made of, for each target; profiles of manifests that have none.
    combined: BTreeMap<Target, Vec<PackageName>>,
}

/// A package for a target.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Package {
    /// What it is for.
    pub target: PackageTarget,
    /// Its name.
    pub name: PackageName,
    /// Its file; `None` when it is not available for this target.
    pub file: Option<PackageFile>,
}

/// Where a package's file is, and what it must be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PackageFile {
    /// Its place below `dist/`; several packages may share one.
    pub path: PackagePath,
    /// Its SHA-256, which counts whatever a side-car file says.
    pub digest: Digest,
}

impl Manifest {
    /// The most bytes of a manifest that are read. Upstream's have about one million.
    pub const MAX_SIZE: usize = 4 << 20;
    /// The most packages of all targets together. Upstream's have about 3,000, available or not.
    pub const MAX_PACKAGES: usize = 50_000;

    /// Reads a manifest.
    pub fn parse(content: &[u8]) -> Result<Self, ManifestError> {
        file::parse(content)
    }

    /// Which release it is of.
    pub fn release(&self) -> &Release {
        &self.release
    }

    /// All packages, available or not, by target and name: first those for every target.
    pub fn packages(&self) -> &[Package] {
        &self.packages
    }

    /// The packages that are available, with their files, in the same order.
    pub fn available(&self) -> impl Iterator<Item = (&Package, &PackageFile)> {
        self.packages.iter().filter_map(|package| package.file.as_ref().map(|file| (package, file)))
    }

    /// The packages that are available for `target`, those for every target among them.
    pub fn available_for(&self, target: &Target) -> impl Iterator<Item = (&Package, &PackageFile)> {
        self.available().filter(move |(package, _)| package.target.covers(target))
    }

    /// Every target that it names, also those that nothing is available for.
    pub fn targets(&self) -> BTreeSet<&Target> {
        self.packages.iter().filter_map(Package::only_target).collect()
    }

    /// Every target that something of its own is available for.
    pub fn available_targets(&self) -> BTreeSet<&Target> {
        self.available().filter_map(|(package, _)| package.only_target()).collect()
    }

    /// The names of packages that are available for any target.
    pub fn components(&self) -> BTreeSet<&PackageName> {
        self.available().map(|(package, _)| &package.name).collect()
    }

    /// Whether a toolchain can run on `target`, and not just compile for it: its compiler is available.
    pub fn has_host(&self, target: &Target) -> bool {
        let own = |package: &Package| package.only_target() == Some(target) && package.name.as_str() == "rustc";
        self.available().any(|(package, _)| own(package))
    }

    /// The package that goes by `name`, or went by it before it was renamed.
    pub fn find_package(&self, name: &str) -> Option<&PackageName> {
        let known = |name: &str| self.packages.iter().map(|package| &package.name).find(|own| own.as_str() == name);
        known(name).or_else(|| self.renames.get(name).and_then(|renamed| known(renamed.as_str())))
    }

    /// The names of the packages that rustup's profile has on the host `target`; what is not available there is among
    /// them. `None` if the manifest has profiles, but not this one.
    ///
    /// Releases before profiles (1.38) have one for all three: what the combined package is made of.
    pub fn profile(&self, profile: Profile, target: &Target) -> Option<BTreeSet<&PackageName>> {
        if self.profiles.is_empty() {
            return Some(self.combined.get(target).into_iter().flatten().collect());
        }
        self.profiles.get(profile.as_str()).map(|names| names.iter().collect())
    }

    /// The folders of days that its packages are in. Mostly one, that of its release.
    pub fn package_dates(&self) -> BTreeSet<Date> {
        self.available().filter_map(|(_, file)| file.path.date()).collect()
    }
}

impl Package {
    /// The one target that it is for; `None` if it is for all.
    pub fn only_target(&self) -> Option<&Target> {
        match &self.target {
            PackageTarget::Any => None,
            PackageTarget::Only(target) => Some(target),
        }
    }
}

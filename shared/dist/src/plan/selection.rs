//! What was asked for, remembered.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{Manifest, Package, PackageName, PackagePath, PackageTarget, Target};

/// Which packages of a manifest a mirror is to have: what was asked for, to be kept beside the manifest.
///
/// From the files alone it cannot be told whether one is missing or was never wanted. Python romt guesses, so a lost
/// compiler makes a toolchain look like one for cross-compiling, and passes. With this there is nothing to guess:
/// every download, and every archive taken in, adds what it was about ([`merge`](Self::merge)), and
/// [`Expected`](crate::Expected) asks for all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Selection(BTreeMap<PackageTarget, BTreeSet<PackageName>>);

impl Selection {
    /// That of just these packages.
    pub fn of<'m>(packages: impl IntoIterator<Item = &'m Package>) -> Self {
        let mut selection = Self::default();
        for package in packages {
            selection.0.entry(package.target.clone()).or_default().insert(package.name.clone());
        }
        selection
    }

    /// That of what came with an archive: the packages of `manifest` whose files did. A package that shares its file with
    /// other targets counts only for targets that the archive has.
    pub fn of_files(manifest: &Manifest, is_there: impl Fn(&PackagePath) -> bool) -> Self {
        let targets = manifest.held_targets(&is_there);
        let there = manifest.available().filter(|(package, file)| {
            is_there(&file.path) && package.only_target().is_none_or(|target| targets.contains_key(target))
        });
        Self::of(there.map(|(package, _)| package))
    }

    /// Adds what `other` has.
    pub fn merge(&mut self, other: Self) {
        for (target, names) in other.0 {
            self.0.entry(target).or_default().extend(names);
        }
    }

    /// Whether it has the package.
    pub fn has(&self, package: &Package) -> bool {
        self.0.get(&package.target).is_some_and(|names| names.contains(&package.name))
    }

    /// The targets that something of their own was asked for.
    pub fn targets(&self) -> impl Iterator<Item = &Target> {
        self.0.keys().filter_map(|target| match target {
            PackageTarget::Any => None,
            PackageTarget::Only(target) => Some(target),
        })
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

//! What of a manifest is on disk, as `list` shows it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::Manifest;
use crate::{PackagePath, PackageTarget, Target};

/// What the files on disk make of a target; the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TargetType {
    /// The compiler is there.
    Native,
    /// No compiler, but the standard library.
    Cross,
    /// Neither: documentation, mostly.
    Minimal,
}

impl TargetType {
    /// What one package alone makes of its target.
    fn of_package(name: &str) -> Self {
        match name {
            "rustc" => Self::Native,
            "rust-std" => Self::Cross,
            _ => Self::Minimal,
        }
    }
}

impl fmt::Display for TargetType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Native => "native-target",
            Self::Cross => "cross-target",
            Self::Minimal => "minimal",
        })
    }
}

/// How much of a manifest is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldCounts {
    /// Targets that are on disk.
    pub targets_held: usize,
    /// Targets that something is available for.
    pub targets_available: usize,
    /// Packages whose file is on disk; one file may be that of several.
    pub packages_held: usize,
    /// Packages that are available.
    pub packages_available: usize,
}

impl fmt::Display for HeldCounts {
    /// As `list` shows it: `targets[10/94]   packages[34/425]  `, in columns.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let targets = format!("targets[{}/{}]", self.targets_held, self.targets_available);
        let packages = format!("packages[{}/{}]", self.packages_held, self.packages_available);
        write!(f, "{targets:16} {packages:18}")
    }
}

impl Manifest {
    /// What each target is, where `is_held` tells which files are on disk.
    ///
    /// A target is on disk if all of its files are, or one that no other target uses: a shared file alone says nothing.
    /// What is for every target does not count.
    pub fn held_targets(&self, is_held: impl Fn(&PackagePath) -> bool) -> BTreeMap<Target, TargetType> {
        let users = self.users();
        let mut found: BTreeMap<&Target, Found> = BTreeMap::new();
        for (package, file) in self.available() {
            let PackageTarget::Only(target) = &package.target else { continue };
            let found = found.entry(target).or_default();
            if is_held(&file.path) {
                // The best of all: types are ordered so.
                let target_type = TargetType::of_package(package.name.as_str());
                found.target_type = Some(found.target_type.map_or(target_type, |best| best.min(target_type)));
                found.own |= users.get(&file.path).is_some_and(|targets| targets.len() == 1);
            } else {
                found.incomplete = true;
            }
        }
        let held = found.into_iter().filter(|(_, found)| found.own || !found.incomplete);
        held.filter_map(|(target, found)| Some((target.clone(), found.target_type?))).collect()
    }

    /// How much is on disk, where `is_held` tells which files are.
    pub fn held_counts(&self, is_held: impl Fn(&PackagePath) -> bool) -> HeldCounts {
        HeldCounts {
            targets_available: self.available_targets().len(),
            packages_available: self.available().count(),
            packages_held: self.available().filter(|(_, file)| is_held(&file.path)).count(),
            targets_held: self.held_targets(is_held).len(),
        }
    }

    /// The targets that each file is for.
    pub(crate) fn users(&self) -> BTreeMap<&PackagePath, BTreeSet<&PackageTarget>> {
        let mut users: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for (package, file) in self.available() {
            users.entry(&file.path).or_default().insert(&package.target);
        }
        users
    }
}

/// What was found of a target.
#[derive(Default)]
struct Found {
    target_type: Option<TargetType>,
    /// A file that no other target uses.
    own: bool,
    /// A file is missing.
    incomplete: bool,
}

//! What has to be on disk.

use std::collections::BTreeSet;

use super::files;
use crate::{
    Components, Manifest, Package, PackageFile, PackagePath, PackageTarget, Selection, Target, TargetError,
    TargetSelection, TargetType,
};

/// What `verify` and `pack` have to find of a manifest.
///
/// For a target that a [`Selection`] was remembered for, that is all of it, and no more. For another (of a mirror that
/// Python romt made) it is judged by the manifest and the files: all that is available, unless of the files that only
/// this target uses its standard library alone is there, or nothing but files that were remembered for other targets, which
/// share them. So a target that was fetched with `--cross` needs no more than
/// what is there, and one that has lost its compiler, while `cargo` is still there, is not taken for such.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected<'m> {
    /// The targets that were asked for, without those that `all` names and nothing is available for.
    pub targets: BTreeSet<Target>,
    /// Those of them that are not on disk, and were not meant to be. Asking for them is a mistake, unless `all` was.
    pub absent: BTreeSet<Target>,
    /// The packages that have to be there, by target and name. All have a file. None is of an absent target.
    pub packages: Vec<&'m Package>,
}

impl<'m> Expected<'m> {
    /// What has to be there of `targets`, where `is_held` tells which files are, and `remembered` what was asked for.
    pub fn of(
        manifest: &'m Manifest,
        targets: &TargetSelection,
        remembered: Option<&Selection>,
        is_held: impl Fn(&PackagePath) -> bool,
    ) -> Result<Self, TargetError> {
        let none = Selection::default();
        let remembered = remembered.unwrap_or(&none);
        let remembered_targets: BTreeSet<&Target> = remembered.targets().collect();
        let held = manifest.held_targets(&is_held);
        let present = held.keys().chain(remembered_targets.iter().copied()).cloned();
        let mut asked = targets.of_toolchain(manifest, present)?;
        if let TargetSelection::These { all: true, named } = targets {
            let available = manifest.available_targets();
            asked.retain(|target| named.contains(target) || available.contains(target));
        }
        let explained: BTreeSet<&PackagePath> =
            manifest.available().filter(|(package, _)| remembered.has(package)).map(|(_, file)| &file.path).collect();
        let judge = Judge { manifest, users: manifest.users(), is_held };
        let mut absent = BTreeSet::new();
        let mut packages = BTreeSet::new();
        for target in &asked {
            if remembered_targets.contains(target) {
                packages
                    .extend(manifest.available_for(target).map(|(package, _)| package).filter(|p| remembered.has(p)));
            } else if let Some(target_type) = held.get(target) {
                let own = judge.held(target);
                if own.iter().all(|(_, file)| explained.contains(&file.path)) {
                    packages.extend(own.into_iter().map(|(package, _)| package));
                } else {
                    packages.extend(judge.expected(target, *target_type));
                }
            } else {
                absent.insert(target.clone());
            }
        }
        Ok(Self { targets: asked, absent, packages: packages.into_iter().collect() })
    }

    /// Leaves out what the components do: for a mirror whose selection was not remembered.
    pub fn limit_to(&mut self, components: &Components) {
        self.packages.retain(|package| components.take(&package.name));
    }

    /// The files that have to be there, each once however many packages share it.
    pub fn files(&self) -> Vec<&'m PackageFile> {
        files(&self.packages)
    }
}

struct Judge<'m, F> {
    manifest: &'m Manifest,
    users: std::collections::BTreeMap<&'m PackagePath, BTreeSet<&'m PackageTarget>>,
    is_held: F,
}

impl<'m, F: Fn(&PackagePath) -> bool> Judge<'m, F> {
    /// The packages of a target whose files are there.
    fn held(&self, target: &Target) -> Vec<(&'m Package, &'m PackageFile)> {
        self.manifest.available_for(target).filter(|(_, file)| (self.is_held)(&file.path)).collect()
    }

    fn expected(&self, target: &Target, target_type: TargetType) -> Vec<&'m Package> {
        let available = self.manifest.available_for(target);
        if target_type == TargetType::Cross && !self.has_more_than_library(target) {
            return self.held(target).into_iter().map(|(package, _)| package).collect();
        }
        available.map(|(package, _)| package).collect()
    }

    /// Whether a file is there that only `target` uses, other than that of its standard library.
    fn has_more_than_library(&self, target: &Target) -> bool {
        self.manifest.available_for(target).any(|(package, file)| {
            package.name.as_str() != "rust-std"
                && package.only_target().is_some()
                && self.users.get(&file.path).is_some_and(|users| users.len() == 1)
                && (self.is_held)(&file.path)
        })
    }
}

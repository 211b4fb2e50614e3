//! What to download of a toolchain.

use std::collections::BTreeSet;

use super::files;
use crate::{
    ComponentChoice, Components, Manifest, Package, PackageFile, Profile, Selection, Target, TargetError,
    TargetSelection,
};

/// What is asked for of a toolchain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// For which targets.
    pub targets: TargetSelection,
    /// Which packages; beside a profile, the included ones come in addition to it.
    pub components: ComponentChoice,
    /// How much of each, as rustup would install it; `None` for all that is available.
    pub profile: Option<Profile>,
    /// Only what it takes to compile for these targets on another.
    pub cross: bool,
}

/// What a [`Download`] means in one manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownloadPlan<'m> {
    /// The targets.
    pub targets: BTreeSet<Target>,
    /// How many packages there are before components leave some out; the number that is shown.
    pub matched: usize,
    /// The packages, by target and name. All have a file.
    pub packages: Vec<&'m Package>,
    /// How the components were understood.
    pub components: Components,
}

/// Why a [`Download`] means nothing in a manifest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// A target cannot be had.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The manifest has profiles, but not this one.
    #[error("there is no profile {0} in manifest")]
    NoProfile(Profile),
}

/// What a toolchain needs to compile for a target that it does not run on.
const LIBRARY: &str = "rust-std";

impl Download {
    /// What this means in `manifest`, where those of `held` are the targets on disk.
    pub fn plan<'m>(
        &self,
        manifest: &'m Manifest,
        held: impl IntoIterator<Item = Target>,
    ) -> Result<DownloadPlan<'m>, PlanError> {
        let targets = self.targets.of_toolchain(manifest, held)?;
        let components = self.components.of_manifest(manifest);
        let in_targets = |package: &Package| package.only_target().is_none_or(|target| targets.contains(target));
        let available = manifest.available().map(|(package, _)| package);
        let matching: Vec<_> = available.filter(|package| in_targets(package)).collect();
        let (matched, packages) = match self.profile {
            // A profile is what rustup asks for, which for a target that is only compiled for is its library.
            Some(profile) if !self.cross => {
                let profiles = profiles(manifest, profile, &targets)?;
                let wanted = |package: &Package| {
                    let mut profiles = profiles.iter().filter(|(target, _)| package.target.covers(target));
                    profiles.any(|(_, names)| names.contains(package.name.as_str()))
                };
                let taken = matching.into_iter().filter(|package| {
                    !components.excluded.contains(&package.name)
                        && (wanted(package) || components.included.contains(&package.name))
                });
                let packages: Vec<_> = taken.collect();
                (packages.len(), packages)
            }
            _ => {
                let cross = |package: &Package| !self.cross || package.name.as_str() == LIBRARY;
                let matching: Vec<_> = matching.into_iter().filter(|package| cross(package)).collect();
                let matched = matching.len();
                (matched, matching.into_iter().filter(|package| components.take(&package.name)).collect())
            }
        };
        Ok(DownloadPlan { targets, matched, packages, components })
    }
}

/// The names that the profile has for each target.
fn profiles<'m>(
    manifest: &'m Manifest,
    profile: Profile,
    targets: &BTreeSet<Target>,
) -> Result<Vec<(Target, BTreeSet<&'m str>)>, PlanError> {
    let names = targets.iter().map(|target| {
        let names = if manifest.has_host(target) {
            let names = manifest.profile(profile, target).ok_or(PlanError::NoProfile(profile))?;
            names.into_iter().map(crate::PackageName::as_str).collect()
        } else {
            BTreeSet::from([LIBRARY])
        };
        Ok((target.clone(), names))
    });
    names.collect()
}

impl<'m> DownloadPlan<'m> {
    /// The files to fetch, each once however many packages share it.
    pub fn files(&self) -> Vec<&'m PackageFile> {
        files(&self.packages)
    }

    /// What to remember of it.
    pub fn selection(&self) -> Selection {
        Selection::of(self.packages.iter().copied())
    }
}

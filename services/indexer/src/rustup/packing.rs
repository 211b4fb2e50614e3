//! What goes into an archive, and what came out of one.

use std::collections::{BTreeMap, BTreeSet};

use romt_dist::{ReleaseVersion, RustupKey, Target};

use super::releases::hash_of;
use super::{ChosenRelease, ReleaseTargets, RustupMirror};

impl RustupMirror {
    /// The files of `releases` in the order of archives: releases as they are given, targets by name, the hash after the
    /// program. One that is not here is an error.
    pub async fn plan_packing(&self, releases: &[ReleaseTargets]) -> anyhow::Result<Vec<RustupKey>> {
        let mut seen = BTreeSet::new();
        let programs = releases.iter().flat_map(ReleaseTargets::programs);
        let keys: Vec<_> = programs.flat_map(|program| [hash_of(&program), program].into_iter().rev()).collect();
        let keys: Vec<_> = keys.into_iter().filter(|key| seen.insert(key.clone())).collect();
        let sizes = match self.existing()? {
            Some(storage) => storage.sizes(keys.iter().cloned().map(Into::into).collect()).await?,
            None => vec![None; keys.len()],
        };
        match keys.iter().zip(sizes).find(|(_, size)| size.is_none()) {
            Some((key, _)) => Err(self.missing(key)),
            None => Ok(keys),
        }
    }
}

/// The releases of an archive that brought these programs, each with its own targets, in order of number.
pub fn unpacked_rustup(programs: impl IntoIterator<Item = (ReleaseVersion, Target)>) -> Vec<ReleaseTargets> {
    let mut releases: BTreeMap<ReleaseVersion, BTreeSet<Target>> = BTreeMap::new();
    for (version, target) in programs {
        releases.entry(version).or_default().insert(target);
    }
    let release = |(version, targets)| ChosenRelease::of(version).for_targets(targets);
    releases.into_iter().map(release).collect()
}

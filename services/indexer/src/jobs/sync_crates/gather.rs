//! Bringing together what a run knows of each crate.

use std::collections::{BTreeMap, BTreeSet};

use romt_types::{CrateId, CrateName, Digest, Version};

use crate::plan::{CrateWork, UpstreamFile};
use crate::presence::Lost;
use crate::select::Selected;
use crate::upstream_index::UpstreamIndex;

/// The crates of a run: those that are wanted, those that are held, those that are owed, in the order of their names.
pub(super) fn gather(selected: &Selected, upstream: &UpstreamIndex, lost: &Lost) -> Vec<CrateWork> {
    let mut works = BTreeMap::<String, CrateWork>::new();
    let new = |name: CrateName| {
        let lowercase = name.lowercase();
        let file = if upstream.failure(&lowercase).is_some() {
            UpstreamFile::Unknown
        } else if upstream.is_absent(&lowercase) {
            UpstreamFile::Absent
        } else {
            upstream.blob(&lowercase).map_or(UpstreamFile::Unknown, UpstreamFile::Blob)
        };
        let lost = lost.get(&lowercase).cloned().unwrap_or_default();
        CrateWork { name, upstream: file, wanted: BTreeMap::new(), lost, owed: BTreeSet::new() }
    };
    for (name, versions) in &selected.wanted {
        let work = works.entry(name.lowercase()).or_insert_with(|| new(name.clone()));
        work.wanted.extend(versions.iter().map(|(version, cksum)| (version.clone(), *cksum)));
    }
    let held = upstream.state.files.keys().filter_map(|name| name.parse::<CrateName>().ok());
    for name in held {
        works.entry(name.lowercase()).or_insert_with(|| new(name));
    }
    for id in &upstream.state.owed {
        let work = works.entry(id.name.lowercase()).or_insert_with(|| new(id.name.clone()));
        work.owed.insert(id.version.clone());
    }
    works.into_values().collect()
}

/// The crates as they are while the files in `replacements` take their places: these versions count as lost.
pub(super) fn withdrawing(works: &[CrateWork], replacements: &BTreeMap<CrateId, Digest>) -> Vec<CrateWork> {
    changed(works, replacements, |work, version| {
        work.lost.insert(version.clone());
    })
}

/// The crates as they are when the files in `replacements` are in their places: these versions are to come back.
pub(super) fn bringing_back(works: &[CrateWork], replacements: &BTreeMap<CrateId, Digest>) -> Vec<CrateWork> {
    changed(works, replacements, |work, version| {
        work.owed.insert(version.clone());
    })
}

fn changed(
    works: &[CrateWork],
    replacements: &BTreeMap<CrateId, Digest>,
    change: impl Fn(&mut CrateWork, &Version),
) -> Vec<CrateWork> {
    let mut works = works.to_vec();
    for id in replacements.keys() {
        // They are in the order of their lower-case names.
        if let Ok(at) = works.binary_search_by_key(&id.name.lowercase(), |work| work.name.lowercase()) {
            change(&mut works[at], &id.version);
        }
    }
    works
}

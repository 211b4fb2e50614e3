//! What is to be done for one crate: a pure diff of upstream's index file, the published one, and what is wanted.
//!
//! Lines are never rewritten. The published file is made of upstream's lines, byte for byte and in upstream's order, of the
//! versions whose files are here.

mod file;
mod work;

use std::collections::{BTreeMap, BTreeSet};

use romt_types::{CrateId, CrateName, Digest, Version};

pub(crate) use file::FileLines;
pub(crate) use work::{CrateWork, UpstreamFile};

/// All that is known of one crate.
#[derive(Debug)]
pub(crate) struct CrateState<'a> {
    /// Upstream's lines; `None` if they are not known and the published ones stay as they are.
    pub(crate) upstream: Option<&'a FileLines<'a>>,
    /// The published lines.
    pub(crate) published: &'a FileLines<'a>,
    /// The versions that are wanted, and what they must hash to where that was said.
    pub(crate) wanted: &'a BTreeMap<Version, Option<Digest>>,
    /// Published versions whose files were lost.
    pub(crate) lost: &'a BTreeSet<Version>,
    /// Versions that were held once and are to come back if upstream has them.
    pub(crate) owed: &'a BTreeSet<Version>,
}

/// What is to be done for one crate.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct CratePlan {
    /// Versions to fetch.
    pub(crate) fetch: Vec<Fetch>,
    /// Wanted versions that cannot be had, and what is wrong with the index file: who, and why.
    pub(crate) failures: Vec<(String, String)>,
    /// Whether upstream's file has lines that cannot be read.
    pub(crate) damaged: bool,
    /// Versions that were held and are not: to be remembered until they are here again, or known to be gone upstream.
    pub(crate) owed: Vec<CrateId>,
    /// Published versions that upstream has no more.
    pub(crate) gone: Vec<CrateId>,
}

/// One version to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fetch {
    /// Which.
    pub(crate) id: CrateId,
    /// What it must hash to.
    pub(crate) cksum: Digest,
    /// Whether a published file of this version, with other bytes, is in its place.
    pub(crate) replaces: bool,
}

/// Finds what is to be done.
pub(crate) fn plan(name: &CrateName, state: &CrateState<'_>) -> CratePlan {
    let mut plan = CratePlan::default();
    let Some(upstream) = state.upstream else {
        plan.owed.extend(state.missing().map(|version| CrateId::new(name.clone(), version.clone())));
        let missing = state.wanted.keys().filter(|version| !state.holds(version));
        plan.failures
            .extend(missing.map(|version| (format!("{name}@{version}"), "its index file could not be had".to_owned())));
        return plan;
    };
    plan.damaged = !upstream.is_whole();
    if state.matters() {
        plan.failures.extend(upstream.complaint().map(|complaint| (name.to_string(), complaint)));
    }
    for (version, said) in state.wanted {
        let Some(line) = upstream.get(version) else {
            // What was published and is gone upstream is told as removed, not as failed.
            if !state.published.contains(version) {
                plan.failures.push((format!("{name}@{version}"), upstream.why_missing()));
            }
            continue;
        };
        if let Some(said) = said.filter(|said| *said != line.cksum) {
            let why = format!("the lock file says its SHA-256 is {said}, the index says {}", line.cksum);
            plan.failures.push((line.id().to_string(), why));
        } else if !state.published.contains(version) || state.lost.contains(version) {
            plan.fetch.push(Fetch { id: line.id(), cksum: line.cksum, replaces: false });
        }
    }
    for line in state.published.iter() {
        match upstream.get(&line.version) {
            // A file with unreadable lines says nothing about what is not in it.
            None if upstream.is_whole() => plan.gone.push(line.id()),
            Some(new) if !new.has_file_of(line) && !state.lost.contains(&line.version) => {
                plan.fetch.push(Fetch { id: new.id(), cksum: new.cksum, replaces: true });
            }
            _ => {}
        }
    }
    for version in state.missing() {
        match upstream.get(version) {
            Some(line) => {
                plan.owed.push(line.id());
                if !state.wanted.contains_key(version) {
                    plan.fetch.push(Fetch { id: line.id(), cksum: line.cksum, replaces: false });
                }
            }
            None if upstream.is_whole() => {}
            None => plan.owed.push(CrateId::new(name.clone(), version.clone())),
        }
    }
    plan
}

/// The published file as it is to be, when `arrived` tells of each fetched version whether its file is here.
pub(crate) fn content(state: &CrateState<'_>, arrived: &dyn Fn(&CrateId, &Digest) -> bool) -> Vec<u8> {
    let Some(upstream) = state.upstream else {
        return join(state.published.iter().filter(|line| !state.lost.contains(&line.version)).map(|line| line.bytes));
    };
    let mut lines: Vec<&[u8]> = Vec::new();
    for line in upstream.iter() {
        let held = state.published.get(&line.version).filter(|held| !state.lost.contains(&held.version));
        match held {
            Some(held) if line.has_file_of(held) => lines.push(line.bytes),
            _ if state.may_add(&line.version) && arrived(&line.id(), &line.cksum) => lines.push(line.bytes),
            // The new file did not come: the old one is still here, and so is the line that tells of it.
            Some(held) => lines.push(held.bytes),
            None => {}
        }
    }
    if !upstream.is_whole() {
        let kept = state.published.iter().filter(|line| upstream.get(&line.version).is_none());
        lines.extend(kept.filter(|line| !state.lost.contains(&line.version)).map(|line| line.bytes));
    }
    join(lines.into_iter())
}

impl CrateState<'_> {
    fn holds(&self, version: &Version) -> bool {
        self.published.contains(version) && !self.lost.contains(version)
    }

    /// What was held once and is not held now.
    fn missing(&self) -> impl Iterator<Item = &Version> {
        self.lost.union(self.owed).filter(|version| !self.holds(version))
    }

    /// Whether anything of this crate is wanted or held: otherwise nobody cares what its file looks like.
    fn matters(&self) -> bool {
        !self.wanted.is_empty() || !self.owed.is_empty() || self.published.len() > 0
    }

    fn may_add(&self, version: &Version) -> bool {
        self.wanted.contains_key(version) || self.published.contains(version) || self.owed.contains(version)
    }
}

fn join<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut file = Vec::new();
    for line in lines {
        file.extend_from_slice(line);
        file.push(b'\n');
    }
    file
}

#[cfg(test)]
mod tests;

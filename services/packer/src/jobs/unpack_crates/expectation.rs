//! What a crate of an archive should be.

use anyhow::Context as _;
use romt_index::{IncomingIndex, IndexRepository, Revision, VersionLookup};
use romt_types::{CrateId, Digest};

/// The checksums that crates of an archive should have, by the index that came with them.
pub(super) struct Expectation<'i> {
    incoming: VersionLookup<'i>,
    /// The mirror's own index, where that is newer: the archive was taken over before, and others since.
    newer: Option<VersionLookup<'i>>,
}

/// What a crate of an archive should be, and what becomes of it then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    /// This, and it goes to its place.
    Place(Digest),
    /// This, but what is in its place is newer, or was removed since.
    Keep(Digest),
    /// The index does not know it.
    Nothing,
}

impl<'i> Expectation<'i> {
    /// What the index in quarantine says, beside the one of the mirror.
    pub(super) fn new(incoming: &'i IncomingIndex, mirror: &IndexRepository) -> anyhow::Result<Self> {
        // It has the commits of both, the mirror's alone need not have the tip.
        let both = incoming.repository();
        let tip = incoming.tip();
        // Where upstream began its history anew meanwhile, the mirror remembers what it had.
        let outdated = mirror.is_outdated(tip)?;
        let newer = match mirror.branch(WORKING)? {
            Some(working) if working != *tip && (outdated || both.is_ancestor(tip, &working)?) => Some(working),
            _ => None,
        };
        let lookup = |revision: Revision| VersionLookup::new(both, revision);
        Ok(Self { incoming: lookup(*tip), newer: newer.map(lookup) })
    }

    /// What `id` should be. Cheap when asked in the order of names.
    pub(super) fn of(&mut self, id: &CrateId) -> anyhow::Result<Expected> {
        let unreadable = || format!("cannot look up {id} in the index");
        let Some(digest) = self.incoming.cksum(id).with_context(unreadable)? else { return Ok(Expected::Nothing) };
        let Some(newer) = &mut self.newer else { return Ok(Expected::Place(digest)) };
        let now = newer.cksum(id).with_context(unreadable)?;
        Ok(if now == Some(digest) { Expected::Place(digest) } else { Expected::Keep(digest) })
    }
}

/// The branch that holds the mirror's own index.
const WORKING: &str = "working";

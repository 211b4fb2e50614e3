//! What a verb has to work on: the versions of RANGE, and what earlier runs left out.

use std::collections::{BTreeSet, HashSet};
use std::hash::{BuildHasher, RandomState};

use romt_index::{CrateFilter, CrateRange, FileProblem, IndexRepository, RangeError, Revision, VersionLookup};
use romt_types::{CrateId, Digest};

use super::ledger::{Account, Done};
use super::range::{Range, commit_text};

/// The work of one run of a verb.
#[derive(Debug)]
pub(crate) struct Work {
    pub(crate) range: Range,
    /// Where earlier runs came to, if that is not where RANGE begins.
    catch_up: Option<Revision>,
    /// What they left out, as far as the filter chooses it.
    owed: Vec<CrateId>,
    /// What was done meanwhile by runs with other filters.
    others: Vec<(CrateFilter, Revision)>,
    /// Whether what was added is of no interest, but where it was owed.
    removals: bool,
}

/// Something that was found to work on, or instead of it.
#[derive(Debug)]
pub(crate) enum Found {
    /// A version that is new, or whose file is another one than before.
    Added(CrateId, Digest),
    /// A version that is no longer listed.
    Removed(CrateId),
    /// Part of an index file that cannot be read.
    Bad(FileProblem),
    /// A version that was owed and is no longer listed.
    Gone(CrateId),
}

impl Work {
    /// What there is to do, by what `account` says was done. Blocks.
    pub(crate) fn plan(repository: &IndexRepository, range: Range, account: &Account, filter: &CrateFilter) -> Self {
        if !range.by_default {
            return Self { range, catch_up: None, owed: Vec::new(), others: Vec::new(), removals: false };
        }
        let key = filter.key();
        let base = account.base(&key).map(|commit| {
            Revision::find(repository, commit).unwrap_or_else(|_| {
                tracing::warn!(commit, "the index no longer has the commit up to which all was done; all is looked at");
                Revision::NOTHING
            })
        });
        let catch_up = base.filter(|base| *base != range.start && *base != range.end);
        let owed = account.owed.iter().filter(|id| filter.matches(id)).cloned().collect();
        let others = account.others(&key).filter_map(|settled| {
            let mut filter = CrateFilter::default();
            settled.pieces.iter().for_each(|piece| filter.add(piece));
            Some((filter, Revision::find(repository, &settled.commit).ok()?))
        });
        let others = if catch_up.is_some() { others.collect() } else { Vec::new() };
        Self { range, catch_up, owed, others, removals: false }
    }

    /// Looks for what was removed only.
    pub(crate) fn look_for_removals(&mut self) {
        self.removals = true;
    }

    /// Calls `visit` with everything there is to do, each version once, until it says false. Blocks.
    pub(crate) fn visit(
        &self,
        repository: &IndexRepository,
        filter: &CrateFilter,
        mut visit: impl FnMut(Found) -> bool,
    ) -> Result<(), RangeError> {
        let mut seen = (self.catch_up.is_some() || !self.owed.is_empty()).then(Seen::default);
        let mut go_on = true;
        // Each version once, and none after `visit` has said false.
        let mut deliver = |found: Found| {
            let new = seen.as_mut().is_none_or(|seen| seen.insert(&found));
            go_on = go_on && (!new || visit(found));
            go_on
        };
        if self.is_of_interest(&self.range.start) {
            CrateRange::between(repository, &self.range.start, &self.range.end, filter)?.visit(|changes| {
                let added = changes.added.into_iter().filter(|_| !self.removals);
                let added = added.map(|(id, cksum)| Found::Added(id, cksum));
                let removed = changes.removed.into_iter().map(|(id, _)| Found::Removed(id));
                changes.problems.into_iter().map(Found::Bad).chain(added).chain(removed).all(&mut deliver)
            })?;
        }
        if let Some(base) = self.catch_up.as_ref().filter(|base| self.is_of_interest(base)) {
            self.visit_missed(repository, base, filter, &mut deliver)?;
        }
        let mut lookup = VersionLookup::new(repository, self.range.end);
        for id in &self.owed {
            let found = match lookup.cksum(id)? {
                Some(cksum) => Found::Added(id.clone(), cksum),
                None => Found::Gone(id.clone()),
            };
            if !deliver(found) {
                break;
            }
        }
        Ok(())
    }

    /// Whether what comes after `start` may hold what is looked for: nothing is removed from nothing.
    fn is_of_interest(&self, start: &Revision) -> bool {
        !self.removals || *start != Revision::NOTHING
    }

    /// What earlier runs did not work on: what changed since `base`, but for what runs with other filters had.
    fn visit_missed(
        &self,
        repository: &IndexRepository,
        base: &Revision,
        filter: &CrateFilter,
        deliver: &mut dyn FnMut(Found) -> bool,
    ) -> Result<(), RangeError> {
        let mut others: Vec<_> =
            self.others.iter().map(|(filter, revision)| (filter, VersionLookup::new(repository, *revision))).collect();
        let mut had = |id: &CrateId, cksum: &Digest| {
            for (filter, lookup) in &mut others {
                if filter.matches(id) && lookup.cksum(id)? == Some(*cksum) {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        let mut failed = None;
        CrateRange::between(repository, base, &self.range.end, filter)?.visit(|changes| {
            for (id, cksum) in changes.added.into_iter().filter(|_| !self.removals) {
                match had(&id, &cksum) {
                    Ok(true) => {}
                    Ok(false) if deliver(Found::Added(id, cksum)) => {}
                    Ok(false) => return false,
                    Err(error) => {
                        failed = Some(error);
                        return false;
                    }
                }
            }
            changes.removed.into_iter().all(|(id, _)| deliver(Found::Removed(id)))
        })?;
        failed.map_or(Ok(()), Err)
    }

    /// The work was done, and `owed` is what is missing of everything. Enters it into `account`. Blocks.
    pub(crate) fn enter(
        &self,
        repository: &IndexRepository,
        filter: &CrateFilter,
        owed: BTreeSet<CrateId>,
        account: &mut Account,
    ) -> anyhow::Result<()> {
        account.owed = owed;
        let key = filter.key();
        let Range { start, end, mark, by_default } = &self.range;
        // An END from before does not undo what was done up to another.
        let base = account.base(&key).and_then(|base| Revision::find(repository, base).ok());
        if let Some(base) = base
            && base != *end
            && repository.is_ancestor(end, &base)?
        {
            return Ok(());
        }
        let (start, end, mark) = (commit_text(start), commit_text(end), commit_text(mark));
        let pieces = filter.pieces().map(ToOwned::to_owned).collect();
        account.settle(Done { filter: &key, pieces, start: &start, by_default: *by_default, end: &end, mark: &mark });
        Ok(())
    }
}

/// What was found before, in 16 bytes each. Two versions look alike by chance once in more mirrors than there will be,
/// and nobody can bring it about: the hash is keyed anew in each process.
#[derive(Default)]
struct Seen {
    hashes: HashSet<(u64, u64)>,
    keys: (RandomState, RandomState),
}

impl Seen {
    /// Whether it is new.
    fn insert(&mut self, found: &Found) -> bool {
        let (kind, id) = match found {
            Found::Added(id, _) => (0_u8, id),
            Found::Removed(id) => (1, id),
            Found::Gone(id) => (2, id),
            Found::Bad(_) => return true,
        };
        self.hashes.insert((self.keys.0.hash_one((kind, id)), self.keys.1.hash_one((kind, id))))
    }
}

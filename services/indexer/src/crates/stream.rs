//! The work of a verb as it is found, a batch at a time.

use std::collections::BTreeSet;
use std::mem::{replace, take};
use std::sync::Arc;

use romt_index::CrateFilter;
use romt_runtime::one_line;
use romt_types::{CrateId, Digest};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::events::{CrateCounts, CrateEvent, OnEvent};
use super::ledger::{Account, Ledger};
use super::work::{Found, Work};
use super::{CrateMirror, RangeOptions};

/// Which account of the ledger a verb keeps that takes its work as it is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Held,
    Pruned,
}

impl Kind {
    pub(crate) fn account(self, ledger: &mut Ledger) -> &mut Account {
        match self {
            Self::Held => &mut ledger.held,
            Self::Pruned => &mut ledger.pruned,
        }
    }
}

/// A version to work on.
pub(crate) type Version = (CrateId, Digest);

/// The work of one run of a verb, and what becomes of it.
#[derive(Debug)]
pub(crate) struct WorkStream {
    mirror: MirrorParts,
    kind: Kind,
    filter: Arc<CrateFilter>,
    work: Arc<Work>,
    found: mpsc::Receiver<Vec<Found>>,
    reader: JoinHandle<anyhow::Result<()>>,
    /// What is missing of everything, brought up to date as the work goes on.
    owed: BTreeSet<CrateId>,
    pub(crate) counts: CrateCounts,
}

#[derive(Debug)]
struct MirrorParts {
    repository: crate::repository::SharedRepository,
    state: std::path::PathBuf,
}

/// Versions in a batch.
const BATCH: usize = 128;
/// Batches that are found ahead of the work on them.
const AHEAD: usize = 8;

impl CrateMirror {
    /// Finds what there is to do in `range`, beginning at once.
    pub(crate) async fn begin(
        &self,
        kind: Kind,
        range: &RangeOptions,
        filter: &Arc<CrateFilter>,
    ) -> anyhow::Result<WorkStream> {
        let (range, state, chosen) = (range.clone(), self.state(), Arc::clone(filter));
        let planned = self.repository.with(move |repository| {
            let account = take(kind.account(&mut Ledger::load(&state)?));
            let mut work = Work::plan(repository, range.find(repository)?, &account, &chosen);
            if kind == Kind::Pruned {
                work.look_for_removals();
            }
            Ok((Arc::new(work), account.owed))
        });
        let (work, owed) = planned.await?;
        let (sender, found) = mpsc::channel(AHEAD);
        let (repository, reading, chosen) = (self.repository.clone(), Arc::clone(&work), Arc::clone(filter));
        let reader = tokio::spawn(async move {
            let read = repository.with(move |repository| {
                let mut batch = Vec::with_capacity(BATCH);
                reading.visit(repository, &chosen, |found| {
                    batch.push(found);
                    // Nobody listens any more where the work was given up.
                    batch.len() < BATCH || sender.blocking_send(replace(&mut batch, Vec::with_capacity(BATCH))).is_ok()
                })?;
                let _ = sender.blocking_send(batch);
                Ok(())
            });
            read.await
        });
        let mirror = MirrorParts { repository: self.repository.clone(), state: self.state() };
        let counts = CrateCounts::default();
        Ok(WorkStream { mirror, kind, filter: Arc::clone(filter), work, found, reader, owed, counts })
    }
}

impl WorkStream {
    /// The next versions that were added; `None` when all were given. What is bad in the index is told and counted.
    pub(crate) async fn next_added(&mut self, on: OnEvent<'_>) -> anyhow::Result<Option<Vec<Version>>> {
        let Some(batch) = self.next().await? else { return Ok(None) };
        let mut versions = Vec::with_capacity(batch.len());
        for found in batch {
            match found {
                Found::Added(id, cksum) => versions.push((id, cksum)),
                Found::Removed(_) => {}
                Found::Gone(id) => {
                    self.owed.remove(&id);
                }
                Found::Bad(problem) => {
                    self.counts.bad += 1;
                    on(CrateEvent::BadIndex(&one_line(&problem)));
                }
            }
        }
        Ok(Some(versions))
    }

    /// The next of everything that was found.
    pub(crate) async fn next(&mut self) -> anyhow::Result<Option<Vec<Found>>> {
        if let Some(batch) = self.found.recv().await {
            return Ok(Some(batch));
        }
        // The reader has let go of the channel: it is done, or it failed.
        (&mut self.reader).await??;
        Ok(None)
    }

    /// A version is as it should be.
    pub(crate) fn good(&mut self, id: &CrateId) {
        self.counts.good += 1;
        self.settled(id);
    }

    /// Nothing is owed for a version.
    pub(crate) fn settled(&mut self, id: &CrateId) {
        self.owed.remove(id);
    }

    /// Something is owed for a version.
    pub(crate) fn owe(&mut self, id: CrateId) {
        self.owed.insert(id);
    }

    /// A version is not: it is owed from now on.
    pub(crate) fn bad(&mut self, id: &CrateId, cksum: &Digest, reason: &str, on: OnEvent<'_>) {
        self.counts.bad += 1;
        on(CrateEvent::Bad { id, cksum, reason });
        self.owe(id.clone());
    }

    /// All of the work was done, but for what is owed. Enters that into the ledger.
    pub(crate) async fn settle(self) -> anyhow::Result<CrateCounts> {
        let Self { mirror: MirrorParts { repository, state }, kind, filter, work, owed, counts, .. } = self;
        let entered = repository.with(move |repository| {
            let mut ledger = Ledger::load(&state)?;
            let before = ledger.clone();
            work.enter(repository, &filter, owed, kind.account(&mut ledger))?;
            if ledger == before { Ok(()) } else { ledger.save(&state) }
        });
        entered.await?;
        Ok(counts)
    }
}

//! One batch: its items, its progress, its answer.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use romt_bus::messages::{FetchBatch, FetchItem, FetchOutcome, FetchSettled, RunEvent};
use romt_bus::{BusHandle, JobDelivery};
use romt_runtime::traces;
use romt_types::RunId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tracing::field::Empty;
use tracing::{Instrument as _, Span, info_span};

use crate::item::Items;
use crate::progress::Progress;

/// How often progress is told while things move.
const TELL_EVERY: Duration = Duration::from_millis(200);
/// The next batch is taken when this part of the items of one is left to begin: there is work until it has come, and it waits
/// for a moment only. Of few large files it would wait for long, while another fetcher might have nothing to do: so then none is.
const AHEAD: usize = 8;
/// After so many of these the bus is told that the batch is still in work.
const TICKS_PER_PROOF: u32 = 25;

/// What all batches share.
#[derive(Debug)]
pub(crate) struct Workshop {
    pub(crate) bus: BusHandle,
    pub(crate) items: Arc<Items>,
    /// The right to work on one item each.
    pub(crate) slots: Arc<Semaphore>,
    /// The right to begin items: one batch has it.
    pub(crate) turn: Arc<Semaphore>,
    pub(crate) stop: CancellationToken,
}

impl Workshop {
    /// Works on a batch and settles it. `place` is given back when its last items are about to begin, so that the next batch is
    /// there when they have, and its first items begin while they are still in work. Stopped, it leaves the batch unsettled.
    pub(crate) async fn fetch(
        &self,
        delivery: JobDelivery<FetchBatch>,
        place: OwnedSemaphorePermit,
    ) -> anyhow::Result<()> {
        let FetchBatch { run, batch, items } = &delivery.job;
        let span = info_span!(
            target: traces::TARGET, "fetch batch", romt.run = %run, romt.batch = *batch, romt.attempt = delivery.attempt(),
            romt.files = items.len(), romt.bytes = Empty, romt.failed = Empty,
        );
        traces::adopt(&span, delivery.trace());
        self.settle(delivery, place).instrument(span).await
    }

    async fn settle(&self, mut delivery: JobDelivery<FetchBatch>, place: OwnedSemaphorePermit) -> anyhow::Result<()> {
        let run = delivery.job.run.clone();
        let items = std::mem::take(&mut delivery.job.items);
        let progress = Arc::new(Progress::default());
        let answered = tokio::select! {
            answered = self.answer(&delivery, items, &progress, place) => answered?,
            told = self.keep_telling(&delivery, &progress) => return told,
        };
        if !answered {
            return Ok(());
        }
        let batch = delivery.job.batch;
        delivery.done().await.with_context(|| format!("cannot settle batch {batch} of run {run}"))
    }

    /// Settles the items and answers. False if it was stopped before.
    async fn answer(
        &self,
        delivery: &JobDelivery<FetchBatch>,
        items: Vec<FetchItem>,
        progress: &Arc<Progress>,
        place: OwnedSemaphorePermit,
    ) -> anyhow::Result<bool> {
        let (run, batch) = (delivery.job.run.clone(), delivery.job.batch);
        let settled = self.settle_items(items, progress, place).await?;
        // The indexer must not learn of the end before everyone has heard of the last bytes.
        self.tell(&run, progress).await?;
        let Some(outcomes) = settled else { return Ok(false) };
        note(&outcomes);
        let answer = FetchSettled { run, batch, outcomes };
        let Some(submitted) = self.stop.run_until_cancelled(self.bus.submit(&answer)).await else { return Ok(false) };
        submitted.with_context(|| format!("cannot answer batch {batch} of run {}", answer.run))?;
        tracing::debug!(run = %answer.run, batch, files = answer.outcomes.len(), "answered a batch");
        Ok(true)
    }

    /// Every item's outcome, in order; `None` if it was stopped before all were settled.
    async fn settle_items(
        &self,
        batch: Vec<FetchItem>,
        progress: &Arc<Progress>,
        place: OwnedSemaphorePermit,
    ) -> anyhow::Result<Option<Vec<FetchOutcome>>> {
        let mut outcomes: Vec<Option<FetchOutcome>> = vec![None; batch.len()];
        let there = self.items.look_up(&batch).await;
        let turn = self.stop.run_until_cancelled(Arc::clone(&self.turn).acquire_owned()).await;
        let Some(turn) = turn.transpose().context("no batch has a turn any more")? else { return Ok(None) };
        let mut place = Some(place);
        let last = batch.len() - batch.len() / AHEAD;
        let mut tasks = JoinSet::new();
        for (number, (item, is_there)) in batch.into_iter().zip(there).enumerate() {
            if number >= last {
                place = None;
            }
            let slot = Arc::clone(&self.slots).acquire_owned();
            let Some(slot) = self.stop.run_until_cancelled(slot).await else { break };
            let slot = slot.context("the fetcher's slots are gone")?;
            let (items, progress, stop) = (Arc::clone(&self.items), Arc::clone(progress), self.stop.clone());
            tasks.spawn(async move {
                let outcome = items.settle(&item, is_there, &progress, &stop).await;
                drop(slot);
                (number, outcome)
            });
        }
        drop((turn, place));
        while let Some(ended) = tasks.join_next().await {
            let (number, outcome) = ended.context("a download died")?;
            if let Some(place) = outcomes.get_mut(number) {
                *place = outcome;
            }
        }
        Ok(outcomes.into_iter().collect())
    }

    /// Tells now and then what has happened. Ends only with an error.
    async fn keep_telling(&self, delivery: &JobDelivery<FetchBatch>, progress: &Progress) -> anyhow::Result<()> {
        let mut ticks = tokio::time::interval(TELL_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            for _ in 0..TICKS_PER_PROOF {
                ticks.tick().await;
                self.tell(&delivery.job.run, progress).await?;
            }
            delivery.progress().await.context("cannot keep a batch")?;
        }
    }

    async fn tell(&self, run: &RunId, progress: &Progress) -> anyhow::Result<()> {
        let Some(step) = progress.take() else { return Ok(()) };
        let event = RunEvent { run: run.clone(), step };
        self.bus.announce(&event).await.context("cannot tell the progress")
    }
}

/// Notes in the trace what became of a batch.
fn note(outcomes: &[FetchOutcome]) {
    let (mut bytes, mut failed) = (0, 0_u64);
    for outcome in outcomes {
        match outcome {
            FetchOutcome::Downloaded { bytes: more } => bytes += more,
            FetchOutcome::Present => {}
            FetchOutcome::Failed { .. } => failed += 1,
        }
    }
    Span::current().record("romt.bytes", bytes).record("romt.failed", failed);
}

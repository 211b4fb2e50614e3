//! Batches of files on their way to the fetchers.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use romt_bus::BusHandle;
use romt_bus::messages::{FetchBatch, FetchItem, FetchOutcome, FetchSettled};
use romt_types::RunId;

/// What one run asks of the fetchers, by whatever part of it: no two of its batches have the same number. Cheap to clone.
#[derive(Debug, Clone)]
pub struct FetchRun {
    bus: BusHandle,
    run: RunId,
    next: Arc<AtomicU32>,
}

impl FetchRun {
    /// The fetchers are asked over `bus`, and call the run `run`.
    pub fn new(bus: BusHandle, run: RunId) -> Self {
        Self { bus, run, next: Arc::default() }
    }
}

/// Batches that were asked for and not answered yet, and what each of their files is to us. One at a time in a process: it
/// takes every answer.
#[derive(Debug)]
pub(crate) struct Fetching<T> {
    run: FetchRun,
    outstanding: HashMap<u32, Vec<T>>,
}

/// Files in a batch: enough to keep a fetcher busy, few enough that a lost one costs little.
pub(crate) const BATCH: usize = 128;
/// Batches that wait for their answer at once.
const WINDOW: usize = 16;

impl<T> Fetching<T> {
    /// Nothing has been asked for.
    pub(crate) fn new(run: &FetchRun) -> Self {
        Self { run: run.clone(), outstanding: HashMap::new() }
    }

    /// Whether an answer should be waited for before more is asked for.
    pub(crate) fn is_full(&self) -> bool {
        self.outstanding.len() >= WINDOW
    }

    /// Whether everything has been answered.
    pub(crate) fn is_settled(&self) -> bool {
        self.outstanding.is_empty()
    }

    /// Asks for a batch: each file, and what it is to us. One without files is not sent.
    pub(crate) async fn ask(&mut self, files: Vec<(FetchItem, T)>) -> anyhow::Result<()> {
        let (items, about): (Vec<_>, Vec<_>) = files.into_iter().unzip();
        if items.is_empty() {
            return Ok(());
        }
        let FetchRun { bus, run, next } = &self.run;
        let batch = next.fetch_add(1, Ordering::Relaxed);
        bus.submit(&FetchBatch { run: run.clone(), batch, items }).await?;
        self.outstanding.insert(batch, about);
        Ok(())
    }

    /// Waits for the next answer: what became of each file of its batch.
    pub(crate) async fn answer(&mut self) -> anyhow::Result<Vec<(T, FetchOutcome)>> {
        loop {
            let answer = self.run.bus.next_job::<FetchSettled>().await?;
            // An answer to a run that was cut short is of no use: plans are made anew.
            let batch = if answer.job.run == self.run.run { self.outstanding.remove(&answer.job.batch) } else { None };
            let mut outcomes = answer.job.outcomes.clone().into_iter();
            answer.done().await?;
            let Some(batch) = batch else { continue };
            let left_out = || FetchOutcome::Failed { reason: "the fetcher's answer leaves it out".to_owned() };
            return Ok(batch.into_iter().map(|about| (about, outcomes.next().unwrap_or_else(left_out))).collect());
        }
    }
}

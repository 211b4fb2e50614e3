//! Batches of files on their way to the fetchers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use romt_bus::messages::{FetchBatch, FetchItem, FetchOutcome, FetchSettled};
use romt_bus::{BusHandle, Queue};
use romt_types::RunId;
use tokio::time::timeout;

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

/// Batches that were asked for and not answered yet. One at a time in a process: it takes every answer.
#[derive(Debug)]
pub(crate) struct Fetching<T> {
    run: FetchRun,
    outstanding: BTreeMap<u32, Asked<T>>,
    lost_after: Duration,
}

/// A batch that was asked for.
#[derive(Debug)]
struct Asked<T> {
    batch: FetchBatch,
    /// What each of its files is to us.
    about: Vec<T>,
    times: u32,
}

/// Files in a batch: enough to keep a fetcher busy, few enough that a lost one costs little.
pub(crate) const BATCH: usize = 128;
/// Batches that wait for their answer at once.
const WINDOW: usize = 16;
/// When no answer comes for that long, it is looked whether the bus still has the question.
const LOST_AFTER: Duration = Duration::from_secs(10);
/// A batch that was asked for so often is not asked for again.
const TIMES: u32 = 10;

impl<T> Fetching<T> {
    /// Nothing has been asked for.
    pub(crate) fn new(run: &FetchRun) -> Self {
        Self { run: run.clone(), outstanding: BTreeMap::new(), lost_after: LOST_AFTER }
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
        let number = next.fetch_add(1, Ordering::Relaxed);
        let batch = FetchBatch { run: run.clone(), batch: number, items };
        bus.submit(&batch).await?;
        self.outstanding.insert(number, Asked { batch, about, times: 1 });
        Ok(())
    }

    /// Waits for the next answer: what became of each file of its batch.
    pub(crate) async fn answer(&mut self) -> anyhow::Result<Vec<(T, FetchOutcome)>> {
        loop {
            let Ok(answer) = timeout(self.lost_after, self.run.bus.next_job::<FetchSettled>()).await else {
                self.ask_for_lost().await?;
                continue;
            };
            let answer = answer?;
            // An answer to a run that was cut short is of no use: plans are made anew. Nor is a second one to the same batch.
            let asked = if answer.job.run == self.run.run { self.outstanding.remove(&answer.job.batch) } else { None };
            let mut outcomes = answer.job.outcomes.clone().into_iter();
            answer.done().await?;
            let Some(Asked { about, .. }) = asked else { continue };
            let left_out = || FetchOutcome::Failed { reason: "the fetcher's answer leaves it out".to_owned() };
            return Ok(about.into_iter().map(|about| (about, outcomes.next().unwrap_or_else(left_out))).collect());
        }
    }

    /// Asks again for what the bus has neither as a question nor as an answer: it came back without its files, or another
    /// process took the answer for its own.
    async fn ask_for_lost(&mut self) -> anyhow::Result<()> {
        // In this order: a fetcher answers before it settles the question.
        for queue in [Queue::Fetch, Queue::Fetched] {
            if self.run.bus.port().pending(queue).await? > 0 {
                return Ok(());
            }
        }
        tracing::warn!(batches = self.outstanding.len(), "the bus has lost what was asked for; asking again");
        for asked in self.outstanding.values_mut() {
            anyhow::ensure!(asked.times < TIMES, "the bus lost batch {} {TIMES} times", asked.batch.batch);
            self.run.bus.submit(&asked.batch).await?;
            asked.times += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use romt_bus::MemoryBus;
    use romt_types::Digest;

    use super::*;

    fn item(label: &str) -> FetchItem {
        let (key, label) = (format!("crates/{label}"), label.to_owned());
        FetchItem { key, url: "http://a/".to_owned(), digest: Digest::of(b""), label, limit: 1 }
    }

    #[tokio::test]
    async fn what_the_bus_lost_is_asked_for_again_and_answers_count_once() {
        let bus = BusHandle::new(Arc::new(MemoryBus::new()));
        let mut fetching = Fetching::new(&FetchRun::new(bus.clone(), "run".parse().unwrap()));
        fetching.lost_after = Duration::from_millis(20);
        fetching.ask(vec![(item("a"), 1)]).await.unwrap();
        fetching.ask(vec![(item("b"), 2)]).await.unwrap();
        // Nobody answers the first time.
        for _ in 0..2 {
            bus.next_job::<FetchBatch>().await.unwrap().done().await.unwrap();
        }
        let fetcher = tokio::spawn(async move {
            for _ in 0..2 {
                let delivery = bus.next_job::<FetchBatch>().await.unwrap();
                let (run, batch) = (delivery.job.run.clone(), delivery.job.batch);
                let mut answer = FetchSettled { run, batch, outcomes: vec![FetchOutcome::Present] };
                bus.submit(&answer).await.unwrap();
                // And one more that is nothing to anybody.
                answer.run = "other".parse().unwrap();
                bus.submit(&answer).await.unwrap();
                delivery.done().await.unwrap();
            }
        });
        let mut answers = vec![fetching.answer().await.unwrap(), fetching.answer().await.unwrap()];
        answers.sort_by_key(|answer| answer[0].0);
        assert_eq!(answers, [[(1, FetchOutcome::Present)], [(2, FetchOutcome::Present)]]);
        assert!(fetching.is_settled());
        fetcher.await.unwrap();
    }
}

//! Batches of files on their way to the fetchers.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use romt_bus::messages::{FetchBatch, FetchItem, FetchOutcome, FetchSettled};
use romt_bus::{BusHandle, Job as _, Queue};
use romt_types::RunId;
use tokio::time::timeout;
use uuid::Uuid;

/// What one run asks of the fetchers, by whatever part of it: no two of its batches have the same number. Cheap to clone.
#[derive(Debug, Clone)]
pub struct FetchRun {
    bus: BusHandle,
    run: RunId,
    next: Arc<AtomicU32>,
    given_up: Arc<AtomicBool>,
}

impl FetchRun {
    /// The fetchers are asked over `bus`, and call the run `run`.
    pub fn new(bus: BusHandle, run: RunId) -> Self {
        // A run that was cut short comes again under its id, with another plan: what became of its batches then must not be
        // taken for what becomes of those of the same numbers now.
        let (_, random) = Uuid::now_v7().as_u64_pair();
        let first = u32::try_from(random & u64::from(u32::MAX)).unwrap_or_default();
        Self { bus, run, next: Arc::new(AtomicU32::new(first)), given_up: Arc::default() }
    }

    /// Whether a batch of it was given up, and is a dead letter now.
    pub(crate) fn was_given_up(&self) -> bool {
        self.given_up.load(Ordering::Relaxed)
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

/// How many files a batch may have: enough to keep a fetcher busy, and at last so many that what each batch costs by itself, some
/// ten messages on the bus, does not count; few enough that a lost one costs little.
const FILES: RangeInclusive<usize> = 8..=800;
/// Files in the first batch.
const FIRST: usize = 64;
/// Of so many files that were asked for before, one more in the next batch than in the first.
const OF_ASKED: usize = 4;
/// Of so many files that are left, at most one in the next batch.
const OF_LEFT: usize = 8;
/// What the items of a batch may take in its message: more than the largest batch usually does, and a quarter of what servers
/// take by default.
const BYTES: usize = 256 * 1024;
/// Batches that wait for their answer at once.
const WINDOW: usize = 16;
/// When no answer comes for that long, it is looked whether the bus still has the question, or has given it up.
const LOST_AFTER: Duration = Duration::from_secs(10);
/// A batch that was asked for so often is not asked for again.
const TIMES: u32 = 10;
/// The way of a batch and its answer.
const WAY: [Queue; 2] = [FetchBatch::QUEUE, FetchSettled::QUEUE];

/// How many files the next batch takes, after `asked` files, of the `left` ones. The first are small, so that all fetchers have
/// begun soon. The last are small, so that they end together, and if there is little to do each of them has some of it.
pub(crate) fn next_batch(asked: usize, left: usize) -> usize {
    (FIRST + asked / OF_ASKED).min(left / OF_LEFT).clamp(*FILES.start(), *FILES.end()).min(left)
}

/// About what an item takes in a message.
fn size(item: &FetchItem) -> usize {
    const NAMES_AND_DIGEST: usize = 160;
    item.key.len() + item.url.len() + item.label.len() + NAMES_AND_DIGEST
}

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

    /// Asks for a batch: each file, and what it is to us. What is too much for one message becomes several, and one without
    /// files is not sent.
    pub(crate) async fn ask(&mut self, files: Vec<(FetchItem, T)>) -> anyhow::Result<()> {
        let (mut batch, mut bytes) = (Vec::with_capacity(files.len()), 0);
        for file in files {
            let size = size(&file.0);
            if bytes + size > BYTES {
                self.send(std::mem::take(&mut batch)).await?;
                bytes = 0;
            }
            bytes += size;
            batch.push(file);
        }
        self.send(batch).await
    }

    async fn send(&mut self, files: Vec<(FetchItem, T)>) -> anyhow::Result<()> {
        let (items, about): (Vec<_>, Vec<_>) = files.into_iter().unzip();
        if items.is_empty() {
            return Ok(());
        }
        let FetchRun { bus, run, next, .. } = &self.run;
        let number = next.fetch_add(1, Ordering::Relaxed);
        let batch = FetchBatch { run: run.clone(), batch: number, items };
        bus.submit(&batch).await?;
        self.outstanding.insert(number, Asked { batch, about, times: 1 });
        Ok(())
    }

    /// Waits for the next answer: what became of each file of its batch. Those of a batch that nobody will answer have
    /// failed.
    pub(crate) async fn answer(&mut self) -> anyhow::Result<Vec<(T, FetchOutcome)>> {
        loop {
            let Ok(answer) = timeout(self.lost_after, self.run.bus.next_job::<FetchSettled>()).await else {
                match self.unanswered().await? {
                    Some(failed) => return Ok(failed),
                    None => continue,
                }
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

    /// Nothing was heard for a while: the files of a batch that will not be answered, if there is one. What the bus has lost
    /// is asked for again.
    async fn unanswered(&mut self) -> anyhow::Result<Option<Vec<(T, FetchOutcome)>>> {
        // Before it is looked for dead letters: one is there before its batch leaves the queue.
        let is_queued = self.run.bus.any_pending(&WAY).await?;
        let ids: Vec<_> = self.outstanding.iter().map(|(&number, asked)| (number, asked.batch.id())).collect();
        for (number, id) in ids {
            if let Some(letter) = self.run.bus.given_up(&WAY, &id).await? {
                self.run.given_up.store(true, Ordering::Relaxed);
                return Ok(self.fail(number, &format!("its batch was {letter}")));
            }
        }
        if is_queued { Ok(None) } else { self.ask_for_lost().await }
    }

    /// Asks again for what the bus has neither as a question nor as an answer: it came back without its files, or another
    /// process took the answer for its own. A batch for which that was done too often has failed.
    async fn ask_for_lost(&mut self) -> anyhow::Result<Option<Vec<(T, FetchOutcome)>>> {
        tracing::warn!(batches = self.outstanding.len(), "the bus has lost what was asked for; asking again");
        let mut lost_for_good = None;
        for (&number, asked) in &mut self.outstanding {
            if asked.times >= TIMES {
                lost_for_good = Some(number);
                continue;
            }
            self.run.bus.submit(&asked.batch).await?;
            asked.times += 1;
        }
        Ok(lost_for_good.and_then(|number| self.fail(number, &format!("the bus lost its batch {TIMES} times"))))
    }

    /// A batch that is waited for no more.
    fn fail(&mut self, number: u32, reason: &str) -> Option<Vec<(T, FetchOutcome)>> {
        let Asked { about, .. } = self.outstanding.remove(&number)?;
        tracing::warn!(batch = number, files = about.len(), reason, "a batch is waited for no more");
        let failed = || FetchOutcome::Failed { reason: reason.to_owned() };
        Some(about.into_iter().map(|about| (about, failed())).collect())
    }
}

#[cfg(test)]
mod tests {
    use romt_bus::{MAX_ATTEMPTS, MemoryBus};
    use romt_types::Digest;

    use super::*;

    fn item(label: &str) -> FetchItem {
        let (key, label) = (format!("crates/{label}"), label.to_owned());
        FetchItem { key, url: "http://a/".to_owned(), digest: Digest::of(b""), label, limit: 1 }
    }

    #[test]
    fn batches_grow_and_become_smaller_again() {
        let batches = |all: usize| {
            let (mut sizes, mut asked) = (Vec::new(), 0);
            while asked < all {
                sizes.push(next_batch(asked, all - asked));
                asked += sizes[sizes.len() - 1];
            }
            assert_eq!(asked, all);
            sizes
        };
        assert_eq!(batches(20), [8, 8, 4]);
        assert_eq!(batches(452)[..3], [56, 49, 43]);
        let many = batches(19_000);
        let largest = many.iter().position(|size| size == FILES.end()).unwrap();
        assert!(many[..largest].is_sorted() && many[largest..].is_sorted_by(|a, b| a >= b), "{many:?}");
        assert!(many[0] == FIRST && many.len() < 80, "{many:?}");
    }

    #[tokio::test]
    async fn what_is_too_much_for_one_message_becomes_several() {
        let bus = BusHandle::new(Arc::new(MemoryBus::new()));
        let mut fetching = Fetching::new(&FetchRun::new(bus.clone(), "r".parse().unwrap()));
        let long = |n: usize| FetchItem { url: format!("http://a/{}", "x".repeat(100_000)), ..item(&n.to_string()) };
        fetching.ask((0..5).map(|n| (long(n), n)).collect()).await.unwrap();
        let mut sizes = Vec::new();
        for _ in 0..3 {
            let delivery = bus.next_job::<FetchBatch>().await.unwrap();
            sizes.push(delivery.job.items.len());
            delivery.done().await.unwrap();
        }
        assert_eq!(sizes, [2, 2, 1]);
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

    fn fetching(bus: &BusHandle) -> Fetching<u32> {
        let run = FetchRun::new(bus.clone(), "run".parse().unwrap());
        Fetching { lost_after: Duration::from_millis(20), ..Fetching::new(&run) }
    }

    #[track_caller]
    fn reason(answer: &[(u32, FetchOutcome)]) -> &str {
        match answer {
            [(_, FetchOutcome::Failed { reason })] => reason,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_batch_whose_fetchers_all_die_has_failed_and_the_others_are_answered() {
        let bus = BusHandle::new(Arc::new(MemoryBus::new()));
        let mut fetching = fetching(&bus);
        fetching.ask(vec![(item("a"), 1)]).await.unwrap();
        fetching.ask(vec![(item("b"), 2)]).await.unwrap();
        let deadly = fetching.outstanding.values().next().unwrap().batch.clone();
        let fetcher = tokio::spawn(async move {
            let mut deaths = 0;
            loop {
                let delivery = bus.next_job::<FetchBatch>().await.unwrap();
                if delivery.job == deadly {
                    deaths += 1;
                    drop(delivery);
                } else {
                    let (run, batch) = (delivery.job.run.clone(), delivery.job.batch);
                    let outcomes = vec![FetchOutcome::Present];
                    bus.submit(&FetchSettled { run, batch, outcomes }).await.unwrap();
                    delivery.done().await.unwrap();
                }
                if deaths == MAX_ATTEMPTS {
                    // It is found to be dead by the next one who looks for work.
                    let _ = timeout(Duration::from_millis(50), bus.next_job::<FetchBatch>()).await;
                    return bus;
                }
            }
        });
        assert_eq!(fetching.answer().await.unwrap(), [(2, FetchOutcome::Present)]);
        let failed = fetching.answer().await.unwrap();
        let bus = fetcher.await.unwrap();
        let letters = bus.port().dead_letters(Queue::Fetch).await.unwrap();
        let expected = format!("its batch was given up as dead letter fetch/{}: was begun 100 times", letters[0].id);
        assert!(reason(&failed).starts_with(&expected), "{failed:?}");
        assert_eq!(failed[0].0, 1);
        assert!(fetching.is_settled() && fetching.run.was_given_up());
        assert_eq!(bus.port().pending(Queue::Fetch).await.unwrap(), 0, "it was not asked for again");
    }

    #[tokio::test]
    async fn an_answer_that_was_given_up_is_no_answer() {
        let bus = BusHandle::new(Arc::new(MemoryBus::new()));
        let mut fetching = fetching(&bus);
        fetching.ask(vec![(item("a"), 1)]).await.unwrap();
        let delivery = bus.next_job::<FetchBatch>().await.unwrap();
        // Of another version of romt, perhaps.
        bus.port().enqueue(Queue::Fetched, &delivery.job.id(), "{}".to_owned().into()).await.unwrap();
        delivery.done().await.unwrap();
        let failed = fetching.answer().await.unwrap();
        assert!(reason(&failed).contains("dead letter fetched/run.") && reason(&failed).contains("cannot be read"));
        assert!(fetching.is_settled());
    }

    #[tokio::test]
    async fn a_batch_that_the_bus_loses_each_time_has_failed() {
        let bus = BusHandle::new(Arc::new(MemoryBus::new()));
        let mut fetching = fetching(&bus);
        fetching.ask(vec![(item("a"), 1)]).await.unwrap();
        let loser = tokio::spawn(async move {
            for _ in 0..TIMES {
                bus.next_job::<FetchBatch>().await.unwrap().done().await.unwrap();
            }
        });
        let failed = fetching.answer().await.unwrap();
        assert_eq!(reason(&failed), "the bus lost its batch 10 times");
        assert!(fetching.is_settled() && !fetching.run.was_given_up());
        loser.await.unwrap();
    }

    #[test]
    fn two_tries_of_one_run_have_other_numbers() {
        let bus = BusHandle::new(Arc::new(MemoryBus::new()));
        let first = || FetchRun::new(bus.clone(), "run".parse().unwrap()).next.load(Ordering::Relaxed);
        assert_ne!(first(), first());
    }
}

//! The bus of one process.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::{Notify, broadcast};
use tokio::time::Instant;

use crate::port::{check_size, next_event};
use crate::{
    Bus, BusError, DEAD_LETTERS, DeadLetter, Delivery, EVENT_BACKLOG, Enqueued, MAX_ATTEMPTS, MAX_MESSAGE, Message,
    Queue, Settle, StateEntry, Subscription, Topic,
};

/// Jobs a queue holds before [`Bus::enqueue`] waits.
const QUEUE_CAPACITY: usize = 1_024;

/// A bus inside one process: no server, no files, nothing kept when it is dropped.
#[derive(Debug)]
pub struct MemoryBus {
    queues: HashMap<Queue, Arc<MemoryQueue>>,
    topics: HashMap<Topic, broadcast::Sender<Message>>,
    state: Mutex<BTreeMap<String, StateEntry>>,
}

#[derive(Debug, Default)]
struct MemoryQueue {
    jobs: Mutex<Jobs>,
    /// Rung when a job can be taken.
    added: Notify,
    /// Rung when there is room again.
    room: Notify,
}

#[derive(Debug, Default)]
struct Jobs {
    waiting: VecDeque<Waiting>,
    in_work: HashSet<String>,
    dead: VecDeque<DeadLetter>,
}

#[derive(Debug, Clone)]
struct Waiting {
    id: String,
    message: Message,
    attempt: u32,
    not_before: Instant,
}

impl Jobs {
    /// Remembers a job that is given up, in place of an older letter of the same job.
    fn bury(&mut self, letter: DeadLetter) {
        self.dead.retain(|other| other.id != letter.id);
        if self.dead.len() == DEAD_LETTERS {
            self.dead.pop_front();
        }
        self.dead.push_back(letter);
    }

    fn holds(&self, id: &str) -> bool {
        self.in_work.contains(id) || self.waiting.iter().any(|job| job.id == id)
    }

    /// Takes the first job that is due; or says when the next one will be.
    fn take(&mut self, now: Instant) -> Result<Waiting, Option<Instant>> {
        let due = self.waiting.iter().position(|job| job.not_before <= now);
        match due.and_then(|at| self.waiting.remove(at)) {
            Some(job) => {
                self.in_work.insert(job.id.clone());
                Ok(job)
            }
            None => Err(self.waiting.iter().map(|job| job.not_before).min()),
        }
    }
}

impl MemoryQueue {
    /// No code panics while it holds the lock, so what a poisoned lock guards is whole.
    fn jobs(&self) -> MutexGuard<'_, Jobs> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put_back(&self, mut job: Waiting, delay: Duration) {
        job.not_before = Instant::now() + delay;
        let mut jobs = self.jobs();
        jobs.in_work.remove(&job.id);
        jobs.waiting.push_back(job);
        drop(jobs);
        self.added.notify_one();
    }

    fn forget(&self, id: &str) {
        self.jobs().in_work.remove(id);
        self.room.notify_one();
    }

    fn give_up(&self, job: Waiting, reason: &str) {
        let letter = DeadLetter::new(job.id.clone(), job.message.body, reason, job.attempt);
        self.jobs().bury(letter);
        self.forget(&job.id);
    }

    fn dead_letter(&self, id: &str) -> Option<DeadLetter> {
        self.jobs().dead.iter().find(|letter| letter.id == id).cloned()
    }

    fn discard(&self, id: &str) -> bool {
        let mut jobs = self.jobs();
        let before = jobs.dead.len();
        jobs.dead.retain(|letter| letter.id != id);
        jobs.dead.len() < before
    }
}

impl Default for MemoryBus {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryBus {
    /// A bus without jobs, listeners or state.
    pub fn new() -> Self {
        Self {
            queues: Queue::ALL.into_iter().map(|queue| (queue, Arc::default())).collect(),
            topics: Topic::ALL.into_iter().map(|topic| (topic, broadcast::channel(EVENT_BACKLOG).0)).collect(),
            state: Mutex::default(),
        }
    }

    fn queue(&self, queue: Queue) -> Result<&Arc<MemoryQueue>, BusError> {
        self.queues.get(&queue).ok_or(BusError::Closed)
    }

    fn topic(&self, topic: Topic) -> Result<&broadcast::Sender<Message>, BusError> {
        self.topics.get(&topic).ok_or(BusError::Closed)
    }

    fn states(&self) -> MutexGuard<'_, BTreeMap<String, StateEntry>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Bus for MemoryBus {
    async fn enqueue(&self, queue: Queue, id: &str, message: Message) -> Result<Enqueued, BusError> {
        check_size(queue, id, &message.body, MAX_MESSAGE)?;
        let queue = self.queue(queue)?;
        loop {
            let room = queue.room.notified();
            {
                let mut jobs = queue.jobs();
                if jobs.holds(id) {
                    return Ok(Enqueued::Duplicate);
                }
                if jobs.waiting.len() + jobs.in_work.len() < QUEUE_CAPACITY {
                    let job = Waiting { id: id.to_owned(), message, attempt: 0, not_before: Instant::now() };
                    jobs.waiting.push_back(job);
                    let more_room = jobs.waiting.len() + jobs.in_work.len() < QUEUE_CAPACITY;
                    drop(jobs);
                    queue.added.notify_one();
                    // One ring may have stood for several places.
                    if more_room {
                        queue.room.notify_one();
                    }
                    return Ok(Enqueued::Added);
                }
            }
            room.await;
        }
    }

    async fn next(&self, queue: Queue) -> Result<Delivery, BusError> {
        let queue = self.queue(queue)?;
        loop {
            let added = queue.added.notified();
            let taken = queue.jobs().take(Instant::now());
            match taken {
                Ok(mut job) => {
                    // One ring may have stood for several jobs: pass it on while there are more.
                    queue.added.notify_one();
                    if job.attempt == MAX_ATTEMPTS {
                        tracing::error!(id = job.id, "gave up a job that was begun too often");
                        queue.give_up(job, &format!("was begun {MAX_ATTEMPTS} times and never settled"));
                        continue;
                    }
                    job.attempt += 1;
                    let (id, message, attempt) = (job.id.clone(), job.message.clone(), job.attempt);
                    let settle = MemorySettle { queue: Arc::clone(queue), job: Some(job) };
                    return Ok(Delivery::new(id, message, attempt, Box::new(settle)));
                }
                Err(Some(due)) => {
                    let _ = tokio::time::timeout_at(due, added).await;
                }
                Err(None) => added.await,
            }
        }
    }

    async fn pending(&self, queue: Queue) -> Result<u64, BusError> {
        let jobs = self.queue(queue)?.jobs();
        Ok((jobs.waiting.len() + jobs.in_work.len()) as u64)
    }

    async fn dead_letters(&self, queue: Queue) -> Result<Vec<DeadLetter>, BusError> {
        Ok(self.queue(queue)?.jobs().dead.iter().cloned().collect())
    }

    async fn dead_letter(&self, queue: Queue, id: &str) -> Result<Option<DeadLetter>, BusError> {
        Ok(self.queue(queue)?.dead_letter(id))
    }

    async fn requeue(&self, queue: Queue, id: &str) -> Result<bool, BusError> {
        let jobs = self.queue(queue)?;
        let Some(letter) = jobs.dead_letter(id) else { return Ok(false) };
        self.enqueue(queue, id, letter.body.into()).await?;
        jobs.discard(id);
        Ok(true)
    }

    async fn discard(&self, queue: Queue, id: &str) -> Result<bool, BusError> {
        Ok(self.queue(queue)?.discard(id))
    }

    async fn publish(&self, topic: Topic, message: Message) -> Result<(), BusError> {
        check_size(topic, "an event", &message.body, MAX_MESSAGE)?;
        // An error only says that nobody listens.
        let _ = self.topic(topic)?.send(message);
        Ok(())
    }

    async fn subscribe(&self, topic: Topic) -> Result<Box<dyn Subscription>, BusError> {
        Ok(Box::new(MemorySubscription(self.topic(topic)?.subscribe())))
    }

    async fn state(&self, key: &str) -> Result<Option<StateEntry>, BusError> {
        Ok(self.states().get(key).cloned())
    }

    async fn set_state(&self, key: &str, value: Bytes, expected: Option<u64>) -> Result<u64, BusError> {
        check_size(key, "a state", &value, MAX_MESSAGE)?;
        let mut states = self.states();
        let current = states.get(key).map_or(0, |entry| entry.revision);
        if expected.is_some_and(|expected| expected != current) {
            return Err(BusError::Conflict { key: key.to_owned() });
        }
        let revision = current + 1;
        states.insert(key.to_owned(), StateEntry { value, revision });
        Ok(revision)
    }
}

struct MemorySettle {
    queue: Arc<MemoryQueue>,
    job: Option<Waiting>,
}

#[async_trait]
impl Settle for MemorySettle {
    async fn done(mut self: Box<Self>) -> Result<(), BusError> {
        if let Some(job) = self.job.take() {
            self.queue.forget(&job.id);
        }
        Ok(())
    }

    async fn retry(mut self: Box<Self>, delay: Duration) -> Result<(), BusError> {
        if let Some(job) = self.job.take() {
            self.queue.put_back(job, delay);
        }
        Ok(())
    }

    async fn fail(mut self: Box<Self>, reason: &str) -> Result<(), BusError> {
        if let Some(job) = self.job.take() {
            self.queue.give_up(job, reason);
        }
        Ok(())
    }

    async fn progress(&self) -> Result<(), BusError> {
        // A worker in this process cannot be lost without its delivery being dropped.
        Ok(())
    }
}

impl Drop for MemorySettle {
    fn drop(&mut self) {
        if let Some(job) = self.job.take() {
            self.queue.put_back(job, Duration::ZERO);
        }
    }
}

#[derive(Debug)]
struct MemorySubscription(broadcast::Receiver<Message>);

#[async_trait]
impl Subscription for MemorySubscription {
    async fn next(&mut self) -> Result<Message, BusError> {
        next_event(&mut self.0).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_conforms() {
        crate::testing::conformance::all(|| async { Arc::new(MemoryBus::new()) as Arc<dyn Bus> }).await;
    }

    #[tokio::test]
    async fn a_full_queue_makes_the_sender_wait() {
        let bus = Arc::new(MemoryBus::new());
        for n in 0..QUEUE_CAPACITY {
            bus.enqueue(Queue::Fetch, &n.to_string(), Bytes::new().into()).await.unwrap();
        }
        let sender = {
            let bus = Arc::clone(&bus);
            tokio::spawn(async move { bus.enqueue(Queue::Fetch, "one more", Bytes::new().into()).await })
        };
        tokio::task::yield_now().await;
        assert!(!sender.is_finished());
        bus.next(Queue::Fetch).await.unwrap().done().await.unwrap();
        assert_eq!(sender.await.unwrap().unwrap(), Enqueued::Added);
    }
}

//! The port itself: what an implementation provides.

use std::fmt::Debug;
use std::time::SystemTime;

use async_trait::async_trait;
use bytes::Bytes;
use romt_types::TraceParent;
use tokio::sync::broadcast;

use crate::{BusError, Delivery, Queue, Topic};

/// The largest job, event or state, in bytes: what a NATS server takes as it comes, less room for headers.
pub const MAX_MESSAGE: usize = (1 << 20) - (16 << 10);
/// How often a job is begun at most: one that ends its workers each time must not do so for ever. A worker that waits for
/// something with [`Delivery::retry`] gives up earlier, by itself.
pub const MAX_ATTEMPTS: u32 = 100;
/// Dead letters that a queue remembers; then the oldest are forgotten.
pub const DEAD_LETTERS: usize = 1_000;
/// Events a slow listener may lag behind.
pub(crate) const EVENT_BACKLOG: usize = 1_024;

/// A bus: jobs, events, small state. See the [crate] page for their meaning.
#[async_trait]
pub trait Bus: Debug + Send + Sync + 'static {
    /// Adds a job to a queue; returns once the bus has it. Waits while the queue is full.
    ///
    /// A job whose `id` the queue still holds, waiting or in work, is not added again. One larger than [`MAX_MESSAGE`] is
    /// [`BusError::TooLarge`]; so are events and states.
    async fn enqueue(&self, queue: Queue, id: &str, message: Message) -> Result<Enqueued, BusError>;

    /// The next job of a queue; waits for one. Dropping the future loses no job. One that was begun [`MAX_ATTEMPTS`] times
    /// is not begun again, but becomes a dead letter.
    async fn next(&self, queue: Queue) -> Result<Delivery, BusError>;

    /// How many jobs of a queue are waiting or in work.
    async fn pending(&self, queue: Queue) -> Result<u64, BusError>;

    /// The jobs of a queue that were given up, oldest first; the newest [`DEAD_LETTERS`] at most, one for each id.
    async fn dead_letters(&self, queue: Queue) -> Result<Vec<DeadLetter>, BusError>;

    /// The job of that id, if it was given up.
    async fn dead_letter(&self, queue: Queue, id: &str) -> Result<Option<DeadLetter>, BusError>;

    /// Puts a job that was given up into its queue again, in no trace any more. False if there is none of that id.
    async fn requeue(&self, queue: Queue, id: &str) -> Result<bool, BusError>;

    /// Forgets a job that was given up. False if there is none of that id.
    async fn discard(&self, queue: Queue, id: &str) -> Result<bool, BusError>;

    /// Tells everyone who listens to a topic. Nobody listening is not an error.
    async fn publish(&self, topic: Topic, message: Message) -> Result<(), BusError>;

    /// Listens to a topic from now on.
    async fn subscribe(&self, topic: Topic) -> Result<Box<dyn Subscription>, BusError>;

    /// The value under a key, if there is one.
    async fn state(&self, key: &str) -> Result<Option<StateEntry>, BusError>;

    /// Sets the value under a key and returns its new revision.
    ///
    /// With `expected`, only if the key is at that revision (0: not there yet); otherwise [`BusError::Conflict`].
    async fn set_state(&self, key: &str, value: Bytes, expected: Option<u64>) -> Result<u64, BusError>;
}

/// What a job or an event consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What it says.
    pub body: Bytes,
    /// The trace that it was sent in, for as long as it is on its way.
    pub trace: Option<TraceParent>,
}

impl From<Bytes> for Message {
    /// A message that is in no trace.
    fn from(body: Bytes) -> Self {
        Self { body, trace: None }
    }
}

impl From<String> for Message {
    /// A message that is in no trace.
    fn from(body: String) -> Self {
        Bytes::from(body).into()
    }
}

/// What [`Bus::enqueue`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enqueued {
    /// The job was added.
    Added,
    /// A job of that id is there already.
    Duplicate,
}

/// A job that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The id it was enqueued under.
    pub id: String,
    /// Its body.
    pub body: Bytes,
    /// Why it was given up.
    pub reason: String,
    /// How often it had been begun.
    pub attempts: u32,
    /// When it was given up, in seconds since 1970.
    pub given_up: u64,
}

impl DeadLetter {
    /// The most that is kept of a reason, in bytes.
    const REASON: usize = 2_000;

    /// A job that is given up now.
    pub(crate) fn new(id: String, body: Bytes, reason: &str, attempts: u32) -> Self {
        let reason = reason.get(..reason.floor_char_boundary(Self::REASON)).unwrap_or(reason).to_owned();
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Self { id, body, reason, attempts, given_up: now.map_or(0, |now| now.as_secs()) }
    }
}

/// A value and its revision, which grows with every change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateEntry {
    /// The value.
    pub value: Bytes,
    /// Its revision, 1 or more.
    pub revision: u64,
}

/// The events of one topic, in order.
#[async_trait]
pub trait Subscription: Debug + Send {
    /// The next event. Events that came faster than they were read may have been dropped, oldest first.
    async fn next(&mut self) -> Result<Message, BusError>;
}

/// Refuses a message of more than `limit` bytes.
pub(crate) fn check_size(channel: impl ToString, what: &str, body: &Bytes, limit: usize) -> Result<(), BusError> {
    if body.len() <= limit {
        return Ok(());
    }
    Err(BusError::TooLarge { channel: channel.to_string(), what: what.to_owned(), size: body.len(), limit })
}

/// The next event of a channel between tasks.
pub(crate) async fn next_event(events: &mut broadcast::Receiver<Message>) -> Result<Message, BusError> {
    loop {
        match events.recv().await {
            Ok(message) => return Ok(message),
            Err(broadcast::error::RecvError::Lagged(missed)) => {
                tracing::debug!(missed, "events came faster than they were read");
            }
            Err(broadcast::error::RecvError::Closed) => return Err(BusError::Closed),
        }
    }
}

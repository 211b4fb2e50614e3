//! The port itself: what an implementation provides.

use std::fmt::Debug;

use async_trait::async_trait;
use bytes::Bytes;

use crate::{BusError, Delivery, Queue, Topic};

/// A bus: jobs, events, small state. See the [crate] page for their meaning.
#[async_trait]
pub trait Bus: Debug + Send + Sync + 'static {
    /// Adds a job to a queue; returns once the bus has it. Waits while the queue is full.
    ///
    /// A job whose `id` the queue still holds, waiting or in work, is not added again.
    async fn enqueue(&self, queue: Queue, id: &str, body: Bytes) -> Result<Enqueued, BusError>;

    /// The next job of a queue; waits for one. Dropping the future loses no job.
    async fn next(&self, queue: Queue) -> Result<Delivery, BusError>;

    /// How many jobs of a queue are waiting or in work.
    async fn pending(&self, queue: Queue) -> Result<u64, BusError>;

    /// The jobs of a queue that were given up, oldest first; the newest 1,000 at most.
    async fn dead_letters(&self, queue: Queue) -> Result<Vec<DeadLetter>, BusError>;

    /// Tells everyone who listens to a topic. Nobody listening is not an error.
    async fn publish(&self, topic: Topic, body: Bytes) -> Result<(), BusError>;

    /// Listens to a topic from now on.
    async fn subscribe(&self, topic: Topic) -> Result<Box<dyn Subscription>, BusError>;

    /// The value under a key, if there is one.
    async fn state(&self, key: &str) -> Result<Option<StateEntry>, BusError>;

    /// Sets the value under a key and returns its new revision.
    ///
    /// With `expected`, only if the key is at that revision (0: not there yet); otherwise [`BusError::Conflict`].
    async fn set_state(&self, key: &str, value: Bytes, expected: Option<u64>) -> Result<u64, BusError>;
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
    async fn next(&mut self) -> Result<Bytes, BusError>;
}

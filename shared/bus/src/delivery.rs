//! A job in a worker's hands.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use romt_types::TraceParent;

use crate::{BusError, Message};

/// One job, to be settled by exactly one of [`done`](Self::done), [`retry`](Self::retry) and [`fail`](Self::fail).
/// Dropped without that, it is delivered again.
pub struct Delivery {
    /// The id it was enqueued under.
    pub id: String,
    /// Its body.
    pub body: Bytes,
    /// The trace that it was enqueued in.
    pub trace: Option<TraceParent>,
    /// How often it has been delivered, this time included: 1 at first.
    pub attempt: u32,
    settle: Box<dyn Settle>,
}

/// How an implementation learns what became of a delivery. Dropped unsettled, it must deliver the job again.
#[async_trait]
pub trait Settle: Send + Sync {
    /// The job is done and forgotten.
    async fn done(self: Box<Self>) -> Result<(), BusError>;
    /// The job is to come again, no sooner than after `delay`.
    async fn retry(self: Box<Self>, delay: Duration) -> Result<(), BusError>;
    /// The job is given up and becomes a dead letter.
    async fn fail(self: Box<Self>, reason: &str) -> Result<(), BusError>;
    /// The worker is still at it.
    async fn progress(&self) -> Result<(), BusError>;
}

impl Delivery {
    /// For implementations: a delivery and what settles it.
    pub fn new(id: String, message: Message, attempt: u32, settle: Box<dyn Settle>) -> Self {
        let Message { body, trace } = message;
        Self { id, body, trace, attempt, settle }
    }

    /// The job is done: it does not come again.
    pub async fn done(self) -> Result<(), BusError> {
        self.settle.done().await
    }

    /// The job could not be done now: it comes again after `delay`.
    pub async fn retry(self, delay: Duration) -> Result<(), BusError> {
        self.settle.retry(delay).await
    }

    /// The job can never be done: it becomes a dead letter.
    pub async fn fail(self, reason: &str) -> Result<(), BusError> {
        self.settle.fail(reason).await
    }

    /// Says that the worker is still at it, so that nobody else is given the job.
    pub async fn progress(&self) -> Result<(), BusError> {
        self.settle.progress().await
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery").field("id", &self.id).field("attempt", &self.attempt).finish_non_exhaustive()
    }
}

//! What becomes of a job in a worker's hands.

use std::sync::Arc;
use std::time::Duration;

use async_nats::Subject;
use async_trait::async_trait;
use bytes::Bytes;
use serde_json::json;
use tokio::task::AbortHandle;

use super::Server;
use super::error::Trouble;
use crate::{BusError, DeadLetter, Message, Queue, Settle};

const DONE: &[u8] = b"+ACK";
const GIVEN_UP: &[u8] = b"+TERM";
const AGAIN: &[u8] = b"-NAK";
const STILL_AT_IT: &[u8] = b"+WPI";

/// A job that the server has lent to us.
pub(super) struct NatsSettle {
    server: Arc<Server>,
    queue: Queue,
    consumer: String,
    /// Where to say what became of it.
    reply: Subject,
    id: String,
    message: Message,
    attempt: u32,
    /// Says now and then that we are still at it.
    keeper: AbortHandle,
    settled: bool,
}

/// What the server made of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Heard,
    /// The stream that the job was in is lost.
    Lost,
}

impl NatsSettle {
    pub(super) fn new(
        server: Arc<Server>,
        queue: Queue,
        consumer: &str,
        reply: &Subject,
        id: &str,
        message: &Message,
        attempt: u32,
    ) -> Self {
        let keeper = tokio::spawn(keep(Arc::clone(&server), reply.clone())).abort_handle();
        let (consumer, reply, id, message) = (consumer.to_owned(), reply.clone(), id.to_owned(), message.clone());
        Self { server, queue, consumer, reply, id, message, attempt, keeper, settled: false }
    }

    /// Tells the server, and waits until it has heard.
    async fn tell(&mut self, what: Bytes) -> Result<Told, BusError> {
        let (server, reply) = (&self.server, self.reply.to_string());
        let told = server.link.persist(|| async {
            let heard = server.link.request(reply.clone(), None, what.clone()).await;
            let Err(Trouble::Missing) = heard else { return heard.map(|_| Told::Heard) };
            // Nobody listens where our word should go: because the stream is lost, or not just now?
            let seen = server.layouts.newest();
            let layout = server.layouts.make(&server.link, &seen).await?;
            if layout.consumer(self.queue) == self.consumer { Err(Trouble::Missing) } else { Ok(Told::Lost) }
        });
        let told = told.await;
        let told = told.map_err(|e| BusError::Failed { channel: self.queue.to_string(), source: e.into() })?;
        self.settled = true;
        if told == Told::Lost {
            tracing::warn!(queue = %self.queue, id = self.id, "the server has lost a job that was in work");
        }
        Ok(told)
    }
}

/// Says for as long as the delivery is held that we are still at it: a slow download is no reason to begin another one.
async fn keep(server: Arc<Server>, reply: Subject) {
    loop {
        tokio::time::sleep(server.config.ack_wait / 3).await;
        if let Err(error) = server.link.client.publish(reply.clone(), Bytes::from_static(STILL_AT_IT)).await {
            tracing::debug!(%error, "cannot say that a job is in work");
        }
    }
}

#[async_trait]
impl Settle for NatsSettle {
    async fn done(mut self: Box<Self>) -> Result<(), BusError> {
        // A job that the server has lost does not come again either.
        self.tell(Bytes::from_static(DONE)).await.map(drop)
    }

    async fn retry(mut self: Box<Self>, delay: Duration) -> Result<(), BusError> {
        let nanos = u64::try_from(delay.as_nanos()).unwrap_or(u64::MAX);
        let again = [AGAIN, b" ", json!({ "delay": nanos }).to_string().as_bytes()].concat();
        if self.tell(again.into()).await? == Told::Lost {
            self.server.enqueue(self.queue, &self.id, self.message.clone()).await?;
        }
        Ok(())
    }

    async fn fail(mut self: Box<Self>, reason: &str) -> Result<(), BusError> {
        // First the dead letter: whatever happens then, the job is not gone without a word.
        let letter = DeadLetter::new(self.id.clone(), self.message.body.clone(), reason, self.attempt);
        self.server.bury(self.queue, &letter).await?;
        self.tell(Bytes::from_static(GIVEN_UP)).await.map(drop)
    }

    async fn progress(&self) -> Result<(), BusError> {
        let sent = self.server.link.client.publish(self.reply.clone(), Bytes::from_static(STILL_AT_IT)).await;
        sent.map_err(|e| BusError::Failed { channel: self.queue.to_string(), source: e.into() })
    }
}

impl Drop for NatsSettle {
    fn drop(&mut self) {
        self.keeper.abort();
        if self.settled {
            return;
        }
        // Where this cannot be sent any more the job comes again by itself, a little later.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let (client, reply) = (self.server.link.client.clone(), self.reply.clone());
            runtime.spawn(async move { client.publish(reply, Bytes::from_static(AGAIN)).await });
        }
    }
}

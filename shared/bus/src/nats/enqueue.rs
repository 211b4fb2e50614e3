//! Putting jobs into a queue.

use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::header::{NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, NATS_MESSAGE_ID};
use async_nats::jetstream::ErrorCode;
use bytes::Bytes;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::error::Trouble;
use super::names::header;
use super::{Server, trace};
use crate::port::check_size;
use crate::{BusError, Enqueued, MAX_MESSAGE, Message, Queue};

/// The header that has a job's id.
pub(super) const JOB: &str = "Romt-Job";
/// The first and the longest pause while a queue is full.
const PAUSES: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));
/// How often it is said that a queue is full.
const SAY_EVERY: Duration = Duration::from_mins(1);
/// What headers may take.
const HEADERS: usize = 16 * 1024;

/// What became of a message that only goes where there is none yet.
enum Sent {
    Stored,
    Taken,
    Full,
}

impl Server {
    pub(super) async fn enqueue(&self, queue: Queue, id: &str, message: Message) -> Result<Enqueued, BusError> {
        let Message { body, trace } = message;
        self.check_size(queue, id, &body)?;
        let subject = self.names.job(queue, id);
        // By its own id the server knows a message again whose answer was lost; also when the job is done by then.
        let message_id = Uuid::now_v7().to_string();
        let mut headers = HeaderMap::new();
        headers.insert(JOB, header(id));
        headers.insert(NATS_MESSAGE_ID, message_id);
        headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, "0");
        trace::put(trace, &mut headers);
        let (mut pause, mut said) = (PAUSES.0, None::<Instant>);
        loop {
            let sent = self.persist(queue, || async {
                match self.link.store(subject.clone(), headers.clone(), body.clone()).await {
                    Ok(_) => Ok(Sent::Stored),
                    Err(trouble) if trouble.is_conflict() => Ok(Sent::Taken),
                    Err(trouble) if trouble.is_full() => Ok(Sent::Full),
                    Err(trouble) => Err(trouble),
                }
            });
            match sent.await? {
                Sent::Stored => return Ok(Enqueued::Added),
                Sent::Taken => return Ok(Enqueued::Duplicate),
                Sent::Full => {}
            }
            if said.is_none_or(|said| said.elapsed() >= SAY_EVERY) {
                tracing::info!(%queue, id, "the queue is full; waiting for room");
                said = Some(Instant::now());
            }
            sleep(pause).await;
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    /// Refuses what the server would not take.
    pub(super) fn check_size(&self, channel: impl ToString, what: &str, body: &Bytes) -> Result<(), BusError> {
        check_size(channel, what, body, MAX_MESSAGE.min(self.link.client.max_payload().saturating_sub(HEADERS)))
    }
}

impl Trouble {
    /// Whether a message was refused since another one came first.
    pub(super) fn is_conflict(&self) -> bool {
        self.code() == Some(ErrorCode::STREAM_WRONG_LAST_SEQUENCE)
    }
}

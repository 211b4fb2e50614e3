//! Jobs that were given up.

use async_nats::HeaderMap;
use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::stream::RawMessageErrorKind;
use serde_json::json;

use super::Server;
use super::enqueue::JOB;
use super::error::Trouble;
use super::names::{from_header, header};
use crate::{BusError, DEAD_LETTERS, DeadLetter, Queue};

const REASON: &str = "Romt-Reason";
const ATTEMPTS: &str = "Romt-Attempts";
const GIVEN_UP: &str = "Romt-Given-Up";

impl Server {
    /// Keeps a job that was given up. An older letter of the same job makes way.
    pub(super) async fn bury(&self, queue: Queue, letter: &DeadLetter) -> Result<(), BusError> {
        let subject = self.names.dead_letter(queue, &letter.id);
        let mut headers = HeaderMap::new();
        headers.insert(JOB, header(&letter.id));
        headers.insert(REASON, header(&letter.reason));
        headers.insert(ATTEMPTS, letter.attempts.to_string());
        headers.insert(GIVEN_UP, letter.given_up.to_string());
        let store = || self.link.store(subject.clone(), headers.clone(), letter.body.clone());
        self.persist(queue, store).await.map(drop)
    }

    pub(super) async fn dead_letters(&self, queue: Queue) -> Result<Vec<DeadLetter>, BusError> {
        let stream = self.names.dead_stream(queue);
        let state = self.persist(queue, || self.link.stream(&stream)).await?.state;
        let (mut letters, mut next) = (Vec::new(), state.first_sequence.max(1));
        while next <= state.last_sequence && letters.len() < DEAD_LETTERS {
            let subjects = self.names.dead_letters(queue);
            let question = || self.first_from(&stream, &subjects, next);
            let Some(message) = self.persist(queue, question).await? else { break };
            next = message.sequence + 1;
            letters.push(letter(&message));
        }
        Ok(letters)
    }

    pub(super) async fn dead_letter(&self, queue: Queue, id: &str) -> Result<Option<DeadLetter>, BusError> {
        Ok(self.kept_letter(queue, id).await?.as_ref().map(letter))
    }

    pub(super) async fn requeue(&self, queue: Queue, id: &str) -> Result<bool, BusError> {
        let Some(message) = self.kept_letter(queue, id).await? else { return Ok(false) };
        // First into the queue: a job that is there twice for a moment does no harm, one that is nowhere does.
        self.enqueue(queue, id, message.payload.into()).await?;
        self.forget(queue, message.sequence).await?;
        Ok(true)
    }

    pub(super) async fn discard(&self, queue: Queue, id: &str) -> Result<bool, BusError> {
        let Some(message) = self.kept_letter(queue, id).await? else { return Ok(false) };
        self.forget(queue, message.sequence).await?;
        Ok(true)
    }

    async fn kept_letter(&self, queue: Queue, id: &str) -> Result<Option<StreamMessage>, BusError> {
        let (stream, subject) = (self.names.dead_stream(queue), self.names.dead_letter(queue, id));
        self.persist(queue, || self.last_of(&stream, &subject)).await
    }

    async fn forget(&self, queue: Queue, sequence: u64) -> Result<(), BusError> {
        use async_nats::jetstream::ErrorCode;
        let question = format!("STREAM.MSG.DELETE.{}", self.names.dead_stream(queue));
        let body = json!({ "seq": sequence, "no_erase": true });
        let forget = || async {
            match self.link.ask::<serde_json::Value>(&question, &body).await {
                // Somebody else was faster, or our first word was heard and its answer lost.
                Err(e)
                    if matches!(
                        e.code(),
                        Some(ErrorCode::SEQUENCE_NOT_FOUND | ErrorCode::STREAM_MESSAGE_DELETE_FAILED)
                    ) =>
                {
                    Ok(())
                }
                other => other.map(drop),
            }
        };
        self.persist(queue, forget).await
    }

    /// The newest message of a subject.
    pub(super) async fn last_of(&self, stream: &str, subject: &str) -> Result<Option<StreamMessage>, Trouble> {
        let stream = self.link.jetstream.get_stream_no_info(stream).await.map_err(Trouble::away)?;
        found(stream.raw_message_builder().last_by_subject(subject).send().await)
    }

    /// The first message of some subjects from a number on.
    async fn first_from(&self, stream: &str, subjects: &str, from: u64) -> Result<Option<StreamMessage>, Trouble> {
        let stream = self.link.jetstream.get_stream_no_info(stream).await.map_err(Trouble::away)?;
        found(stream.raw_message_builder().sequence(from).next_by_subject(subjects).send().await)
    }
}

fn found(
    answer: Result<StreamMessage, async_nats::jetstream::stream::RawMessageError>,
) -> Result<Option<StreamMessage>, Trouble> {
    use async_nats::jetstream::ErrorCode;
    match answer {
        Ok(message) => Ok(Some(message)),
        Err(error) => match error.kind() {
            RawMessageErrorKind::NoMessageFound => Ok(None),
            RawMessageErrorKind::JetStream(refused) => match refused.error_code() {
                ErrorCode::NO_MESSAGE_FOUND => Ok(None),
                ErrorCode::STREAM_NOT_FOUND => Err(Trouble::Missing),
                _ => Err(Trouble::Refused(refused)),
            },
            _ => Err(Trouble::away(error)),
        },
    }
}

fn letter(message: &StreamMessage) -> DeadLetter {
    let text = |name: &str| message.headers.get(name).map(|value| from_header(value.as_str())).unwrap_or_default();
    DeadLetter {
        id: text(JOB),
        body: message.payload.clone(),
        reason: text(REASON),
        attempts: text(ATTEMPTS).parse().unwrap_or_default(),
        given_up: text(GIVEN_UP).parse().unwrap_or_default(),
    }
}

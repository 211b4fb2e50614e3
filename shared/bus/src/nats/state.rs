//! Small state.

use async_nats::HeaderMap;
use async_nats::header::{NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, NATS_MESSAGE_ID};
use async_nats::jetstream::message::StreamMessage;
use bytes::Bytes;
use uuid::Uuid;

use super::Server;
use crate::{BusError, StateEntry};

/// The header by which `nats kv` marks a key as deleted.
const OPERATION: &str = "KV-Operation";

impl Server {
    pub(super) async fn state(&self, key: &str) -> Result<Option<StateEntry>, BusError> {
        let entry = self.newest(key).await?.filter(|message| !is_deleted(message));
        Ok(entry.map(|message| StateEntry { revision: message.sequence, value: message.payload }))
    }

    pub(super) async fn set_state(&self, key: &str, value: Bytes, expected: Option<u64>) -> Result<u64, BusError> {
        self.check_size(key, "a state", &value)?;
        let conflict = || BusError::Conflict { key: key.to_owned() };
        if let Some(revision) = self.put(key, &value, expected).await? {
            return Ok(revision);
        }
        // A key that was deleted by hand is not there, but has a last revision.
        let deleted = match expected {
            Some(0) => self.newest(key).await?.filter(is_deleted),
            _ => None,
        };
        let Some(deleted) = deleted else { return Err(conflict()) };
        self.put(key, &value, Some(deleted.sequence)).await?.ok_or_else(conflict)
    }

    async fn newest(&self, key: &str) -> Result<Option<StreamMessage>, BusError> {
        let (stream, subject) = (self.names.state_stream(), self.names.state(key));
        self.persist(key, || self.last_of(&stream, &subject)).await
    }

    /// The new revision; `None` if the key is not at the expected one.
    async fn put(&self, key: &str, value: &Bytes, expected: Option<u64>) -> Result<Option<u64>, BusError> {
        let subject = self.names.state(key);
        let mut headers = HeaderMap::new();
        // By this the server knows the change again whose answer was lost, and does not call it a conflict with itself.
        headers.insert(NATS_MESSAGE_ID, Uuid::now_v7().to_string());
        if let Some(expected) = expected {
            headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, expected.to_string());
        }
        let put = || async {
            match self.link.store(subject.clone(), headers.clone(), value.clone()).await {
                Ok(stored) => Ok(Some(stored.seq)),
                Err(trouble) if trouble.is_conflict() => Ok(None),
                Err(trouble) => Err(trouble),
            }
        };
        self.persist(key, put).await
    }
}

fn is_deleted(message: &StreamMessage) -> bool {
    message.headers.get(OPERATION).is_some_and(|operation| matches!(operation.as_str(), "DEL" | "PURGE"))
}

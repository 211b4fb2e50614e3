//! What can go wrong on a bus, by what the caller does next.

use std::error::Error;

/// Why a bus could not do what it was asked to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BusError {
    /// The bus is closed: stop working.
    #[error("the bus is closed")]
    Closed,
    /// Somebody else changed the state first: read it again and decide anew.
    #[error("state `{key}` is not at the expected revision")]
    Conflict {
        /// The state's key.
        key: String,
    },
    /// A message is not what its queue or topic carries: give it up, nobody can read it.
    #[error("a message on `{channel}` cannot be read")]
    Unreadable {
        /// The queue, topic or state key.
        channel: String,
        /// What the parser said.
        #[source]
        source: serde_json::Error,
    },
    /// A message is larger than the bus carries: make it smaller, it will never pass.
    #[error("a message for `{channel}` is too large: {what} has {size} bytes, the bus carries {limit}")]
    TooLarge {
        /// The queue, topic or state key.
        channel: String,
        /// The job's id, or what else it is.
        what: String,
        /// Its size in bytes.
        size: usize,
        /// The largest size in bytes.
        limit: usize,
    },
    /// The server behind the bus failed, also after trying for as long as its configuration says: try again later.
    #[error("the bus failed on `{channel}`")]
    Failed {
        /// The queue, topic or state key.
        channel: String,
        /// The client library's error.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl BusError {
    pub(crate) fn unreadable(channel: impl ToString, source: serde_json::Error) -> Self {
        Self::Unreadable { channel: channel.to_string(), source }
    }
}

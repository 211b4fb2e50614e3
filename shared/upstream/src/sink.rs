//! Where downloads go.

use std::error::Error;

use async_trait::async_trait;
use bytes::Bytes;

/// Takes the bytes of a download as they arrive.
#[async_trait]
pub trait Sink: Send {
    /// How many bytes have been taken since the last restart: where to resume.
    fn position(&self) -> u64;

    /// The most bytes it takes.
    fn limit(&self) -> u64;

    /// Forgets all bytes taken so far.
    async fn restart(&mut self) -> Result<(), SinkError>;

    /// Takes the next bytes.
    async fn write(&mut self, bytes: Bytes) -> Result<(), SinkError>;
}

/// Why a sink takes no more; handed on in [`FetchError::Sink`](crate::FetchError::Sink).
pub type SinkError = Box<dyn Error + Send + Sync>;

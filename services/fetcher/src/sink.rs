//! A download's way into the store.

use async_trait::async_trait;
use bytes::Bytes;
use romt_storage::{VerifiedWriter, WriteError};
use romt_upstream::{Sink, SinkError};

use crate::progress::Progress;

/// Passes what arrives on to a writer and counts it.
pub(crate) struct StoreSink<'a> {
    writer: VerifiedWriter,
    progress: &'a Progress,
}

impl<'a> StoreSink<'a> {
    pub(crate) fn new(writer: VerifiedWriter, progress: &'a Progress) -> Self {
        Self { writer, progress }
    }

    /// The download is complete: checks it and puts it under its key.
    pub(crate) async fn finish(self) -> Result<u64, WriteError> {
        self.writer.finish().await
    }

    /// The download is given up: leaves nothing behind once this returns, where dropping would tidy up only soon.
    pub(crate) async fn discard(mut self) -> Result<(), WriteError> {
        self.writer.restart().await
    }
}

#[async_trait]
impl Sink for StoreSink<'_> {
    fn position(&self) -> u64 {
        self.writer.position()
    }

    fn limit(&self) -> u64 {
        self.writer.limit()
    }

    async fn restart(&mut self) -> Result<(), SinkError> {
        self.writer.restart().await.map_err(Into::into)
    }

    async fn write(&mut self, bytes: Bytes) -> Result<(), SinkError> {
        self.progress.received(bytes.len() as u64);
        self.writer.write(bytes).await.map_err(Into::into)
    }
}

//! Writing files that must be right.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload};
use romt_types::{Digest, Hasher};
use tokio::sync::OwnedSemaphorePermit;

use crate::parts::{Parts, SMALL};
use crate::{StorageError, StorageKey};

/// A file on its way into a store. It appears under its key when [`finish`](Self::finish) has found it right, and leaves
/// nothing behind when it is dropped before.
///
/// Bytes are gathered to parts (1 MiB in a folder, 5 MiB in a bucket), hashed on blocking threads (small ones in place, which
/// is quicker than changing threads); a file of one part is written in one go. How much memory many writers take together
/// is bounded where parts are large: `parts.rs`.
#[derive(Debug)]
pub struct VerifiedWriter {
    store: Arc<dyn ObjectStore>,
    /// Where the key is in the store.
    path: Path,
    key: StorageKey,
    digest: Digest,
    limit: u64,
    position: u64,
    hasher: Hasher,
    parts: Parts,
    part: BytesMut,
    /// The right to a part that is not small.
    room: Option<OwnedSemaphorePermit>,
    upload: Option<Box<dyn MultipartUpload>>,
}

/// Why a file was not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// Too many bytes: it cannot be the right file.
    #[error("more than {limit} bytes came for `{key}`")]
    TooLarge {
        /// The key.
        key: StorageKey,
        /// The limit that was set.
        limit: u64,
    },
    /// The bytes are not the right ones.
    #[error("`{key}` has the wrong SHA-256: {found}, should be {expected}")]
    WrongDigest {
        /// The key.
        key: StorageKey,
        /// What the bytes hash to.
        found: Digest,
        /// What they should hash to.
        expected: Digest,
    },
    /// The store failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// As much of a part as is written at once. Of more, Linux keeps in its cache in one piece, for which it first has to make
/// room where memory is in many pieces: the processor is busy several times as long then, and never less.
const PIECE: usize = 64 * 1024;
/// Parts up to this size take less than a tenth of a millisecond to hash.
const HASH_IN_PLACE: usize = 64 * 1024;

impl VerifiedWriter {
    pub(crate) fn new(
        store: Arc<dyn ObjectStore>,
        parts: Parts,
        path: Path,
        key: StorageKey,
        digest: Digest,
        limit: u64,
    ) -> Self {
        let (hasher, part) = (Hasher::default(), BytesMut::new());
        Self { store, path, key, digest, limit, position: 0, hasher, parts, part, room: None, upload: None }
    }

    /// How many bytes have been taken: where to resume a download.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The most bytes the file may have.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// Takes the next bytes.
    pub async fn write(&mut self, mut bytes: Bytes) -> Result<(), WriteError> {
        self.position = self.position.saturating_add(bytes.len() as u64);
        if self.position > self.limit {
            return Err(WriteError::TooLarge { key: self.key.clone(), limit: self.limit });
        }
        while !bytes.is_empty() {
            let size = self.parts.size();
            if self.part.len() == SMALL && self.room.is_none() {
                self.room = self.parts.room().await;
                self.part.reserve(size - SMALL);
            }
            let border = if self.part.len() < SMALL { SMALL } else { size };
            let taken = bytes.split_to(bytes.len().min(border - self.part.len()));
            if self.part.len() <= HASH_IN_PLACE && self.part.len() + taken.len() > HASH_IN_PLACE {
                // Not by doubling, which would take up to twice as much.
                self.part.reserve(SMALL - self.part.len());
            }
            self.part.extend_from_slice(&taken);
            if self.part.len() == size {
                self.flush().await?;
            }
        }
        Ok(())
    }

    /// Begins anew: forgets all bytes taken so far.
    pub async fn restart(&mut self) -> Result<(), WriteError> {
        self.position = 0;
        self.hasher = Hasher::default();
        self.part = BytesMut::new();
        self.room = None;
        self.abort().await
    }

    /// The file is complete: checks it and puts it under its key. Returns its size. A wrong file leaves nothing.
    pub async fn finish(mut self) -> Result<u64, WriteError> {
        let last = self.hash_part().await?;
        let found = std::mem::take(&mut self.hasher).finish();
        let ended = if found == self.digest {
            self.complete(last).await
        } else {
            Err(WriteError::WrongDigest { key: self.key.clone(), found, expected: self.digest })
        };
        if ended.is_err() {
            // What is wrong with the file matters more than that its remains could not be removed.
            if let Err(error) = self.abort().await {
                tracing::warn!(key = %self.key, %error, "the remains of a file that was not stored may be left");
            }
        }
        ended.map(|()| self.position)
    }

    /// Writes the last part, and with that the file is there.
    async fn complete(&mut self, last: Bytes) -> Result<(), WriteError> {
        let name = self.key.to_string();
        let error = |e| StorageError::from_writing(&name, e);
        let Some(upload) = &mut self.upload else {
            self.store.put(&self.path, last.into()).await.map_err(error)?;
            return Ok(());
        };
        if !last.is_empty() {
            upload.put_part(in_pieces(&last)).await.map_err(error)?;
        }
        upload.complete().await.map_err(error)?;
        self.upload = None;
        Ok(())
    }

    /// Hashes the gathered part and hands it out.
    async fn hash_part(&mut self) -> Result<Bytes, WriteError> {
        // Not split off: what is left would keep the whole part in memory.
        let part = std::mem::take(&mut self.part).freeze();
        if part.len() <= HASH_IN_PLACE {
            self.hasher.update(&part);
            return Ok(part);
        }
        let (hashed, mut hasher) = (part.clone(), std::mem::take(&mut self.hasher));
        let work = tokio::task::spawn_blocking(move || {
            hasher.update(&hashed);
            hasher
        });
        self.hasher = work.await.map_err(|e| StorageError::from_io(&self.key.to_string(), e.into()))?;
        Ok(part)
    }

    async fn flush(&mut self) -> Result<(), WriteError> {
        let part = self.hash_part().await?;
        let name = self.key.to_string();
        let error = |e| StorageError::from_writing(&name, e);
        let upload = match &mut self.upload {
            Some(upload) => upload,
            empty => empty.insert(self.store.put_multipart(&self.path).await.map_err(error)?),
        };
        upload.put_part(in_pieces(&part)).await.map_err(error)?;
        self.room = None;
        Ok(())
    }

    async fn abort(&mut self) -> Result<(), WriteError> {
        let Some(mut upload) = self.upload.take() else { return Ok(()) };
        match upload.abort().await {
            // What failed may be that it is gone.
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(StorageError::from_object_store(&self.key.to_string(), error).into()),
        }
    }
}

/// A part, to be written piece by piece.
fn in_pieces(part: &Bytes) -> PutPayload {
    (0..part.len()).step_by(PIECE).map(|start| part.slice(start..part.len().min(start + PIECE))).collect()
}

impl Drop for VerifiedWriter {
    /// Gives up: a service would keep the parts for ever. Where the runtime ends before that is done, sweeping does it.
    fn drop(&mut self) {
        let Some(mut upload) = self.upload.take() else { return };
        let (true, Ok(runtime)) = (self.parts.are_kept(), tokio::runtime::Handle::try_current()) else { return };
        let key = self.key.to_string();
        runtime.spawn(async move {
            if let Err(error) = upload.abort().await {
                tracing::debug!(key, %error, "an upload that was given up could not be aborted");
            }
        });
    }
}

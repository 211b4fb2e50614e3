//! Writing files that must be right.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload};
use romt_types::{Digest, Hasher};

use crate::{StorageError, StorageKey};

/// A file on its way into a store. It appears under its key when [`finish`](Self::finish) has found it right, and leaves
/// nothing behind when it is dropped before.
///
/// Bytes are gathered to parts of 1 MiB, hashed on blocking threads (small ones in place, which is quicker than changing
/// threads); a file of one part is written in one go.
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
    part: BytesMut,
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

/// The size of the parts of larger files.
const PART: usize = 1024 * 1024;
/// Parts up to this size take less than a tenth of a millisecond to hash.
const HASH_IN_PLACE: usize = 64 * 1024;

impl VerifiedWriter {
    pub(crate) fn new(store: Arc<dyn ObjectStore>, path: Path, key: StorageKey, digest: Digest, limit: u64) -> Self {
        let (hasher, part) = (Hasher::default(), BytesMut::new());
        Self { store, path, key, digest, limit, position: 0, hasher, part, upload: None }
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
            let taken = bytes.split_to(bytes.len().min(PART - self.part.len()));
            self.part.extend_from_slice(&taken);
            if self.part.len() == PART {
                self.flush().await?;
            }
        }
        Ok(())
    }

    /// Begins anew: forgets all bytes taken so far.
    pub async fn restart(&mut self) -> Result<(), WriteError> {
        self.position = 0;
        self.hasher = Hasher::default();
        self.part.clear();
        self.abort().await
    }

    /// The file is complete: checks it and puts it under its key. Returns its size. A wrong file leaves nothing.
    pub async fn finish(mut self) -> Result<u64, WriteError> {
        let last = self.hash_part().await?;
        let found = std::mem::take(&mut self.hasher).finish();
        if found != self.digest {
            // What is wrong with the file matters more than that its remains could not be removed.
            if let Err(error) = self.abort().await {
                tracing::warn!(key = %self.key, %error, "the remains of a wrong file may be left");
            }
            return Err(WriteError::WrongDigest { key: self.key.clone(), found, expected: self.digest });
        }
        let name = self.key.to_string();
        let error = |e| StorageError::from_object_store(&name, e);
        if let Some(mut upload) = self.upload.take() {
            if !last.is_empty() {
                upload.put_part(PutPayload::from(last)).await.map_err(error)?;
            }
            upload.complete().await.map_err(error)?;
        } else {
            self.store.put(&self.path, last.into()).await.map_err(error)?;
        }
        Ok(self.position)
    }

    /// Hashes the gathered part and hands it out.
    async fn hash_part(&mut self) -> Result<Bytes, WriteError> {
        let part = self.part.split().freeze();
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
        let error = |e| StorageError::from_object_store(&name, e);
        let upload = match &mut self.upload {
            Some(upload) => upload,
            empty => empty.insert(self.store.put_multipart(&self.path).await.map_err(error)?),
        };
        upload.put_part(PutPayload::from(part)).await.map_err(error)?;
        Ok(())
    }

    async fn abort(&mut self) -> Result<(), WriteError> {
        if let Some(mut upload) = self.upload.take() {
            upload.abort().await.map_err(|e| StorageError::from_object_store(&self.key.to_string(), e))?;
        }
        Ok(())
    }
}

//! Files that are whole somewhere already, and come to their keys from there.

use std::path::Path;

use bytes::BytesMut;
use object_store::ObjectStoreExt;
use romt_types::Digest;
use tokio::io::AsyncReadExt as _;

use crate::{Storage, StorageError, StorageKey, WriteError};

/// As much of a file is read at once, and of a small one no more room is taken than it needs.
const PIECE: u64 = 1 << 20;

impl Storage {
    /// Copies a local file to `key`, in place of what is there. It must hash to `digest` and have at most `limit` bytes, as with
    /// [`writer`](Self::writer); what it is found to be counts, not what it was when somebody hashed it.
    pub async fn put_file(&self, key: StorageKey, path: &Path, digest: Digest, limit: u64) -> Result<(), WriteError> {
        let name = key.to_string();
        let error = |source| StorageError::from_io(&name, source);
        let mut file = tokio::fs::File::open(path).await.map_err(error)?;
        let mut writer = self.writer(key, digest, limit);
        loop {
            let left = limit.saturating_sub(writer.position()).saturating_add(1).min(PIECE);
            // At most PIECE, which fits.
            let mut piece = BytesMut::with_capacity(usize::try_from(left).unwrap_or_default());
            if file.read_buf(&mut piece).await.map_err(error)? == 0 {
                return writer.finish().await.map(drop);
            }
            writer.write(piece.freeze()).await?;
        }
    }

    /// Copies an object to another key, in place of what is there. In a bucket its bytes stay within the service.
    pub async fn copy(&self, from: &StorageKey, to: &StorageKey) -> Result<(), StorageError> {
        let (from, to) = (from.to_string(), to.to_string());
        let copied = self.objects().copy(&self.path_of(&from), &self.path_of(&to)).await;
        copied.map_err(|e| StorageError::from_object_store(&from, e))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "crates/1/a/a-1.0.0.crate";

    #[tokio::test]
    async fn a_local_file_gets_its_key_if_it_is_right() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        let store = Storage::folder(&folder.path().join("mirror")).unwrap();
        let key: StorageKey = KEY.parse().unwrap();
        for storage in [store, Storage::memory()] {
            for size in [0, 1, 3 << 20] {
                let content = vec![7; size];
                std::fs::write(&file, &content).unwrap();
                storage.put_file(key.clone(), &file, Digest::of(&content), size as u64).await.unwrap();
                assert_eq!(storage.digest(&key).await.unwrap(), Some(Digest::of(&content)));
            }
            let before = storage.digest(&key).await.unwrap();
            let wrong = storage.put_file(key.clone(), &file, Digest::of(b"x"), u64::MAX).await;
            assert!(matches!(wrong, Err(WriteError::WrongDigest { .. })), "{wrong:?}");
            let large = storage.put_file(key.clone(), &file, Digest::of(b"x"), 2 << 20).await;
            assert!(matches!(large, Err(WriteError::TooLarge { .. })), "{large:?}");
            let gone = storage.put_file(key.clone(), &folder.path().join("gone"), Digest::of(b""), 0).await;
            assert!(matches!(gone, Err(WriteError::Storage(StorageError::NotFound { .. }))), "{gone:?}");
            assert_eq!(storage.digest(&key).await.unwrap(), before);
        }
    }

    #[tokio::test]
    async fn a_copy_replaces_and_leaves_what_it_is_of() {
        let folder = tempfile::tempdir().unwrap();
        let [one, other]: [StorageKey; 2] = [KEY, "crates/1/b/b-1.0.0.crate"].map(|key| key.parse().unwrap());
        for storage in [Storage::folder(folder.path()).unwrap(), Storage::memory()] {
            storage.put(&one, "one".into()).await.unwrap();
            storage.put(&other, "other".into()).await.unwrap();
            storage.copy(&one, &other).await.unwrap();
            for key in [&one, &other] {
                assert_eq!(storage.digest(key).await.unwrap(), Some(Digest::of(b"one")), "{key}");
            }
            let gone = storage.copy(&"crates/1/c/c-1.0.0.crate".parse().unwrap(), &one).await;
            assert!(matches!(gone, Err(StorageError::NotFound { .. })), "{gone:?}");
        }
    }
}

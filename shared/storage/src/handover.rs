//! What services hand to each other through the store.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use futures_util::stream::{StreamExt, TryStreamExt};
use romt_types::{Digest, ParseError, RunId};

use crate::{ObjectInfo, Storage, StorageError, StorageKey, WriteError};

/// What is handed over: a short name of its own in the run. Small letters, digits, `.` and `-`, no `.` in front.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HandoverName(Box<str>);

impl FromStr for HandoverName {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'.' || byte == b'-';
        if (1..=64).contains(&text.len()) && text.bytes().all(plain) && !text.starts_with('.') {
            return Ok(Self(text.into()));
        }
        Err(ParseError::new(text, "the name of what is handed over", "small letters, digits, `.` and `-` are needed"))
    }
}

impl fmt::Display for HandoverName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// As much of a list as is gathered before it is written.
const PIECE: usize = 1 << 20;

impl Storage {
    /// Hands over a text that is made line by line; it is never held as a whole. `lines` is gone through twice.
    pub async fn hand_over_lines<I: Iterator<Item = String>>(
        &self,
        key: StorageKey,
        lines: impl Fn() -> I,
    ) -> Result<(), WriteError> {
        let mut hasher = romt_types::Hasher::default();
        let mut size = 0;
        for mut line in lines() {
            line.push('\n');
            hasher.update(line.as_bytes());
            size += line.len() as u64;
        }
        let mut writer = self.writer(key, hasher.finish(), size);
        let mut gathered = BytesMut::with_capacity(PIECE);
        for line in lines() {
            gathered.extend_from_slice(line.as_bytes());
            gathered.extend_from_slice(b"\n");
            if gathered.len() >= PIECE {
                writer.write(gathered.split().freeze()).await?;
            }
        }
        writer.write(gathered.freeze()).await?;
        writer.finish().await.map(drop)
    }

    /// Hands over a local file.
    pub async fn hand_over_file(&self, key: StorageKey, path: &std::path::Path) -> Result<(), WriteError> {
        let (hashed, shown) = (path.to_owned(), key.to_string());
        let digest = tokio::task::spawn_blocking(move || {
            let mut hashing = HashWriter::default();
            let size = std::io::copy(&mut std::fs::File::open(hashed)?, &mut hashing)?;
            Ok::<(Digest, u64), std::io::Error>((hashing.0.finish(), size))
        });
        let (digest, size) = digest
            .await
            .map_err(std::io::Error::other)
            .and_then(|hashed| hashed)
            .map_err(|source| StorageError::from_io(&shown, source))?;
        self.put_file(key, path, digest, size).await
    }

    /// What was handed over, in pieces. What is not there is an error.
    pub async fn take_over(
        &self,
        key: &StorageKey,
    ) -> Result<futures_util::stream::BoxStream<'static, Result<Bytes, StorageError>>, StorageError> {
        Ok(self.read(key, None).await?.body.into_stream(key.to_string()))
    }

    /// Removes everything that was handed over in a run.
    pub async fn clear_handover(&self, run: &RunId) -> Result<(), StorageError> {
        let prefix = format!("{}{run}", StorageKey::HANDOVER);
        let found = self.list(&prefix).map_ok(|info| info.key.parse().ok());
        let found: Vec<Option<StorageKey>> = found.take(MOST).try_collect().await?;
        self.remove(found.into_iter().flatten().collect()).await.map(drop)
    }

    /// Removes what was handed over, or has waited for its place, for longer than `age`: whoever put it there was killed.
    /// Returns how many files.
    pub(crate) async fn clear_forgotten(&self, age: Duration) -> Result<u64, StorageError> {
        let now = SystemTime::now();
        let is_old = |info: &ObjectInfo| now.duration_since(info.modified).is_ok_and(|passed| passed >= age);
        let mut count = 0;
        for prefix in [StorageKey::HANDOVER, StorageKey::INCOMING] {
            let found = self.list(prefix).try_filter(|info| std::future::ready(is_old(info)));
            let found: Vec<Option<StorageKey>> =
                found.map_ok(|info| info.key.parse().ok()).take(MOST).try_collect().await?;
            let removed = self.remove(found.into_iter().flatten().collect()).await?;
            count += removed.iter().filter(|there| **there).count() as u64;
        }
        Ok(count)
    }
}

/// No run hands over more than this.
const MOST: usize = 1_000;

#[derive(Default)]
struct HashWriter(romt_types::Hasher);

impl std::io::Write for HashWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_handed_over_is_taken_over_and_goes() {
        let folder = tempfile::tempdir().unwrap();
        let store = Storage::folder(&folder.path().join("mirror")).unwrap();
        for storage in [store, Storage::memory()] {
            let run: RunId = "run-1".parse().unwrap();
            let key = |name: &str| StorageKey::Handover { run: run.clone(), name: name.parse().unwrap() };
            let lines = || (0..400_000).map(|n| format!("line {n}"));
            storage.hand_over_lines(key("list"), lines).await.unwrap();
            let file = folder.path().join("file");
            std::fs::write(&file, "x".repeat(3 << 20)).unwrap();
            storage.hand_over_file(key("file"), &file).await.unwrap();
            let taken = |key: StorageKey| {
                let storage = storage.clone();
                async move {
                    let pieces = storage.take_over(&key).await.unwrap();
                    let all: BytesMut = pieces
                        .try_fold(BytesMut::new(), |mut all, piece| async move {
                            all.extend_from_slice(&piece);
                            Ok(all)
                        })
                        .await
                        .unwrap();
                    all
                }
            };
            assert_eq!(String::from_utf8_lossy(&taken(key("list")).await).lines().count(), 400_000);
            assert_eq!(taken(key("file")).await.len(), 3 << 20);
            let waiting = StorageKey::Incoming(romt_types::Digest::of(b"x"));
            storage.put(&waiting, Bytes::from_static(b"x")).await.unwrap();
            let old = storage.clear_forgotten(Duration::from_hours(1)).await.unwrap();
            assert_eq!(old, 0, "who handed it over may be waiting for the answer");
            storage.clear_handover(&run).await.unwrap();
            assert!(matches!(storage.take_over(&key("list")).await.err(), Some(StorageError::NotFound { .. })));
            storage.clear_handover(&run).await.unwrap();
            storage.hand_over_lines(key("list"), lines).await.unwrap();
            assert_eq!(storage.clear_forgotten(Duration::ZERO).await.unwrap(), 2);
        }
    }
}

//! The bytes of upstream's index files.

use std::collections::HashMap;

use bytes::Bytes;
use romt_index::{BlobId, IndexRepository, ObjectWriter, TreeEdits};

use crate::repository::SharedRepository;

/// Blobs of index files. New ones wait in memory and are written as a pack when they are 8 MB; all of them stay there where
/// nothing may be written.
#[derive(Debug)]
pub(super) struct BlobStore {
    repository: Option<SharedRepository>,
    writes: bool,
    waiting: HashMap<BlobId, Bytes>,
    waiting_bytes: usize,
    edits: TreeEdits,
}

const WAITING_LIMIT: usize = 8 * 1024 * 1024;

impl BlobStore {
    /// New files go to the repository.
    pub(super) fn new(repository: SharedRepository) -> Self {
        Self { writes: true, ..Self::read_only(Some(repository)) }
    }

    /// New files stay in memory.
    pub(super) fn read_only(repository: Option<SharedRepository>) -> Self {
        Self { repository, writes: false, waiting: HashMap::new(), waiting_bytes: 0, edits: TreeEdits::default() }
    }

    /// Takes the new bytes of the file at `path`.
    pub(super) async fn put(&mut self, path: String, bytes: Bytes) -> anyhow::Result<BlobId> {
        let id = BlobId::of(&bytes)?;
        self.edits.put(path, id);
        self.waiting_bytes += bytes.len();
        self.waiting.insert(id, bytes);
        if self.waiting_bytes > WAITING_LIMIT {
            self.write_out().await?;
        }
        Ok(id)
    }

    /// Of files that are known by their blobs, those whose bytes are lost.
    pub(super) async fn lost(&self, mut known: Vec<(String, BlobId)>) -> anyhow::Result<Vec<String>> {
        known.retain(|(_, blob)| !self.waiting.contains_key(blob));
        let Some(repository) = &self.repository else { return Ok(known.into_iter().map(|(file, _)| file).collect()) };
        let look = move |repository: &IndexRepository| {
            let mut lost = Vec::new();
            for (file, blob) in known {
                if !repository.has(blob)? {
                    lost.push(file);
                }
            }
            Ok(lost)
        };
        repository.with(look).await
    }

    /// The file at `path` is of no more interest.
    pub(super) fn forget(&mut self, path: String) {
        self.edits.remove(path);
    }

    /// The bytes of a blob; `None` if they are lost, and must be asked for again.
    pub(super) async fn read(&self, id: BlobId) -> anyhow::Result<Option<Vec<u8>>> {
        if let Some(bytes) = self.waiting.get(&id) {
            return Ok(Some(bytes.to_vec()));
        }
        let Some(repository) = &self.repository else { return Ok(None) };
        repository.with(move |repository| Ok(repository.blob(id)?)).await
    }

    /// Makes the new files part of what the repository keeps.
    pub(super) async fn keep(&mut self) -> anyhow::Result<()> {
        self.write_out().await?;
        let Some(repository) = self.repository.as_ref().filter(|_| self.writes && !self.edits.is_empty()) else {
            return Ok(());
        };
        let edits = std::mem::take(&mut self.edits);
        repository.with(move |repository| Ok(repository.keep_upstream(&mut ObjectWriter::default(), &edits)?)).await
    }

    /// Writes the waiting blobs as a pack.
    pub(super) async fn write_out(&mut self) -> anyhow::Result<()> {
        let Some(repository) = self.repository.as_ref().filter(|_| self.writes && !self.waiting.is_empty()) else {
            return Ok(());
        };
        let waiting = std::mem::take(&mut self.waiting);
        self.waiting_bytes = 0;
        repository
            .with(move |repository| {
                let mut writer = ObjectWriter::default();
                for bytes in waiting.values() {
                    writer.blob(repository, bytes)?;
                }
                Ok(writer.flush(repository)?)
            })
            .await
    }
}

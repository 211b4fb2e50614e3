//! Reading the published index for many requests at once.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use bytes::Bytes;
use moka::sync::Cache;
use romt_index::{IndexError, IndexLine, PublishedIndex, Snapshot};
use romt_types::{CrateId, CrateName, Digest};
use tokio::sync::Semaphore;

use crate::conditional::ETag;

/// How many requests read git objects at once; reading is mostly inflating, so more would only take turns.
const READERS: usize = 4;
/// How many bytes of index files are kept in memory.
const FILES: u64 = 32 * 1024 * 1024;
/// How many names a snapshot remembers the file of, those without one included.
const NAMES: u64 = 32 * 1024;
/// About what one version takes in the table of an index file.
const VERSION: usize = 200;

/// The published state that is being served, and which files it was seen to have. Each response is from one of these.
#[derive(Debug)]
pub(crate) struct Current {
    /// The snapshot.
    pub(crate) snapshot: Snapshot,
    /// The blob of each name asked for.
    blobs: Cache<CrateName, Option<Arc<str>>>,
}

impl Current {
    pub(crate) fn new(snapshot: Snapshot) -> Self {
        Self { snapshot, blobs: Cache::new(NAMES) }
    }
}

/// An index file: its bytes, and what they list.
#[derive(Debug)]
pub(crate) struct IndexFile {
    /// As published.
    pub(crate) bytes: Bytes,
    /// The git id of the bytes.
    pub(crate) etag: ETag,
    versions: HashMap<CrateId, Digest>,
}

impl IndexFile {
    fn new(file: romt_index::IndexFile) -> Self {
        let mut versions = HashMap::new();
        for line in romt_index::lines(&file.bytes) {
            match IndexLine::parse(line) {
                Ok(line) => drop(versions.insert(line.id(), line.cksum)),
                Err(error) => {
                    tracing::warn!(blob = file.blob, %error, "passed over a line of the published index");
                }
            }
        }
        Self { bytes: file.bytes.into(), etag: ETag::of_digest(file.blob), versions }
    }

    /// What the file of this version hashes to, if the version is listed.
    pub(crate) fn cksum(&self, id: &CrateId) -> Option<Digest> {
        self.versions.get(id).copied()
    }

    fn weight(&self) -> u32 {
        u32::try_from(self.bytes.len() + self.versions.len() * VERSION).unwrap_or(u32::MAX)
    }
}

/// A small pool of open repositories, and the index files that were read lately.
///
/// Files are kept by the id of their bytes: a new snapshot finds those that it did not change.
#[derive(Debug)]
pub(crate) struct IndexReader {
    repository: PathBuf,
    idle: Mutex<Vec<PublishedIndex>>,
    slots: Arc<Semaphore>,
    files: Cache<Arc<str>, Arc<IndexFile>>,
}

impl IndexReader {
    /// A reader of the repository at `repository`, which need not be there yet.
    pub(crate) fn new(repository: &Path) -> Self {
        let files = Cache::builder().max_capacity(FILES).weigher(|_, file: &Arc<IndexFile>| file.weight()).build();
        let (idle, slots) = (Mutex::default(), Arc::new(Semaphore::new(READERS)));
        Self { repository: repository.to_owned(), idle, slots, files }
    }

    /// Closes the open repositories: they hold on to packs that may be gone by now.
    pub(crate) fn close(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// What is published now; `None` if nothing is.
    pub(crate) async fn snapshot(self: &Arc<Self>) -> anyhow::Result<Option<Snapshot>> {
        self.with_index(PublishedIndex::snapshot).await.map(Option::flatten)
    }

    /// The index file of a crate in a published state; `None` if it has none.
    pub(crate) async fn file(
        self: &Arc<Self>,
        current: &Arc<Current>,
        name: &CrateName,
    ) -> anyhow::Result<Option<Arc<IndexFile>>> {
        match current.blobs.get(name) {
            Some(None) => return Ok(None),
            Some(Some(blob)) => {
                if let Some(file) = self.files.get(&blob) {
                    return Ok(Some(file));
                }
            }
            None => {}
        }
        let (snapshot, path) = (Arc::clone(current), name.index_path());
        let (files, names, name) = (self.files.clone(), current.blobs.clone(), name.clone());
        let read = move |index: &PublishedIndex| {
            let Some(file) = index.file(&snapshot.snapshot, &path)? else {
                names.insert(name, None);
                return Ok(None);
            };
            let blob: Arc<str> = file.blob.as_str().into();
            let file = files.get_with(Arc::clone(&blob), || Arc::new(IndexFile::new(file)));
            names.insert(name, Some(blob));
            Ok(Some(file))
        };
        self.with_index(read).await?.context("the index repository is gone")
    }

    /// Does `work` on a blocking thread with an open repository; `None` if there is no repository.
    async fn with_index<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&PublishedIndex) -> Result<T, IndexError> + Send + 'static,
    ) -> anyhow::Result<Option<T>> {
        let slot = Arc::clone(&self.slots).acquire_owned().await?;
        let reader = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || {
            // Given back when the work ends, which may be after the client has gone.
            let _slot = slot;
            let idle = || reader.idle.lock().unwrap_or_else(PoisonError::into_inner);
            let kept = idle().pop();
            let Some(index) = kept.map_or_else(|| PublishedIndex::open(&reader.repository), |index| Ok(Some(index)))?
            else {
                return Ok(None);
            };
            // After an error the repository is opened anew: it may have been replaced.
            let result = work(&index)?;
            idle().push(index);
            Ok::<_, IndexError>(Some(result))
        });
        Ok(done.await??)
    }
}

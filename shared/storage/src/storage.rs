//! The store itself.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::{GetOptions, ObjectStore, ObjectStoreExt};
use romt_types::{Digest, Hasher};

use crate::{Object, ObjectInfo, StorageError, StorageKey, VerifiedWriter, folder};

/// Questions at once to a store that is not a folder.
const QUESTIONS: usize = 16;

/// A mirror's files. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Storage {
    store: Arc<dyn ObjectStore>,
    /// The folder, where the store is one: what `sync` and `sweep` work on.
    folder: Option<Arc<Path>>,
}

impl Storage {
    /// The folder `path`, which is made if it is not there.
    pub fn folder(path: &Path) -> Result<Self, StorageError> {
        let error = |source| StorageError::Folder { path: path.to_owned(), source };
        std::fs::create_dir_all(path).map_err(error)?;
        let path = path.canonicalize().map_err(error)?;
        let store = LocalFileSystem::new_with_prefix(&path).map_err(|e| error(std::io::Error::other(e)))?;
        Ok(Self { store: Arc::new(store), folder: Some(path.into()) })
    }

    /// A store in memory, for tests.
    pub fn memory() -> Self {
        Self { store: Arc::new(InMemory::new()), folder: None }
    }

    /// The folder this store is, if it is one.
    pub fn as_folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Begins to write a file that must hash to `digest` and have at most `limit` bytes.
    pub fn writer(&self, key: StorageKey, digest: Digest, limit: u64) -> VerifiedWriter {
        VerifiedWriter::new(Arc::clone(&self.store), key, digest, limit)
    }

    /// Writes a small file whole; whoever reads meanwhile gets the old one or the new one.
    pub async fn put(&self, key: &StorageKey, bytes: Bytes) -> Result<(), StorageError> {
        let key = key.to_string();
        self.store
            .put(&path_of(&key), bytes.into())
            .await
            .map(drop)
            .map_err(|e| StorageError::from_object_store(&key, e))
    }

    /// What is known of an object; `None` if there is none.
    pub async fn info(&self, key: &StorageKey) -> Result<Option<ObjectInfo>, StorageError> {
        let key = key.to_string();
        match self.store.head(&path_of(&key)).await {
            Ok(meta) => Ok(Some(meta.into())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(StorageError::from_object_store(&key, error)),
        }
    }

    /// The sizes of many objects, `None` for those that are not there, in the order of `keys`. Cheaper than asking for
    /// each.
    pub async fn sizes(&self, keys: Vec<StorageKey>) -> Result<Vec<Option<u64>>, StorageError> {
        if self.folder.is_some() {
            return self.on_folder(move |path| folder::sizes(&path, &keys)).await;
        }
        let infos = futures_util::stream::iter(keys).map(|key| async move { self.info(&key).await });
        infos.buffered(QUESTIONS).map_ok(|info| info.map(|info| info.size)).try_collect().await
    }

    /// Begins to read an object, or the part of it in `range`, which must lie within.
    pub async fn read(&self, key: &StorageKey, range: Option<Range<u64>>) -> Result<Object, StorageError> {
        let key = key.to_string();
        let options = GetOptions { range: range.map(Into::into), ..GetOptions::default() };
        let result = self.store.get_opts(&path_of(&key), options).await;
        result.map(Object::new).map_err(|e| StorageError::from_object_store(&key, e))
    }

    /// The digest of what is under a key, read whole; `None` if there is nothing.
    pub async fn digest(&self, key: &StorageKey) -> Result<Option<Digest>, StorageError> {
        let object = match self.read(key, None).await {
            Ok(object) => object,
            Err(StorageError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut pieces = object.body.into_stream(key.to_string());
        let mut hasher = Hasher::default();
        while let Some(piece) = pieces.next().await {
            let piece = piece?;
            let hashed = tokio::task::spawn_blocking(move || {
                hasher.update(&piece);
                hasher
            });
            hasher = hashed.await.map_err(|e| StorageError::from_io(&key.to_string(), e.into()))?;
        }
        Ok(Some(hasher.finish()))
    }

    /// Removes an object; one that is not there is fine.
    pub async fn delete(&self, key: &StorageKey) -> Result<(), StorageError> {
        let key = key.to_string();
        match self.store.delete(&path_of(&key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(StorageError::from_object_store(&key, error)),
        }
    }

    /// Gives an object another key, in place of what is there.
    pub async fn rename(&self, from: &StorageKey, to: &StorageKey) -> Result<(), StorageError> {
        let (from, to) = (from.to_string(), to.to_string());
        let renamed = self.store.rename(&path_of(&from), &path_of(&to)).await;
        renamed.map_err(|e| StorageError::from_object_store(&from, e))
    }

    /// Everything whose key begins with the folder `prefix`, in no order, as it is found.
    pub fn list(&self, prefix: &str) -> BoxStream<'static, Result<ObjectInfo, StorageError>> {
        let prefix = prefix.trim_end_matches('/').to_owned();
        let found = self.store.list(Some(&path_of(&prefix)));
        found.map(move |info| info.map(Into::into).map_err(|e| StorageError::from_object_store(&prefix, e))).boxed()
    }

    /// The names of the folders directly below the folder `prefix`.
    pub(crate) async fn folders(&self, prefix: &str) -> Result<Vec<String>, StorageError> {
        let listed = self.store.list_with_delimiter(Some(&path_of(prefix.trim_end_matches('/')))).await;
        match listed {
            Ok(found) => {
                Ok(found.common_prefixes.iter().filter_map(|path| path.filename().map(str::to_owned)).collect())
            }
            // A folder that is not there has no folders in it.
            Err(error) => match StorageError::from_object_store(prefix, error) {
                StorageError::NotFound { .. } => Ok(Vec::new()),
                error => Err(error),
            },
        }
    }

    /// Makes everything written so far durable, files and names. One call for many files.
    pub async fn sync(&self) -> Result<(), StorageError> {
        // An object store that is not a folder has promised durability with each answer.
        self.on_folder(|path| folder::sync(&path)).await
    }

    /// Removes what writers left when they were killed; returns how many files. To be called by the one who holds the
    /// [`MirrorLock`](crate::MirrorLock), before writing.
    pub async fn sweep(&self) -> Result<u64, StorageError> {
        self.on_folder(|path| folder::sweep(&path)).await
    }

    async fn on_folder<T: Default + Send + 'static>(
        &self,
        work: impl FnOnce(PathBuf) -> std::io::Result<T> + Send + 'static,
    ) -> Result<T, StorageError> {
        let Some(path) = self.folder.as_deref() else { return Ok(T::default()) };
        let path = path.to_owned();
        let shown = path.clone();
        let done = tokio::task::spawn_blocking(move || work(path)).await;
        done.map_err(std::io::Error::other)
            .and_then(|done| done)
            .map_err(|source| StorageError::Folder { path: shown, source })
    }
}

/// A key as `object_store` takes it. Keys hold no character that it would encode (`StorageKey` sees to that), so the file
/// is called what the key says.
pub(crate) fn path_of(key: &str) -> object_store::path::Path {
    object_store::path::Path::from(key)
}

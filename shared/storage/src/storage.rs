//! The store itself.

use std::collections::HashSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::{Extensions, GetOptions, ListResult, ObjectStore, ObjectStoreExt};
use romt_types::{Digest, Hasher};

use crate::parts::Parts;
use crate::s3::{ABANDONED, Bucket, S3Options};
use crate::tree::{Tree, mirror_around};
use crate::{Object, ObjectInfo, SeenFiles, StorageError, StorageKey, StoreAddress, VerifiedWriter, folder};

/// Questions at once to a store that is not a folder.
const QUESTIONS: usize = 32;

/// A mirror's files. Cheap to clone.
#[derive(Clone)]
pub struct Storage {
    store: Arc<dyn ObjectStore>,
    parts: Parts,
    /// The folder, where the store is one: what `sync` and `sweep` work on.
    folder: Option<Arc<Path>>,
    /// The bucket, where the store is one: what `sweep` works on.
    bucket: Option<Bucket>,
    tree: Tree,
}

impl Storage {
    /// Opens the store at an address. A bucket is asked whether it is there and whether the keys are good.
    pub async fn connect(address: &StoreAddress, options: &S3Options) -> Result<Self, StorageError> {
        match address {
            StoreAddress::Folder(path) => {
                let path = path.clone();
                let shown = path.clone();
                let opened = tokio::task::spawn_blocking(move || Self::folder(&path)).await;
                opened.map_err(|e| StorageError::Folder { path: shown, source: e.into() })?
            }
            StoreAddress::S3(address) => {
                let bucket = Bucket::open(address, options).await?;
                let (store, parts) = (bucket.objects(), Parts::of_bucket());
                Ok(Self { store, parts, folder: None, bucket: Some(bucket), tree: Tree::Mirror })
            }
            StoreAddress::Memory => Ok(Self::memory()),
        }
    }

    /// The folder `path`, which is made if it is not there.
    pub fn folder(path: &Path) -> Result<Self, StorageError> {
        Self::open(path, Tree::Mirror)
    }

    /// The crates of a mirror in the folder `path`, which is made if it is not there.
    ///
    /// Python romt's `--crates` may name any folder. One that is called `crates` belongs to the mirror around it, and the
    /// store is that mirror's.
    pub fn crates_folder(path: &Path) -> Result<Self, StorageError> {
        Self::open_part(path, StorageKey::CRATES)
    }

    /// The toolchains of a mirror in the folder `path`, which is made if it is not there: Python romt's `--dest`. One that is
    /// called `dist` belongs to the mirror around it, as with [`crates_folder`](Self::crates_folder).
    pub fn dist_folder(path: &Path) -> Result<Self, StorageError> {
        Self::open_part(path, StorageKey::DIST)
    }

    /// The same for the releases of rustup, where the folder's name is `rustup`.
    pub fn rustup_folder(path: &Path) -> Result<Self, StorageError> {
        Self::open_part(path, StorageKey::RUSTUP)
    }

    fn open_part(path: &Path, prefix: &'static str) -> Result<Self, StorageError> {
        match mirror_around(path, prefix) {
            Some(mirror) => Self::open(&mirror, Tree::Mirror),
            None => Self::open(path, Tree::Part(prefix)),
        }
    }

    fn open(path: &Path, tree: Tree) -> Result<Self, StorageError> {
        let error = |source| StorageError::Folder { path: path.to_owned(), source };
        std::fs::create_dir_all(path).map_err(error)?;
        let path = path.canonicalize().map_err(error)?;
        let store = LocalFileSystem::new_with_prefix(&path).map_err(|e| error(std::io::Error::other(e)))?;
        Ok(Self { store: Arc::new(store), parts: Parts::Small, folder: Some(path.into()), bucket: None, tree })
    }

    /// A store in memory, for tests.
    pub fn memory() -> Self {
        let store = Arc::new(InMemory::new());
        Self { store, parts: Parts::Small, folder: None, bucket: None, tree: Tree::Mirror }
    }

    /// The folder this store is, if it is one.
    pub fn as_folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Begins to write a file that must hash to `digest` and have at most `limit` bytes.
    pub fn writer(&self, key: StorageKey, digest: Digest, limit: u64) -> VerifiedWriter {
        let (store, parts, path) = (Arc::clone(&self.store), self.parts.clone(), self.path_of(&key.to_string()));
        VerifiedWriter::new(store, parts, path, key, digest, limit)
    }

    /// Writes a small file whole; whoever reads meanwhile gets the old one or the new one.
    pub async fn put(&self, key: &StorageKey, bytes: Bytes) -> Result<(), StorageError> {
        let key = key.to_string();
        self.store
            .put(&self.path_of(&key), bytes.into())
            .await
            .map(drop)
            .map_err(|e| StorageError::from_writing(&key, e))
    }

    /// What is known of an object; `None` if there is none.
    pub async fn info(&self, key: &StorageKey) -> Result<Option<ObjectInfo>, StorageError> {
        let key = key.to_string();
        match self.store.head(&self.path_of(&key)).await {
            Ok(meta) => Ok(Some(meta.into())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(StorageError::from_object_store(&key, error)),
        }
    }

    /// The sizes of many objects, `None` for those that are not there, in the order of `keys`. Cheaper than asking for
    /// each.
    pub async fn sizes(&self, keys: Vec<StorageKey>) -> Result<Vec<Option<u64>>, StorageError> {
        if self.folder.is_some() {
            let tree = self.tree;
            return self.on_folder(move |path| folder::sizes(&path, tree, &keys)).await;
        }
        let infos = futures_util::stream::iter(keys).map(|key| async move { self.info(&key).await });
        infos.buffered(QUESTIONS).map_ok(|info| info.map(|info| info.size)).try_collect().await
    }

    /// Begins to read an object, or the part of it in `range`, which must lie within.
    pub async fn read(&self, key: &StorageKey, range: Option<Range<u64>>) -> Result<Object, StorageError> {
        let key = key.to_string();
        let options = GetOptions { range: range.map(Into::into), ..GetOptions::default() };
        let result = self.store.get_opts(&self.path_of(&key), options).await;
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
        match self.store.delete(&self.path_of(&key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(StorageError::from_object_store(&key, error)),
        }
    }

    /// Removes many objects, and on a folder the folders that are empty then; returns which of them were there, in the order
    /// of `keys`.
    pub async fn remove(&self, keys: Vec<StorageKey>) -> Result<Vec<bool>, StorageError> {
        if self.folder.is_some() {
            let tree = self.tree;
            return self.on_folder(move |path| folder::remove(&path, tree, &keys)).await;
        }
        // A key that is there twice is removed once.
        let mut met = HashSet::new();
        let sizes = self.sizes(keys.clone()).await?;
        let removed: Vec<bool> = keys.iter().zip(sizes).map(|(key, size)| size.is_some() && met.insert(key)).collect();
        let doomed: Vec<_> = keys.iter().zip(&removed).filter(|(_, there)| **there).map(|(key, _)| key).collect();
        let paths: Vec<_> = doomed.iter().map(|key| Ok(self.path_of(&key.to_string()))).collect();
        // The service takes many in one request, and the answers come in the order of the keys.
        let mut answers = self.store.delete_stream(futures_util::stream::iter(paths).boxed()).enumerate();
        while let Some((at, answer)) = answers.next().await {
            match answer {
                Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => {
                    let key = doomed.get(at).map(ToString::to_string).unwrap_or_default();
                    return Err(StorageError::from_object_store(&key, error));
                }
            }
        }
        Ok(removed)
    }

    /// Gives an object another key, in place of what is there.
    pub async fn rename(&self, from: &StorageKey, to: &StorageKey) -> Result<(), StorageError> {
        let (from, to) = (from.to_string(), to.to_string());
        let renamed = self.store.rename(&self.path_of(&from), &self.path_of(&to)).await;
        renamed.map_err(|e| StorageError::from_object_store(&from, e))
    }

    /// Everything whose key begins with the folder `prefix`, in no order, as it is found.
    pub fn list(&self, prefix: &str) -> BoxStream<'static, Result<ObjectInfo, StorageError>> {
        let prefix = prefix.trim_end_matches('/').to_owned();
        let found = self.store.list(Some(&self.path_of(&prefix)));
        let tree = self.tree;
        let info = move |meta| {
            let info = ObjectInfo::from(meta);
            ObjectInfo { key: tree.key_of(&info.key), ..info }
        };
        found.map(move |found| found.map(info).map_err(|e| StorageError::from_object_store(&prefix, e))).boxed()
    }

    /// Whether anything is directly in the folder `prefix`.
    pub async fn holds(&self, prefix: &str) -> Result<bool, StorageError> {
        let found = self.entries(prefix).await?;
        Ok(!found.objects.is_empty() || !found.common_prefixes.is_empty())
    }

    /// The names of the folders directly below the folder `prefix`.
    pub(crate) async fn folders(&self, prefix: &str) -> Result<Vec<String>, StorageError> {
        let found = self.entries(prefix).await?;
        Ok(found.common_prefixes.iter().filter_map(|path| path.filename().map(str::to_owned)).collect())
    }

    async fn entries(&self, prefix: &str) -> Result<ListResult, StorageError> {
        let listed = self.store.list_with_delimiter(Some(&self.path_of(prefix.trim_end_matches('/')))).await;
        // A folder that is not there has nothing in it.
        let nothing =
            ListResult { common_prefixes: Vec::new(), objects: Vec::new(), extensions: Extensions::default() };
        listed.or_else(|error| match StorageError::from_object_store(prefix, error) {
            StorageError::NotFound { .. } => Ok(nothing),
            error => Err(error),
        })
    }

    /// Makes everything written so far durable, files and names. One call for many files.
    pub async fn sync(&self) -> Result<(), StorageError> {
        // An object store that is not a folder has promised durability with each answer.
        self.on_folder(|path| folder::sync(&path)).await
    }

    /// Removes what writers left when they were killed; returns how many files. On a folder to be called by the one who holds
    /// the [`MirrorLock`](crate::MirrorLock), before writing. In a bucket it gives up uploads that were begun a day ago, and
    /// removes what was handed over or has waited for its place before that, so that is safe while others write.
    pub async fn sweep(&self) -> Result<u64, StorageError> {
        if let Some(bucket) = &self.bucket {
            return Ok(bucket.abort_abandoned().await? + self.clear_forgotten(ABANDONED).await?);
        }
        let tree = self.tree;
        self.on_folder(move |path| folder::sweep(&path, tree)).await
    }

    /// The same where others are writing: on a folder takes only what nobody has written to for `age`.
    pub async fn sweep_abandoned(&self, age: Duration) -> Result<u64, StorageError> {
        if let Some(bucket) = &self.bucket {
            return Ok(bucket.abort_abandoned().await? + self.clear_forgotten(ABANDONED).await?);
        }
        let tree = self.tree;
        self.on_folder(move |path| folder::sweep_abandoned(&path, tree, age)).await
    }

    /// The digests of many objects, each read whole, `None` for those that are not there, in the order of `keys`. For many
    /// small files cheaper than asking for each; a file that cannot be read is an error of its own.
    pub async fn digests(
        &self,
        keys: Vec<StorageKey>,
    ) -> Result<Vec<Result<Option<Digest>, StorageError>>, StorageError> {
        self.digests_of(keys.into_iter().map(|key| (key, None)).collect(), Arc::default()).await
    }

    /// The same, but files that were `seen` to have the digest beside their key, and that nothing has happened to since, are
    /// not read again.
    pub async fn digests_but_seen(
        &self,
        keys: Vec<(StorageKey, Digest)>,
        seen: Arc<SeenFiles>,
    ) -> Result<Vec<Result<Option<Digest>, StorageError>>, StorageError> {
        self.digests_of(keys.into_iter().map(|(key, digest)| (key, Some(digest))).collect(), seen).await
    }

    /// Whether a file was `seen` to have this digest, and nothing has happened to it since. In a bucket none was.
    pub async fn was_seen(
        &self,
        key: &StorageKey,
        digest: Digest,
        seen: &Arc<SeenFiles>,
    ) -> Result<bool, StorageError> {
        if self.folder.is_none() || seen.is_empty() {
            return Ok(false);
        }
        let (key, seen, tree) = (key.to_string(), Arc::clone(seen), self.tree);
        let look = move |folder: PathBuf| {
            let found = std::fs::metadata(folder.join(tree.path_of(&key)));
            Ok(found.is_ok_and(|metadata| seen.has(&digest, &metadata)))
        };
        self.on_folder(look).await
    }

    async fn digests_of(
        &self,
        keys: Vec<(StorageKey, Option<Digest>)>,
        seen: Arc<SeenFiles>,
    ) -> Result<Vec<Result<Option<Digest>, StorageError>>, StorageError> {
        if self.folder.is_some() {
            let tree = self.tree;
            return self.on_folder(move |path| Ok(folder::digests(&path, tree, &keys, &seen))).await;
        }
        let keys = keys.into_iter().map(|(key, _)| key);
        let digests = futures_util::stream::iter(keys).map(|key| async move { self.digest(&key).await });
        Ok(digests.buffered(QUESTIONS).collect().await)
    }

    /// How many files are half written, where a bucket keeps them and tells so: for tests.
    #[cfg(any(test, feature = "testing"))]
    pub async fn unfinished(&self) -> Result<usize, StorageError> {
        match &self.bucket {
            Some(bucket) => Ok(bucket.count_uploads().await?.unwrap_or(0)),
            None => Ok(0),
        }
    }

    pub(crate) fn objects(&self) -> &dyn ObjectStore {
        &*self.store
    }

    pub(crate) fn tree(&self) -> Tree {
        self.tree
    }

    /// Where a key is in the store.
    pub(crate) fn path_of(&self, key: &str) -> object_store::path::Path {
        object_store::path::Path::from(self.tree.path_of(key))
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

impl std::fmt::Debug for Storage {
    /// Says which store it is, and nothing of how it is reached.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let place = match (&self.bucket, &self.folder) {
            (Some(bucket), _) => bucket.address().to_string(),
            (None, Some(folder)) => folder.display().to_string(),
            (None, None) => "memory:".to_owned(),
        };
        f.debug_struct("Storage").field("place", &place).field("tree", &self.tree).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use romt_types::PrefixStyle;

    use super::*;

    const CRATE: &str = "crates/1/a/a-1.0.0.crate";
    const PACKAGE: &str = "dist/2026-04-16/cargo-1.95.0-x86_64-unknown-linux-gnu.tar.xz";
    const PROGRAM: &str = "rustup/archive/1.29.0/x86_64-unknown-linux-gnu/rustup-init";

    /// Stores a file under `key` in the part of a mirror that was opened as the folder `given`, looks at it in every way, and
    /// removes it; returns the name of the folder that the store is.
    async fn place(storage: &Storage, given: &Path, key: &str) -> String {
        let key: StorageKey = key.parse().unwrap();
        let name = key.to_string();
        let at = given.join(name.strip_prefix(key.folder()).unwrap());
        let mut writer = storage.writer(key.clone(), Digest::of(b"x"), 9);
        writer.write(Bytes::from_static(b"x")).await.unwrap();
        writer.finish().await.unwrap();
        assert_eq!(std::fs::read(&at).unwrap(), b"x");
        let found: Vec<_> = storage.list(key.folder()).map_ok(|info| info.key).try_collect().await.unwrap();
        assert!(found.contains(&name), "{found:?}");
        assert!(storage.holds(key.folder()).await.unwrap());
        assert_eq!(storage.sizes(vec![key.clone()]).await.unwrap(), [Some(1)]);
        let digests = storage.digests(vec![key.clone(), "crates/1/b/b-1.0.0.crate".parse().unwrap()]).await.unwrap();
        let digests: Vec<_> = digests.into_iter().map(Result::unwrap).collect();
        assert_eq!(digests, [Some(Digest::of(b"x")), None]);
        std::fs::write(at.with_file_name(format!("{}#7", at.file_name().unwrap().display())), "cut").unwrap();
        assert_eq!(storage.sweep().await.unwrap(), 1);
        storage.sync().await.unwrap();
        assert_eq!(storage.remove(vec![key.clone(), key]).await.unwrap(), [true, false]);
        assert!(given.exists() && !at.parent().unwrap().exists(), "what is empty goes, up to the folder of all");
        storage.as_folder().unwrap().file_name().unwrap().to_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn a_part_of_a_mirror_may_be_in_a_folder_of_any_name() {
        type Open = fn(&Path) -> Result<Storage, StorageError>;
        let parts: [(Open, &str, &str); 3] = [
            (Storage::crates_folder, "crates", CRATE),
            (Storage::dist_folder, "dist", PACKAGE),
            (Storage::rustup_folder, "rustup", PROGRAM),
        ];
        for (open, name, key) in parts {
            let folder = tempfile::tempdir().unwrap();
            for (given, store) in [(format!("mirror/{name}"), "mirror"), ("elsewhere".to_owned(), "elsewhere")] {
                let given = folder.path().join(given);
                assert_eq!(place(&open(&given).unwrap(), &given, key).await, store);
            }
        }
    }

    #[tokio::test]
    async fn what_was_seen_is_not_read_again_until_something_happens_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let storage = Storage::folder(folder.path()).unwrap();
        let key: StorageKey = CRATE.parse().unwrap();
        let path = folder.path().join(CRATE);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "x").unwrap();
        // A digest that it has not, to tell whether it was read.
        let (read, noted) = (Digest::of(b"x"), Digest::of(b"noted"));
        let mut seen = SeenFiles::default();
        seen.note(&noted, &std::fs::metadata(&path).unwrap());
        let seen = Arc::new(seen);
        let look = async |expected| {
            let found = storage.digests_but_seen(vec![(key.clone(), expected)], Arc::clone(&seen)).await.unwrap();
            found.into_iter().next().unwrap().unwrap()
        };
        assert_eq!(look(noted).await, Some(noted));
        assert!(storage.was_seen(&key, noted, &seen).await.unwrap());
        assert!(!storage.was_seen(&key, read, &seen).await.unwrap());
        assert_eq!(look(Digest::of(b"other")).await, Some(read), "another one is wanted than was seen");
        // Longer than the steps in which any kernel counts the times of files.
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        std::fs::write(&path, "y").unwrap();
        assert_eq!(look(noted).await, Some(Digest::of(b"y")));
        assert!(!storage.was_seen(&key, noted, &seen).await.unwrap());
        std::fs::remove_file(&path).unwrap();
        assert_eq!(look(noted).await, None);
    }

    #[tokio::test]
    async fn crates_in_a_folder_of_any_name_are_spelled_as_it_says() {
        let folder = tempfile::tempdir().unwrap();
        let storage = Storage::crates_folder(&folder.path().join("elsewhere")).unwrap();
        storage.init_crates().await.unwrap();
        assert!(folder.path().join("elsewhere/config.toml").exists());
        assert_eq!(storage.prefix_style().await.unwrap(), PrefixStyle::Lower);
    }

    #[tokio::test]
    async fn a_folder_that_is_not_there_or_empty_holds_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let storage = Storage::folder(folder.path()).unwrap();
        assert!(!storage.holds(StorageKey::DIST).await.unwrap());
        std::fs::create_dir(folder.path().join("dist")).unwrap();
        assert!(!storage.holds(StorageKey::DIST).await.unwrap());
        std::fs::create_dir(folder.path().join("dist/2026-04-16")).unwrap();
        assert!(storage.holds(StorageKey::DIST).await.unwrap());
    }
}

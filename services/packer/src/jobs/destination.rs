//! Where the files of an archive go when all of it is believed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use romt_index::{BundleError, IncomingIndex};
use romt_storage::{Storage, StorageKey};
use romt_types::Digest;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::Stopped;

/// The place of one kind of files: of crates, of toolchains, or of rustup.
#[derive(Debug, Clone)]
pub(crate) enum Destination {
    /// A folder, of whatever name: files are moved into it.
    Folder(PathBuf),
    /// A store that is no folder: files are copied to it, each under its key.
    Store(Arc<StoreDestination>),
}

/// A store that is no folder. What is put there is durable with the answer, and appears whole or not at all.
#[derive(Debug, Clone)]
pub(crate) struct StoreDestination {
    storage: Storage,
    runtime: Handle,
}

/// A file on the disk, and which one it will be in the store.
pub(super) struct WaitingFile {
    pub(super) key: StorageKey,
    pub(super) path: PathBuf,
    pub(super) digest: Digest,
}

/// Files on their way at once. A writer takes as much memory as a small file has, and more for no more than a few.
const AT_ONCE: usize = 24;

impl Destination {
    /// The folder, where it is one: what is in it already and is right need not even be staged.
    pub(super) fn folder(&self) -> Option<&Path> {
        match self {
            Self::Folder(path) => Some(path),
            Self::Store(_) => None,
        }
    }

    /// The index that came with crates, which are in their places: a repository beside them takes its objects over. That of a
    /// store elsewhere was only compared with a copy, and its indexer reads the bundle itself.
    pub(super) fn take_index(&self, incoming: IncomingIndex) -> Result<(), BundleError> {
        match self {
            Self::Folder(_) => incoming.admit(),
            Self::Store(_) => Ok(()),
        }
    }
}

impl StoreDestination {
    /// To be called where a runtime is.
    pub(crate) fn new(storage: Storage) -> Self {
        Self { storage, runtime: Handle::current() }
    }

    /// The store.
    pub(crate) fn storage(&self) -> &Storage {
        &self.storage
    }

    /// Puts files into the store, but those that are there and right. Returns by their numbers, from 0 on, those that would
    /// replace another file: they are left for [`replace`](Self::replace). Blocks.
    pub(super) fn add(
        &self,
        files: impl Iterator<Item = anyhow::Result<WaitingFile>>,
        stop: &CancellationToken,
    ) -> anyhow::Result<Vec<u64>> {
        let add = |(number, file): (u64, anyhow::Result<WaitingFile>)| async move {
            let file = file?;
            match self.look(&file).await? {
                Found::Nothing => self.put(file).await.map(|()| None),
                Found::Right => Ok(None),
                Found::Other => Ok(Some(number)),
            }
        };
        let added = stream::iter((0..).zip(files)).map(add).buffered(AT_ONCE);
        self.finish(added.try_filter_map(|other| std::future::ready(Ok(other))).try_collect(), stop)
    }

    /// Puts files into the store in place of what is there. Blocks.
    pub(super) fn replace(
        &self,
        files: impl Iterator<Item = anyhow::Result<WaitingFile>>,
        stop: &CancellationToken,
    ) -> anyhow::Result<()> {
        let replace = |file: anyhow::Result<WaitingFile>| async move { self.put(file?).await };
        self.finish(stream::iter(files).map(replace).buffered(AT_ONCE).try_collect::<()>(), stop)
    }

    /// The same for one, unless it is there and right. Blocks.
    pub(super) fn settle(&self, file: WaitingFile, stop: &CancellationToken) -> anyhow::Result<()> {
        let settle = async {
            match self.look(&file).await? {
                Found::Right => Ok(()),
                Found::Nothing | Found::Other => self.put(file).await,
            }
        };
        self.finish(settle, stop)
    }

    /// What is under the key of a file. One of its size is read: only its bytes tell.
    async fn look(&self, file: &WaitingFile) -> anyhow::Result<Found> {
        Ok(match self.storage.info(&file.key).await? {
            None => Found::Nothing,
            Some(info) if info.size != file.size().await? => Found::Other,
            Some(_) => match self.storage.digest(&file.key).await? {
                Some(digest) if digest == file.digest => Found::Right,
                _ => Found::Other,
            },
        })
    }

    async fn put(&self, file: WaitingFile) -> anyhow::Result<()> {
        let size = file.size().await?;
        let WaitingFile { key, path, digest } = file;
        Ok(self.storage.put_file(key, &path, digest, size).await?)
    }

    /// Runs to the end of something, or until it is to stop: what is not whole by then is not there.
    fn finish<T>(&self, work: impl Future<Output = anyhow::Result<T>>, stop: &CancellationToken) -> anyhow::Result<T> {
        Stopped::check(stop)?;
        self.runtime.block_on(stop.run_until_cancelled(work)).unwrap_or_else(|| Err(Stopped.into()))
    }
}

impl WaitingFile {
    async fn size(&self) -> anyhow::Result<u64> {
        let metadata = tokio::fs::metadata(&self.path).await;
        Ok(metadata.with_context(|| format!("cannot read `{}`", self.path.display()))?.len())
    }
}

/// What is under the key of a file.
enum Found {
    Nothing,
    Right,
    Other,
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [&str; 3] = ["crates/1/a/a-1.0.0.crate", "crates/1/b/b-1.0.0.crate", "crates/1/c/c-1.0.0.crate"];

    /// A store, and files on the disk that are to go there.
    struct Bench {
        folder: tempfile::TempDir,
        storage: Storage,
    }

    impl Bench {
        fn new() -> Self {
            Self { folder: tempfile::tempdir().unwrap(), storage: Storage::memory() }
        }

        fn waiting(&self, number: usize, content: &str) -> WaitingFile {
            let path = self.folder.path().join(number.to_string());
            std::fs::write(&path, content).unwrap();
            WaitingFile { key: KEYS[number].parse().unwrap(), path, digest: Digest::of(content.as_bytes()) }
        }

        async fn put(&self, number: usize, content: &'static str) {
            self.storage.put(&KEYS[number].parse().unwrap(), content.into()).await.unwrap();
        }

        async fn holds(&self, number: usize, content: Option<&str>) -> bool {
            let found = self.storage.digest(&KEYS[number].parse().unwrap()).await.unwrap();
            found == content.map(|content| Digest::of(content.as_bytes()))
        }

        async fn modified(&self, number: usize) -> std::time::SystemTime {
            self.storage.info(&KEYS[number].parse().unwrap()).await.unwrap().unwrap().modified
        }

        /// Does something as it is done in the service: on a thread that may block.
        async fn blocking<T: Send + 'static>(&self, work: impl FnOnce(StoreDestination) -> T + Send + 'static) -> T {
            let destination = StoreDestination::new(self.storage.clone());
            tokio::task::spawn_blocking(move || work(destination)).await.unwrap()
        }
    }

    #[tokio::test]
    async fn what_is_right_stays_and_what_would_replace_another_waits() {
        let bench = Bench::new();
        bench.put(0, "right").await;
        bench.put(1, "other").await;
        let before = bench.modified(0).await;
        let files = || [bench.waiting(0, "right"), bench.waiting(1, "wrong"), bench.waiting(2, "new")];
        let some = files();
        let never = CancellationToken::new();
        let stop = never.clone();
        let others = bench.blocking(move |store| store.add(some.into_iter().map(Ok), &stop)).await.unwrap();
        assert_eq!(others, [1], "of the same size, but other bytes");
        assert!(bench.holds(1, Some("other")).await && bench.holds(2, Some("new")).await);
        assert_eq!(bench.modified(0).await, before, "it was not written again");
        let [_, other, _] = files();
        let stop = never.clone();
        bench.blocking(move |store| store.replace([Ok(other)].into_iter(), &stop)).await.unwrap();
        assert!(bench.holds(1, Some("wrong")).await);
        for content in ["settled", "wrong"] {
            let (file, stop) = (bench.waiting(1, content), never.clone());
            bench.blocking(move |store| store.settle(file, &stop)).await.unwrap();
            assert!(bench.holds(1, Some(content)).await);
        }
    }

    #[tokio::test]
    async fn what_changed_on_the_disk_meanwhile_never_gets_its_key() {
        let bench = Bench::new();
        let file = WaitingFile { digest: Digest::of(b"as it was"), ..bench.waiting(0, "as it is") };
        let never = CancellationToken::new();
        let error = bench.blocking(move |store| store.add([Ok(file)].into_iter(), &never)).await.unwrap_err();
        assert!(format!("{error:#}").contains("wrong SHA-256"), "{error:#}");
        assert!(bench.holds(0, None).await);
    }

    #[tokio::test]
    async fn told_to_stop_it_puts_nothing_more() {
        let bench = Bench::new();
        let (file, stop) = (bench.waiting(0, "x"), CancellationToken::new());
        stop.cancel();
        let error = bench.blocking(move |store| store.add([Ok(file)].into_iter(), &stop)).await.unwrap_err();
        assert!(error.is::<Stopped>(), "{error:#}");
        assert!(bench.holds(0, None).await);
    }
}

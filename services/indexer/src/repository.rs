//! The index repository, used from async code.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use romt_index::IndexRepository;

/// The index repository behind a lock, whose every use runs on a blocking thread. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct SharedRepository(Arc<Mutex<IndexRepository>>);

impl SharedRepository {
    /// A repository that is open.
    pub(crate) fn new(repository: IndexRepository) -> Self {
        Self(Arc::new(Mutex::new(repository)))
    }

    /// Opens the repository, or makes it, and puts right what an interrupted writer left.
    pub(crate) async fn open(path: &Path) -> anyhow::Result<Self> {
        let path = path.to_owned();
        let opened = tokio::task::spawn_blocking(move || {
            let repository = IndexRepository::open_or_init(&path)?;
            // Cheap where nothing is amiss, so there is no need to know how the last writer ended.
            repository.recover()?;
            anyhow::Ok(repository)
        });
        Ok(Self::new(opened.await??))
    }

    /// Puts right what an interrupted writer left, if there is a repository.
    pub(crate) async fn recover(path: &Path) -> anyhow::Result<()> {
        if tokio::fs::try_exists(path).await? {
            Self::open(path).await?;
        }
        Ok(())
    }

    /// Opens the repository for looking only; `None` if there is none.
    pub(crate) async fn look(path: &Path) -> anyhow::Result<Option<Self>> {
        let path = path.to_owned();
        let opened = tokio::task::spawn_blocking(move || {
            let there = path.exists();
            there.then(|| IndexRepository::open_or_init(&path)).transpose()
        });
        Ok(opened.await??.map(Self::new))
    }

    /// Runs `work` on a blocking thread.
    pub(crate) async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&IndexRepository) -> anyhow::Result<T> + Send + 'static,
    ) -> anyhow::Result<T> {
        let repository = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || {
            // The repository is on disk; a panic elsewhere cannot have left it half-changed in memory.
            let repository = repository.lock().unwrap_or_else(PoisonError::into_inner);
            work(&repository)
        });
        done.await.context("work on the index repository was cut short")?
    }
}

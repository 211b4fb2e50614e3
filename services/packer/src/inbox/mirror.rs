//! The mirror that archives go to.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use romt_index::IndexRepository;
use romt_replica::Replica;
use romt_runtime::Hint;
use romt_storage::Storage;
use tokio::sync::Mutex;

use super::verify::NoRepository;
use crate::InboxConfig;
use crate::jobs::destination::{Destination, StoreDestination};
use crate::jobs::staging_folder::StagingFolder;

/// The mirror: where its files are, and its index, which archives of crates are compared with.
#[derive(Clone)]
pub(super) enum Mirror {
    /// A folder. The index is beside it, and others write to it too.
    Folder { path: PathBuf, repository: PathBuf },
    /// Another store. The index is where its indexer is; here is a copy of what that has published.
    Store { store: Arc<StoreDestination>, index: Arc<Mutex<Replica>>, repository: PathBuf },
}

/// Where the copy of the index is, in the folder where the packer remembers things.
const COPY: &str = "inbox-index";

impl Mirror {
    /// Opens it. Where it is no folder, what a killed packer left on the disk and in the store goes first.
    pub(super) async fn open(config: &InboxConfig, storage: &Storage) -> anyhow::Result<Self> {
        if let Some(path) = storage.as_folder() {
            return Ok(Self::Folder { path: path.to_owned(), repository: config.repository.clone() });
        }
        let index = Replica::open(&config.state.join(COPY)).await;
        let index = index.hint("give each packer a folder of its own with `--data DIR`")?;
        let (repository, state) = (index.repository(), config.state.clone());
        let swept = repository.clone();
        tokio::task::spawn_blocking(move || sweep(&state, &swept)).await??;
        if let Err(error) = storage.sweep().await {
            tracing::warn!(
                error = format!("{error:#}"),
                "what was left in the store could not be swept up; the next start tries again"
            );
        }
        let store = Arc::new(StoreDestination::new(storage.clone()));
        Ok(Self::Store { store, index: Arc::new(Mutex::new(index)), repository })
    }

    /// Brings the copy of the index up to date, if it is one: before each archive, since the one before may be what the next
    /// one builds on.
    pub(super) async fn follow(&self) -> anyhow::Result<()> {
        if let Self::Store { store, index, .. } = self {
            index.lock().await.follow(store.storage()).await.context("cannot follow the index in the store")?;
        }
        Ok(())
    }

    /// The index. Blocks.
    pub(super) fn repository(&self) -> anyhow::Result<IndexRepository> {
        match self {
            Self::Folder { repository, .. } => Ok(IndexRepository::open(repository)?.ok_or(NoRepository)?),
            // Nothing is published before the first archive.
            Self::Store { repository, .. } => Ok(IndexRepository::open_or_init(repository)?),
        }
    }

    /// Where files go of which the keys begin with `part`.
    pub(super) fn destination(&self, part: &str) -> Destination {
        match self {
            Self::Folder { path, .. } => Destination::Folder(path.join(part)),
            Self::Store { store, .. } => Destination::Store(Arc::clone(store)),
        }
    }
}

/// Removes what a killed packer left: what it had unpacked, and what it had taken out of a bundle.
fn sweep(state: &Path, repository: &Path) -> anyhow::Result<()> {
    StagingFolder::fresh(state)?;
    let bundle = state.join(super::verify::BUNDLE);
    match fs::remove_file(&bundle) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot remove `{}`", bundle.display()));
        }
        _ => {}
    }
    if let Some(repository) = IndexRepository::open(repository)? {
        repository.recover()?;
    }
    Ok(())
}

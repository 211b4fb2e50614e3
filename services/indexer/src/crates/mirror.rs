//! An opened mirror of crates.

use std::path::PathBuf;

use anyhow::{Context as _, anyhow};
use romt_index::{IndexRepository, Revision};
use romt_runtime::Hint;
use romt_storage::{CratesLayout, Storage, sync_folders};
use romt_types::PrefixStyle;

use super::CrateRoots;
use crate::repository::SharedRepository;

/// A mirror of crates: its index, its files, and how they are laid out.
#[derive(Debug)]
pub struct CrateMirror {
    roots: CrateRoots,
    pub(crate) repository: SharedRepository,
    pub(crate) storage: Storage,
    layout: CratesLayout,
}

impl CrateMirror {
    /// Opens the mirror at `roots`.
    pub async fn open(roots: CrateRoots) -> anyhow::Result<Self> {
        let (index, crates) = (roots.index().to_owned(), roots.crates().to_owned());
        let opened = tokio::task::spawn_blocking(move || -> anyhow::Result<_> {
            let hint = "`romt crate init` makes a mirror that downloads, `romt crate init-import` one that imports";
            let Some(repository) = IndexRepository::open(&index)? else {
                return Err(anyhow!("{} is not a valid index directory", index.display())).hint(hint);
            };
            if !crates.is_dir() {
                return Err(anyhow!("{} is not a valid crates directory", crates.display())).hint(hint);
            }
            Ok((repository, Storage::crates_folder(&crates)?))
        });
        let (repository, storage) = opened.await??;
        let layout = storage.crates_layout().await?;
        if layout.prefix == PrefixStyle::Mixed && ignores_case(&roots).await? {
            return Err(anyhow!(
                "{} is on a file system that does not tell upper from lower case, where mixed prefixes lose files",
                roots.crates().display()
            ))
            .hint("set `prefix = \"lower\"` in its config.toml before anything is downloaded");
        }
        Ok(Self { roots, repository: SharedRepository::new(repository), storage, layout })
    }

    /// The mirror whose index is already open, and whose files are in the indexer's store.
    pub(crate) async fn of(context: &crate::Context, repository: SharedRepository) -> anyhow::Result<Self> {
        let mirror = context.config.state.parent().unwrap_or(std::path::Path::new("."));
        let roots = CrateRoots::new(context.config.repository.clone(), mirror.join("crates"));
        let layout = context.storage.crates_layout().await?;
        Ok(Self { roots, repository, storage: context.storage.clone(), layout })
    }

    /// Where it is.
    pub fn roots(&self) -> &CrateRoots {
        &self.roots
    }

    /// Its files.
    pub fn storage(&self) -> Storage {
        self.storage.clone()
    }

    /// How its prefixes, and those of its archives, are spelled.
    pub fn layout(&self) -> CratesLayout {
        self.layout
    }

    /// Where romt remembers things about it.
    pub(crate) fn state(&self) -> PathBuf {
        self.roots.state()
    }

    /// Puts right what an interrupted writer left: for the one who holds the locks.
    pub async fn recover(&self) -> anyhow::Result<()> {
        self.storage.sweep().await?;
        self.repository.with(|repository| Ok(repository.recover().map(drop)?)).await
    }

    /// Makes everything written so far durable, crates and index.
    pub(crate) async fn sync(&self) -> anyhow::Result<()> {
        let folders = [self.roots.crates().to_owned(), self.roots.index().to_owned()];
        let synced = tokio::task::spawn_blocking(move || sync_folders(folders)).await?;
        synced.context("cannot make the mirror durable")
    }

    /// Moves branches to a commit when all that it names is durable. Refuses for the branch that commits are made on.
    pub(crate) async fn move_branches(
        &self,
        names: &'static [&'static str],
        to: Revision,
    ) -> anyhow::Result<Vec<&'static str>> {
        self.sync().await?;
        let moved = self.repository.with(move |repository| {
            let current = repository.current_branch()?;
            let mut refused = Vec::new();
            for &name in names {
                if current.as_deref() == Some(name) {
                    refused.push(name);
                } else {
                    repository.move_branch(name, &to)?;
                }
            }
            Ok(refused)
        });
        let refused = moved.await?;
        self.sync().await?;
        Ok(refused)
    }
}

/// Whether `CONFIG.TOML` names `config.toml`, as on Windows and on some network shares.
async fn ignores_case(roots: &CrateRoots) -> anyhow::Result<bool> {
    let crates = roots.crates();
    Ok(tokio::fs::try_exists(crates.join("config.toml")).await?
        && tokio::fs::try_exists(crates.join("CONFIG.TOML")).await?)
}

//! An opened mirror of rustup.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use futures_util::StreamExt;
use romt_dist::{ReleaseVersion, RustupKey, RustupRelease, RustupSpec, SpecError, Target, TargetSelection};
use romt_runtime::Hint;
use romt_storage::{Storage, StorageError, StorageKey};

use super::{ChosenRelease, ReleaseTargets, RustupRoots};

/// A mirror of rustup: its releases, and which of them is the stable one.
#[derive(Debug)]
pub struct RustupMirror {
    roots: RustupRoots,
    /// Its store, where that is no folder.
    store: Option<Storage>,
}

/// The releases whose programs are on disk, and for which targets.
pub(crate) type Held = BTreeMap<ReleaseVersion, BTreeSet<Target>>;

impl RustupMirror {
    /// The mirror at `roots`, which need not be there yet.
    pub fn open(roots: RustupRoots) -> anyhow::Result<Self> {
        let dest = roots.dest();
        if dest.exists() && !dest.is_dir() {
            return Err(anyhow!("{} is not a folder", dest.display())).hint("name a folder with `--dest DIR`");
        }
        Ok(Self { roots, store: None })
    }

    /// Rustup in a mirror that holds other things, too. Where its store is no folder, `state` is where romt remembers things
    /// about it.
    pub(crate) fn of(storage: &Storage, state: &Path) -> anyhow::Result<Self> {
        match storage.as_folder() {
            Some(folder) => Self::open(RustupRoots::new(folder.join("rustup"))),
            None => Ok(Self { roots: RustupRoots::in_store(state), store: Some(storage.clone()) }),
        }
    }

    /// Where it is.
    pub fn roots(&self) -> &RustupRoots {
        &self.roots
    }

    /// Its files; the folder is made if it is not there.
    pub fn storage(&self) -> anyhow::Result<Storage> {
        match &self.store {
            Some(store) => Ok(store.clone()),
            None => Ok(Storage::rustup_folder(self.roots.dest())?),
        }
    }

    /// Puts right what an interrupted writer left: for the one who holds the lock.
    pub async fn recover(&self) -> anyhow::Result<()> {
        self.storage()?.sweep().await?;
        Ok(())
    }

    /// The releases that `specs` stand for, from what is on disk. `*` is the newest first.
    pub async fn expand(&self, specs: &[RustupSpec]) -> anyhow::Result<Vec<ChosenRelease>> {
        let held = self.held().await?.into_keys().collect();
        let stable = if specs.contains(&RustupSpec::Stable) { self.stable().await? } else { None };
        let mut chosen = Vec::new();
        for spec in specs {
            let versions = match RustupSpec::expand(&[*spec], &held, stable) {
                Err(SpecError::NoStable) => return Err(self.missing(&RustupKey::ReleaseStable)),
                versions => versions?,
            };
            let chosen_by = |version| match spec {
                RustupSpec::Stable => ChosenRelease { spec: *spec, version },
                _ => ChosenRelease::of(version),
            };
            chosen.extend(versions.into_iter().map(chosen_by));
        }
        if chosen.is_empty() { Err(SpecError::Missing.into()) } else { Ok(chosen) }
    }

    /// What is meant of each release; `*` are the targets on disk, of each release its own.
    pub async fn plan(
        &self,
        releases: &[ChosenRelease],
        targets: &TargetSelection,
    ) -> anyhow::Result<Vec<ReleaseTargets>> {
        let mut held = self.held().await?;
        let release = |release: &ChosenRelease| {
            let own = held.get_mut(&release.version).cloned().unwrap_or_default();
            release.for_targets(targets.of_rustup(own))
        };
        Ok(releases.iter().map(release).collect())
    }

    /// The releases that `specs` stand for, with the targets on disk.
    pub async fn list(&self, specs: &[RustupSpec]) -> anyhow::Result<Vec<ReleaseTargets>> {
        self.plan(&self.expand(specs).await?, &TargetSelection::Held).await
    }

    /// The release that is the stable one here; `None` as long as none is.
    pub async fn stable(&self) -> anyhow::Result<Option<ReleaseVersion>> {
        let key = RustupKey::ReleaseStable;
        let Some(content) = self.read_small(&key, RustupRelease::MAX_SIZE).await? else { return Ok(None) };
        let release = RustupRelease::parse(&content);
        let release = release.with_context(|| format!("{} cannot be used", self.path(&key).display()));
        Ok(Some(release.hint("remove it; `romt rustup -s VERSION fixup` writes it again")?.version))
    }

    /// What is on disk. A target without its program does not count, whatever folders there are.
    pub(crate) async fn held(&self) -> anyhow::Result<Held> {
        let mut held = Held::new();
        let Some(storage) = self.existing()? else { return Ok(held) };
        let mut found = storage.list(&format!("{}archive", StorageKey::RUSTUP));
        while let Some(info) = found.next().await {
            let Ok(StorageKey::Rustup(key)) = info?.key.parse() else { continue };
            if let RustupKey::Archive { version, target, hash: false } = key {
                held.entry(version).or_default().insert(target);
            }
        }
        Ok(held)
    }

    /// Its files, unless the folder is not there.
    pub(crate) fn existing(&self) -> anyhow::Result<Option<Storage>> {
        if self.store.is_some() || self.roots.dest().is_dir() { self.storage().map(Some) } else { Ok(None) }
    }

    /// A small file whole, `None` if it is not there. Of a larger one a byte more than `limit` comes, which no parser takes.
    pub(crate) async fn read_small(&self, key: &RustupKey, limit: usize) -> anyhow::Result<Option<Vec<u8>>> {
        let Some(storage) = self.existing()? else { return Ok(None) };
        let key = StorageKey::Rustup(key.clone());
        let object = match storage.read(&key, None).await {
            Ok(object) => object,
            Err(StorageError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut pieces = object.body.into_stream(key.to_string());
        let mut content = Vec::new();
        while let Some(piece) = pieces.next().await {
            content.extend_from_slice(&piece?);
            if content.len() > limit {
                content.truncate(limit + 1);
                break;
            }
        }
        Ok(Some(content))
    }

    /// Where a file is.
    pub fn path(&self, key: &RustupKey) -> PathBuf {
        self.below(key.to_string())
    }

    pub(crate) fn below(&self, path: impl AsRef<Path>) -> PathBuf {
        self.roots.dest().join(path)
    }

    /// Says that a file is not there, in Python romt's words.
    pub(crate) fn missing(&self, key: &RustupKey) -> anyhow::Error {
        anyhow!("missing file {}", self.path(key).display())
    }
}

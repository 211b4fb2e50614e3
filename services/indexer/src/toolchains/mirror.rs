//! An opened mirror of toolchains.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use futures_util::stream::TryStreamExt;
use romt_dist::{DistFile, DistKey, Manifest, ManifestPath, PackagePath, Part, ToolchainSpec};
use romt_storage::{Storage, StorageKey};

use super::{SignaturePolicy, ToolchainRoots};

/// A mirror of toolchains: its files, and how much their signatures count. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ToolchainMirror {
    roots: ToolchainRoots,
    pub(super) storage: Storage,
    pub(super) signatures: SignaturePolicy,
}

impl ToolchainMirror {
    /// Opens the mirror at `roots`; one that is not there is an empty one.
    pub async fn open(roots: ToolchainRoots, signatures: SignaturePolicy) -> anyhow::Result<Self> {
        let dest = roots.dest().to_owned();
        let storage = tokio::task::spawn_blocking(move || Storage::dist_folder(&dest)).await??;
        Ok(Self { roots, storage, signatures })
    }

    /// The toolchains of a mirror that holds other things, too. Where its store is no folder, `state` is where romt remembers
    /// things about it.
    pub(crate) async fn of(storage: &Storage, state: &Path, signatures: SignaturePolicy) -> anyhow::Result<Self> {
        match storage.as_folder() {
            Some(folder) => Self::open(ToolchainRoots::new(folder.join("dist")), signatures).await,
            None => Ok(Self { roots: ToolchainRoots::in_store(state), storage: storage.clone(), signatures }),
        }
    }

    /// Where it is.
    pub fn roots(&self) -> &ToolchainRoots {
        &self.roots
    }

    /// Its files.
    pub fn storage(&self) -> Storage {
        self.storage.clone()
    }

    /// Removes what an interrupted writer left: for the one who holds the locks.
    pub async fn recover(&self) -> anyhow::Result<()> {
        self.storage.sweep().await?;
        Ok(())
    }

    /// The toolchains that `specs` stand for; wildcards stand for what is on disk.
    pub async fn expand(&self, specs: &[ToolchainSpec]) -> anyhow::Result<Vec<ManifestPath>> {
        let wild = specs.iter().any(|spec| matches!(spec, ToolchainSpec::Wild(_)));
        let held = if wild { self.manifests().await? } else { BTreeSet::new() };
        Ok(ToolchainSpec::expand(specs, &held)?)
    }

    /// Every manifest on disk, under each of its names.
    pub(super) async fn manifests(&self) -> anyhow::Result<BTreeSet<ManifestPath>> {
        let mut found = BTreeSet::new();
        let mut listed = self.storage.list(StorageKey::DIST);
        while let Some(info) = listed.try_next().await? {
            if let Ok(StorageKey::Dist(DistKey { file: DistFile::Manifest(path), part: Part::Content })) =
                info.key.parse()
            {
                found.insert(path);
            }
        }
        Ok(found)
    }

    /// The packages of a manifest whose files are on disk, whatever is in them.
    pub(super) async fn held(&self, manifest: &Manifest) -> anyhow::Result<HashSet<PackagePath>> {
        let paths: BTreeSet<_> = manifest.available().map(|(_, file)| file.path.clone()).collect();
        let keys = paths.iter().map(|path| DistFile::Package(path.clone()).part(Part::Content).into()).collect();
        let sizes = self.storage.sizes(keys).await?;
        Ok(paths.into_iter().zip(sizes).filter_map(|(path, size)| size.map(|_| path)).collect())
    }

    /// A file as people know it: by its path.
    pub(super) fn shown(&self, key: &DistKey) -> String {
        self.roots.dest().join(key.to_string()).display().to_string()
    }
}

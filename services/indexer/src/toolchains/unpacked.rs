//! What came with an archive.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use romt_dist::{
    ChannelName, ComponentChoice, DistFile, DistKey, ManifestPath, Part, Selection, Target, TargetSelection,
};
use romt_storage::SeenFiles;

use super::ToolchainMirror;
use super::events::{OnToolchainEvent, ToolchainCounts};

/// A toolchain that came with an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnpackedToolchain {
    /// Which.
    pub path: ManifestPath,
    /// For which targets the archive has files.
    pub targets: BTreeSet<Target>,
}

impl ToolchainMirror {
    /// The toolchains and targets that the files of an archive make, which are in their places now; from now on they are
    /// expected to be here. `members` are all that the archive has, also what was here before. Newest first.
    pub async fn unpacked(&self, members: &[DistKey]) -> anyhow::Result<Vec<UnpackedToolchain>> {
        let content = members.iter().filter(|key| key.part == Part::Content);
        let (mut paths, mut packages) = (BTreeSet::new(), HashSet::new());
        for key in content {
            match &key.file {
                DistFile::Package(path) => drop(packages.insert(path)),
                DistFile::Manifest(path) if path.date.is_some() && matches!(path.name, ChannelName::Channel(_)) => {
                    paths.insert(*path);
                }
                DistFile::Manifest(_) => {}
            }
        }
        let mut unpacked = Vec::with_capacity(paths.len());
        for path in paths.into_iter().rev() {
            let manifest = self.stored(path).await?.manifest;
            let selection = Selection::of_files(&manifest, |path| packages.contains(path));
            let targets = selection.targets().cloned().collect();
            self.remember(manifest.release(), selection).await?;
            unpacked.push(UnpackedToolchain { path, targets });
        }
        Ok(unpacked)
    }

    /// [`verify`](Self::verify) of what came with an archive: of each toolchain the targets that came of it. Files that this
    /// process has `seen` since, with the hashes that the manifests say and signatures that passed, are not read again.
    pub async fn verify_unpacked(
        &self,
        unpacked: &[UnpackedToolchain],
        components: &ComponentChoice,
        seen: &Arc<SeenFiles>,
        on: OnToolchainEvent<'_>,
    ) -> anyhow::Result<ToolchainCounts> {
        let mut counts = ToolchainCounts::default();
        for toolchain in unpacked {
            let targets = TargetSelection::These { all: false, named: toolchain.targets.clone() };
            counts.present += self.verify_but_seen(&[toolchain.path], &targets, components, seen, on).await?.present;
        }
        Ok(counts)
    }
}

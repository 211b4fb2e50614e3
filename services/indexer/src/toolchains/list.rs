//! `list`, `all-targets`, `all-components`: what is on disk, and what could be.

use std::collections::BTreeMap;
use std::fmt;

use romt_dist::{HeldCounts, Manifest, ManifestPath, Release, Target, TargetType};

use super::ToolchainMirror;

/// A toolchain of the mirror, as `list` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedToolchain {
    /// What was asked for.
    pub path: ManifestPath,
    /// What it is.
    pub release: Release,
    /// How much of it is on disk.
    pub counts: HeldCounts,
    /// Each target that is on disk, and what the files make of it.
    pub targets: BTreeMap<Target, TargetType>,
}

impl fmt::Display for ListedToolchain {
    /// The first line: release, targets and packages in columns.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:28} {}", self.release, self.counts)
    }
}

impl ListedToolchain {
    /// The lines of the targets, with those that have neither compiler nor library only where `minimal` says so.
    pub fn target_lines(&self, minimal: bool) -> impl Iterator<Item = String> {
        let shown = self.targets.iter().filter(move |(_, kind)| minimal || **kind != TargetType::Minimal);
        shown.map(|(target, kind)| format!("  {:45} {kind}", target.as_str()))
    }
}

/// Names that a manifest on disk has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamesOfToolchain {
    /// What was asked for.
    pub path: ManifestPath,
    /// What it is.
    pub release: Release,
    /// The names, sorted.
    pub names: Vec<String>,
}

impl ToolchainMirror {
    /// What is on disk of toolchains. Looks at which files are there, not into them.
    pub async fn list(&self, paths: &[ManifestPath]) -> anyhow::Result<Vec<ListedToolchain>> {
        let mut listed = Vec::with_capacity(paths.len());
        for &path in paths {
            let manifest = self.stored(path).await?.manifest;
            let held = self.held(&manifest).await?;
            listed.push(ListedToolchain {
                path,
                release: *manifest.release(),
                counts: manifest.held_counts(|path| held.contains(path)),
                targets: manifest.held_targets(|path| held.contains(path)),
            });
        }
        Ok(listed)
    }

    /// Every target that the manifests name, also those that nothing is available for.
    pub async fn all_targets(&self, paths: &[ManifestPath]) -> anyhow::Result<Vec<NamesOfToolchain>> {
        self.names(paths, |manifest| manifest.targets().into_iter().map(ToString::to_string).collect()).await
    }

    /// Every package that is available for any target.
    pub async fn all_components(&self, paths: &[ManifestPath]) -> anyhow::Result<Vec<NamesOfToolchain>> {
        self.names(paths, |manifest| manifest.components().into_iter().map(ToString::to_string).collect()).await
    }

    async fn names(
        &self,
        paths: &[ManifestPath],
        names: impl Fn(&Manifest) -> Vec<String>,
    ) -> anyhow::Result<Vec<NamesOfToolchain>> {
        let mut all = Vec::with_capacity(paths.len());
        for &path in paths {
            let manifest = self.stored(path).await?.manifest;
            all.push(NamesOfToolchain { path, release: *manifest.release(), names: names(&manifest) });
        }
        Ok(all)
    }
}

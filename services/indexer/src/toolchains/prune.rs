//! `prune`: deletes days that nothing published needs.

use std::collections::BTreeSet;

use anyhow::Context as _;
use futures_util::stream::TryStreamExt;
use romt_dist::{ChannelName, Date, DistFile, DistKey, Inventory, Keep, ManifestPath, Part, Release, RetentionPlan};
use romt_runtime::Hint;
use romt_storage::StorageKey;

use super::ToolchainMirror;
use super::events::{OnToolchainEvent, ToolchainEvent};
use super::manifest_files::manifest_key;

/// What `prune` deleted, or would.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PrunedToolchains {
    /// Folders of days.
    pub days: BTreeSet<Date>,
    /// Manifests at the top, of versions whose packages went.
    pub manifests: BTreeSet<ManifestPath>,
    /// Files, all told.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// A file that goes.
type Going = (DistKey, u64);

impl ToolchainMirror {
    /// Deletes the days that are too old by `keep` and that nothing which stays refers to. First nothing names them any
    /// more, and that is made durable; then their files go.
    pub async fn prune(
        &self,
        keep: &Keep,
        dry_run: bool,
        on: OnToolchainEvent<'_>,
    ) -> anyhow::Result<PrunedToolchains> {
        let (plan, stable) = self.plan_pruning(keep).await?;
        let (pointers, packages) = self.files_of(&plan).await?;
        let files = || pointers.iter().chain(&packages);
        let pruned = PrunedToolchains {
            files: files().count() as u64,
            bytes: files().map(|(_, bytes)| bytes).sum(),
            days: plan.days.clone(),
            manifests: plan.manifests.clone(),
        };
        if !dry_run {
            let replaced = self.move_on(&plan, stable, on).await?;
            let goes = |key: &DistKey| !matches!(key.file, DistFile::Manifest(path) if replaced.contains(&path));
            self.delete(pointers.iter().filter(|(key, _)| goes(key)).map(|(key, _)| key.clone()).collect()).await?;
            self.forget(pointers.iter().filter_map(|(key, _)| manifest_path(key)).collect()).await?;
            self.storage.sync().await?;
            self.delete(packages.iter().map(|(key, _)| key.clone()).collect()).await?;
            self.storage.sync().await?;
        }
        for (key, bytes) in files() {
            on(ToolchainEvent::Pruned { key, bytes: *bytes });
        }
        Ok(pruned)
    }

    /// What goes, and which releases of stable stay. A manifest that cannot be read stops it all: nobody knows what it
    /// needs.
    async fn plan_pruning(&self, keep: &Keep) -> anyhow::Result<(RetentionPlan, Vec<Release>)> {
        let mut inventory = Inventory::default();
        let mut canonical = Vec::new();
        for path in self.manifests().await? {
            let read = self.stored(path).await.context("nothing was deleted: not every manifest can be read");
            let manifest = read.hint("`romt toolchain download` mends it, or delete it by hand")?.manifest;
            inventory.add(path, &manifest);
            if manifest.release().canonical() == path {
                canonical.push(*manifest.release());
            }
        }
        let plan = inventory.prune(keep);
        canonical.retain(|release| !plan.days.contains(&release.date));
        Ok((plan, canonical))
    }

    /// The files that go: those that name others, and the rest. What else is in the folders of days is not romt's, and
    /// stays.
    async fn files_of(&self, plan: &RetentionPlan) -> anyhow::Result<(Vec<Going>, Vec<Going>)> {
        let (mut pointers, mut packages) = (Vec::new(), Vec::new());
        for path in &plan.manifests {
            for key in Part::ALL.map(|part| manifest_key(*path, part)) {
                if let Some(info) = self.storage.info(&key.clone().into()).await? {
                    pointers.push((key, info.size));
                }
            }
        }
        for day in &plan.days {
            let mut listed = self.storage.list(&format!("{}{day}", StorageKey::DIST));
            while let Some(info) = listed.try_next().await? {
                match info.key.parse() {
                    Ok(StorageKey::Dist(key)) if manifest_path(&key).is_some() => pointers.push((key, info.size)),
                    Ok(StorageKey::Dist(key)) => packages.push((key, info.size)),
                    _ => {}
                }
            }
        }
        pointers.sort();
        packages.sort();
        Ok((pointers, packages))
    }

    /// Gives the minor versions that would go to the newest patch release of them that stays; returns which those are.
    async fn move_on(
        &self,
        plan: &RetentionPlan,
        stays: Vec<Release>,
        on: OnToolchainEvent<'_>,
    ) -> anyhow::Result<BTreeSet<ManifestPath>> {
        let mut moved = BTreeSet::new();
        for path in plan.manifests.iter().filter(|path| matches!(path.name, ChannelName::Minor(_))) {
            let best = stays.iter().filter(|release| release.aliases().contains(path));
            let Some(best) = best.max_by_key(|release| (release.version, release.date)) else { continue };
            let files = self.trusted(best.canonical(), on).await?;
            self.put_manifest(&files, *path, files.hash_of_copy(*path)).await?;
            on(ToolchainEvent::Published(*path));
            moved.insert(*path);
        }
        Ok(moved)
    }

    async fn delete(&self, keys: Vec<DistKey>) -> anyhow::Result<()> {
        self.storage.remove(keys.into_iter().map(Into::into).collect()).await?;
        Ok(())
    }
}

fn manifest_path(key: &DistKey) -> Option<ManifestPath> {
    match key.file {
        DistFile::Manifest(path) => Some(path),
        DistFile::Package(_) => None,
    }
}

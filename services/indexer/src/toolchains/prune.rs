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
    /// Folders of days that are too old and stay, because manifests at the top, of versions, point to them.
    pub pinned: BTreeSet<Date>,
    /// Those manifests.
    pub pinning: BTreeSet<ManifestPath>,
}

impl PrunedToolchains {
    /// What the operator may want to know of days that are too old and stay.
    pub fn remark(&self) -> Option<String> {
        let (first, days) = (self.pinning.first()?, self.pinned.len());
        let others = match self.pinning.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        Some(format!(
            "older days stay ({days}), because {first}{others} point to them; with `versions=N` in what to keep, only the N \
             newest versions keep their names"
        ))
    }
}

/// A file that goes.
type Going = (DistKey, u64);

/// Minor versions that would go, and the release of them that stays.
type Moves = Vec<(ManifestPath, Release)>;

impl ToolchainMirror {
    /// Deletes the days that are too old by `keep`, that are not those of `spare`, and that nothing which stays refers to.
    /// First nothing names them any more, and that is made durable; then their files go.
    pub async fn prune(
        &self,
        keep: &Keep,
        spare: &[ManifestPath],
        dry_run: bool,
        on: OnToolchainEvent<'_>,
    ) -> anyhow::Result<PrunedToolchains> {
        let (plan, moves) = self.plan_pruning(keep, spare).await?;
        let moved = |path: &ManifestPath| moves.iter().any(|(moved, _)| moved == path);
        let (pointers, packages) = self.files_of(&plan, moved).await?;
        let files = || pointers.iter().chain(&packages);
        let pruned = PrunedToolchains {
            files: files().count() as u64,
            bytes: files().map(|(_, bytes)| bytes).sum(),
            days: plan.days.clone(),
            manifests: plan.manifests.iter().filter(|path| !moved(path)).copied().collect(),
            pinned: plan.pinned,
            pinning: plan.pinning,
        };
        for path in &pruned.manifests {
            on(ToolchainEvent::Withdrawn(*path));
        }
        if !dry_run {
            self.move_on(moves, on).await?;
            self.delete(pointers.iter().map(|(key, _)| key.clone()).collect()).await?;
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

    /// What goes, and which minor versions move on to the newest patch release of them that stays. A manifest that cannot be
    /// read stops it all: nobody knows what it needs.
    async fn plan_pruning(&self, keep: &Keep, spare: &[ManifestPath]) -> anyhow::Result<(RetentionPlan, Moves)> {
        let mut inventory = Inventory::default();
        let (mut canonical, mut spared) = (Vec::new(), BTreeSet::new());
        for path in self.manifests().await? {
            let read = self.stored(path).await.context("nothing was deleted: not every manifest can be read");
            let manifest = read.hint("`romt toolchain download` mends it, or delete it by hand")?.manifest;
            inventory.add(path, &manifest);
            if manifest.release().canonical() == path {
                canonical.push(*manifest.release());
            }
            if spare.contains(&path) {
                spared.insert(manifest.release().date);
            }
        }
        let plan = inventory.prune(keep, &spared);
        canonical.retain(|release| !plan.days.contains(&release.date));
        let minor = plan.manifests.iter().filter(|path| matches!(path.name, ChannelName::Minor(_)));
        let moves = minor.filter_map(|path| {
            let patches = canonical.iter().filter(|release| release.aliases().contains(path));
            Some((*path, *patches.max_by_key(|release| (release.version, release.date))?))
        });
        let moves = moves.collect();
        Ok((plan, moves))
    }

    /// The files that go: those that name others, without what is `moved`, and the rest. What else is in the folders of days is not romt's, and
    /// stays.
    async fn files_of(
        &self,
        plan: &RetentionPlan,
        moved: impl Fn(&ManifestPath) -> bool,
    ) -> anyhow::Result<(Vec<Going>, Vec<Going>)> {
        let (mut pointers, mut packages) = (Vec::new(), Vec::new());
        for path in plan.manifests.iter().filter(|path| !moved(path)) {
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

    /// Gives minor versions that would go to a release that stays.
    async fn move_on(&self, moves: Moves, on: OnToolchainEvent<'_>) -> anyhow::Result<()> {
        for (path, release) in moves {
            let files = self.trusted(release.canonical(), on).await?;
            self.put_manifest(&files, path, files.hash_of_copy(path)).await?;
            on(ToolchainEvent::Published(path));
        }
        Ok(())
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

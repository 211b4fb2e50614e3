//! `download`: brings what is asked for of toolchains, and publishes them.

use std::collections::BTreeSet;

use anyhow::anyhow;
use romt_dist::{Download, DownloadPlan, ManifestPath, PackageFile, Release, Target};
use romt_runtime::Hint;
use romt_upstream::Client;
use url::Url;

use super::ToolchainMirror;
use super::events::{OnToolchainEvent, ToolchainCounts, ToolchainEvent};
use super::manifest_files::ManifestFiles;
use crate::fetching::{FetchRun, Fetching};

/// What `download` is told.
pub struct DownloadToolchains<'a> {
    /// The client for manifests and signatures.
    pub client: &'a Client,
    /// Upstream's `dist` folder.
    pub base: &'a Url,
    /// Where the fetchers are asked for packages.
    pub fetches: FetchRun,
    /// Which toolchains.
    pub paths: Vec<ManifestPath>,
    /// What of each.
    pub wanted: Download,
    /// Which packages whose files are all here are taken for right, and not read.
    pub trust: Trust,
    /// Whether nothing is brought, and only said what would be.
    pub dry_run: bool,
    /// No package may be larger, in bytes.
    pub max_size: u64,
    /// So many questions of one kind at once.
    pub num_jobs: usize,
}

/// What of a mirror is believed unread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// Nothing: every file is read.
    Nothing,
    /// What was made durable before it was published: all that was asked for before of a release whose manifest is in
    /// the folder of its day. A manifest without a day that upstream's hash file says is unchanged is not fetched.
    Published,
    /// Every package whose files are here.
    Everything,
}

/// Files that were brought before, for another toolchain.
pub(super) type Brought = BTreeSet<PackageFile>;

impl ToolchainMirror {
    /// Brings toolchains one after the other. One whose every file came is published before the next begins. One with
    /// files that could not be had is not: after all its files were tried, that is the error; what came stays, and the
    /// next download goes on from there.
    pub async fn download(
        &self,
        order: &DownloadToolchains<'_>,
        on: OnToolchainEvent<'_>,
    ) -> anyhow::Result<ToolchainCounts> {
        let mut counts = ToolchainCounts::default();
        let mut fetching = Fetching::new(&order.fetches);
        let mut before = Brought::new();
        for &path in &order.paths {
            on(ToolchainEvent::Begun(path));
            let files = self.obtain(order.client, order.base, path, order.trust, on).await?;
            let plan = self.plan(&files, order, on).await?;
            let wanted = new_files(&plan, &mut before, on);
            let all = wanted.len();
            let bad = if order.dry_run {
                self.measure(order, wanted, &mut counts, on).await?
            } else {
                let trusted = match order.trust {
                    Trust::Nothing => false,
                    Trust::Published => self.is_published(&files, plan.selection()).await?,
                    Trust::Everything => true,
                };
                let wanted = if trusted { self.incomplete(wanted, &mut counts, on).await? } else { wanted };
                on(ToolchainEvent::Fetching { files: wanted.len() });
                self.bring(order, wanted, &mut fetching, &mut counts, on).await?
            };
            if bad > 0 {
                let text = anyhow!("Aborting: {bad} of {all} files of {} could not be had", path.spec());
                return Err(text).hint("nothing of it was published; the next download keeps what came");
            }
            if !order.dry_run {
                // Whoever reads what was asked for may believe that it is here.
                self.storage.sync().await?;
                self.remember(files.manifest.release(), plan.selection()).await?;
                self.publish(&files, on).await?;
            }
        }
        Ok(counts)
    }

    /// What is wanted of one toolchain.
    async fn plan<'m>(
        &self,
        files: &'m ManifestFiles,
        order: &DownloadToolchains<'_>,
        on: OnToolchainEvent<'_>,
    ) -> anyhow::Result<DownloadPlan<'m>> {
        let manifest = &files.manifest;
        tell_components(&order.wanted.components.of_manifest(manifest), on);
        on(ToolchainEvent::Release(manifest.release()));
        let held = self.held(manifest).await?;
        let held = manifest.held_targets(|path| held.contains(path)).into_keys();
        let plan = order.wanted.plan(manifest, held)?;
        require_targets(&plan.targets, manifest.release())?;
        on(ToolchainEvent::Planned { packages: plan.matched, targets: &plan.targets });
        Ok(plan)
    }
}

/// Refuses where `*` was asked for and nothing is here of the release: nobody could use what would be made of it.
pub(super) fn require_targets(targets: &BTreeSet<Target>, release: &Release) -> anyhow::Result<()> {
    if !targets.is_empty() {
        return Ok(());
    }
    Err(anyhow!("no target of {release} is on disk"))
        .hint("`*` stands for what is here of this very release; name targets with `--target`")
}

/// Tells how components were understood, if any were chosen.
pub(super) fn tell_components(components: &romt_dist::Components, on: OnToolchainEvent<'_>) {
    if *components != romt_dist::Components::default() {
        on(ToolchainEvent::Components(components));
    }
}

/// The files that were not brought for another toolchain.
fn new_files(plan: &DownloadPlan<'_>, before: &mut Brought, on: OnToolchainEvent<'_>) -> Vec<PackageFile> {
    let mut new = Vec::new();
    for file in plan.files() {
        if before.insert(file.clone()) {
            new.push(file.clone());
        } else {
            on(ToolchainEvent::Duplicate(&super::side_cars::content_key(file)));
        }
    }
    new
}

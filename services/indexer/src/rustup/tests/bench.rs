//! A mirror, the upstream it is filled from, and a fetcher between them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use romt_bus::messages::{FetchBatch, FetchItem, FetchOutcome, FetchSettled};
use romt_bus::{BusHandle, MemoryBus};
use romt_dist::{RustupKey, RustupSpec, TargetSelection};
use romt_storage::{Storage, StorageKey};
use romt_types::Digest;
use romt_upstream::{Client, ClientConfig};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use url::Url;

use crate::fetching::FetchRun;
use crate::rustup::*;

pub(crate) const LINUX: &str = "x86_64-unknown-linux-gnu";
pub(crate) const WINDOWS: &str = "x86_64-pc-windows-msvc";
pub(crate) const DARWIN: &str = "aarch64-apple-darwin";

/// Both ends, in a folder of their own.
pub(crate) struct Bench {
    folder: TempDir,
    bus: BusHandle,
    fetcher: JoinHandle<()>,
    client: Client,
    pub(crate) mirror: RustupMirror,
    /// What was told, a line each.
    pub(crate) told: Vec<String>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let roots = RustupRoots::new(folder.path().join("mirror/rustup"));
        let bus = BusHandle::new(Arc::new(MemoryBus::new()));
        let fetcher = tokio::spawn(fetch(bus.clone(), roots.dest().to_owned()));
        let client = Client::new(ClientConfig { local_files: true, ..ClientConfig::default() }).unwrap();
        Self { bus, fetcher, client, mirror: RustupMirror::open(roots).unwrap(), folder, told: Vec::new() }
    }

    pub(crate) fn upstream(&self) -> PathBuf {
        self.folder.path().join("up")
    }

    pub(crate) fn dest(&self) -> PathBuf {
        self.mirror.roots().dest().to_owned()
    }

    /// Upstream releases a version for targets. Windows gets a hash file without a name, as it really has.
    pub(crate) fn release(&self, version: &str, targets: &[&str]) {
        fs::create_dir_all(self.upstream()).unwrap();
        publish(&self.upstream(), version, targets);
        let pointer = format!("schema-version = '1'\nversion = '{version}'\n");
        fs::write(self.upstream().join("release-stable.toml"), pointer).unwrap();
    }

    pub(crate) async fn download(&mut self, specs: &str, targets: &str) -> anyhow::Result<RustupCounts> {
        self.download_as(specs, targets, false).await
    }

    /// Downloads, and publishes what came whole, as the command does.
    pub(crate) async fn download_as(
        &mut self,
        specs: &str,
        targets: &str,
        assume_ok: bool,
    ) -> anyhow::Result<RustupCounts> {
        let base = Url::from_file_path(self.upstream()).unwrap();
        let order = DownloadRustup {
            client: &self.client,
            base: &base,
            fetches: FetchRun::new(self.bus.clone(), "run-1".parse().unwrap()),
            specs: &RustupSpec::parse_list([specs]).unwrap(),
            targets: &TargetSelection::parse_list([targets]).unwrap(),
            assume_ok,
            num_jobs: 3,
            max_size: 1_000,
        };
        let told = &mut self.told;
        told.clear();
        let done = self.mirror.download(&order, &mut |event| told.extend(line(event))).await?;
        if done.counts.bad == 0 {
            self.mirror.fixup(&done.releases, &mut |event| told.extend(line(event))).await?;
        }
        Ok(done.counts)
    }

    pub(crate) async fn fixup(&mut self, specs: &str) -> anyhow::Result<()> {
        let releases = self.mirror.expand(&RustupSpec::parse_list([specs])?).await?;
        let told = &mut self.told;
        told.clear();
        self.mirror.fixup(&releases, &mut |event| told.extend(line(event))).await
    }

    pub(crate) async fn verify(&mut self, specs: &str, targets: &str) -> anyhow::Result<RustupCounts> {
        let releases = self.planned(specs, targets).await?;
        let told = &mut self.told;
        told.clear();
        self.mirror.verify(&releases, &mut |event| told.extend(line(event))).await
    }

    pub(crate) async fn planned(&self, specs: &str, targets: &str) -> anyhow::Result<Vec<ReleaseTargets>> {
        let releases = self.mirror.expand(&RustupSpec::parse_list([specs])?).await?;
        self.mirror.plan(&releases, &TargetSelection::parse_list([targets])?).await
    }

    /// What `list` finds: each release and its targets.
    pub(crate) async fn list(&self, specs: &str) -> anyhow::Result<Vec<String>> {
        let listed = self.mirror.list(&RustupSpec::parse_list([specs])?).await?;
        let line = |release: &ReleaseTargets| {
            let targets = release.targets.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
            format!("{} {}: {targets}", release.spec, release.version)
        };
        Ok(listed.iter().map(line).collect())
    }

    /// All files of the mirror, and folders without any.
    pub(crate) fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        walk(&self.dest(), "", &mut found);
        found.sort();
        found
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.fetcher.abort();
    }
}

/// Puts a release below a folder.
pub(crate) fn publish(root: &Path, version: &str, targets: &[&str]) {
    for target in targets {
        let key: RustupKey =
            RustupKey::Archive { version: version.parse().unwrap(), target: target.parse().unwrap(), hash: false };
        let (path, content) = (root.join(key.to_string()), format!("{version} for {target}"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &content).unwrap();
        let digest = Digest::of(content.as_bytes());
        let hash = if target.contains("windows") { format!("{digest}") } else { format!("{digest} *./rustup-init\n") };
        fs::write(format!("{}.sha256", path.display()), hash).unwrap();
    }
}

fn walk(folder: &Path, name: &str, found: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let before = found.len();
    for entry in entries {
        let entry = entry.unwrap();
        let name = format!("{name}/{}", entry.file_name().display());
        if entry.file_type().unwrap().is_dir() {
            walk(&entry.path(), &name, found);
        } else {
            found.push(name[1..].to_owned());
        }
    }
    if found.len() == before && !name.is_empty() {
        found.push(format!("{}/", &name[1..]));
    }
}

/// What tests look at; how many files are asked for is for bars.
fn line(event: RustupEvent<'_>) -> Option<String> {
    Some(match event {
        RustupEvent::Fetching { .. } => return None,
        RustupEvent::Begun(release) => format!("{} is {} for {}", release.spec, release.version, release.targets.len()),
        RustupEvent::Downloaded { key, .. } => format!("downloaded {key}"),
        RustupEvent::Cached(key) => format!("cached {key}"),
        RustupEvent::AssumedOk(key) => format!("assumed {key}"),
        RustupEvent::Verified(key) => format!("verified {key}"),
        RustupEvent::Bad { key, reason } => format!("bad {key}: {reason}"),
        RustupEvent::Lacking { version, targets } => format!("{} lacking of {version}", targets.len()),
        RustupEvent::Pointed(version) => format!("pointed to {version}"),
        RustupEvent::Copied(version) => format!("copied {version}"),
    })
}

/// Does what fetchers do, with files of this machine.
async fn fetch(bus: BusHandle, dest: PathBuf) {
    loop {
        let delivery = bus.next_job::<FetchBatch>().await.unwrap();
        let FetchBatch { run, batch, items } = delivery.job.clone();
        let storage = Storage::rustup_folder(&dest).unwrap();
        let mut outcomes = Vec::new();
        for item in items {
            outcomes.push(bring(&storage, item).await.unwrap_or_else(|reason| FetchOutcome::Failed { reason }));
        }
        bus.submit(&FetchSettled { run, batch, outcomes }).await.unwrap();
        delivery.done().await.unwrap();
    }
}

async fn bring(storage: &Storage, item: FetchItem) -> Result<FetchOutcome, String> {
    let key: StorageKey = item.key.parse().map_err(|e| format!("{e}"))?;
    if storage.digest(&key).await.unwrap() == Some(item.digest) {
        return Ok(FetchOutcome::Present);
    }
    let path = Url::parse(&item.url).unwrap().to_file_path().unwrap();
    let mut writer = storage.writer(key.clone(), item.digest, item.limit);
    // A transfer leaves its folder even where it fails.
    fs::create_dir_all(dest_of(storage, &key).parent().unwrap()).unwrap();
    let content = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    writer.write(content.into()).await.map_err(|e| e.to_string())?;
    writer.finish().await.map(|bytes| FetchOutcome::Downloaded { bytes }).map_err(|e| e.to_string())
}

fn dest_of(storage: &Storage, key: &StorageKey) -> PathBuf {
    storage.as_folder().unwrap().join(key.to_string())
}

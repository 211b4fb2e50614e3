//! A mirror, an upstream, and somebody who answers for the fetchers.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use romt_bus::messages::{FetchBatch, FetchItem, FetchOutcome, FetchSettled};
use romt_bus::{BusHandle, MemoryBus};
use romt_dist::testing::{SampleRelease, SigningKey};
use romt_dist::{ComponentChoice, Download, Keyring, ManifestPath, TargetSelection, ToolchainSpec};
use romt_indexer::FetchRun;
use romt_indexer::toolchains::{
    DownloadToolchains, SignaturePolicy, ToolchainCounts, ToolchainEvent, ToolchainMirror, ToolchainRoots, Trust,
};
use romt_runtime::one_line;
use romt_storage::{Storage, StorageKey};
use romt_upstream::{Answer, Client, ClientConfig, RetryPolicy};
use tempfile::TempDir;
use url::Url;

use crate::upstream::Upstream;

pub(crate) const LINUX: &str = "x86_64-unknown-linux-gnu";
pub(crate) const MUSL: &str = "x86_64-unknown-linux-musl";
pub(crate) const DAY: &str = "2024-02-08";

pub(crate) fn stable() -> SampleRelease {
    SampleRelease::stable("1.76.0", DAY)
}

/// The file of a package for Linux in the release of [`stable`].
pub(crate) fn package(name: &str) -> String {
    format!("{DAY}/{name}-1.76.0-{LINUX}.tar.xz")
}

pub(crate) struct Lab {
    pub(crate) upstream: Upstream,
    pub(crate) client: Client,
    bus: BusHandle,
    folder: TempDir,
    policy: SignaturePolicy,
}

/// What a call of `download` says beside SPEC and TARGET.
#[derive(Clone)]
pub(crate) struct Options {
    pub(crate) components: Vec<&'static str>,
    pub(crate) profile: Option<romt_dist::Profile>,
    pub(crate) cross: bool,
    pub(crate) trust: Trust,
    pub(crate) dry_run: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { components: Vec::new(), profile: None, cross: false, trust: Trust::Nothing, dry_run: false }
    }
}

impl Lab {
    /// Signatures are off.
    pub(crate) async fn new() -> Self {
        Self::with(SignaturePolicy::Off).await
    }

    pub(crate) async fn with(policy: SignaturePolicy) -> Self {
        let retry = RetryPolicy { base: Duration::from_millis(1), attempts: 2, ..RetryPolicy::default() };
        let client = Client::new(ClientConfig { retry, local_files: true, ..ClientConfig::default() }).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let bus = BusHandle::new(Arc::new(MemoryBus::new()));
        let lab = Self { upstream: Upstream::start().await, client, bus, folder, policy };
        let storage = Storage::dist_folder(&lab.dest()).unwrap();
        tokio::spawn(fetch(lab.bus.clone(), storage, lab.client.clone()));
        lab
    }

    /// The same mirror, and signatures count so.
    pub(crate) fn with_policy(self, policy: SignaturePolicy) -> Self {
        Self { policy, ..self }
    }

    pub(crate) fn dest(&self) -> PathBuf {
        self.folder.path().join("dist")
    }

    pub(crate) async fn mirror(&self) -> ToolchainMirror {
        self.mirror_with(self.policy.clone()).await
    }

    pub(crate) async fn mirror_with(&self, policy: SignaturePolicy) -> ToolchainMirror {
        ToolchainMirror::open(ToolchainRoots::new(self.dest()), policy).await.unwrap()
    }

    pub(crate) async fn download(&self, specs: &str, target: &str) -> Outcome<ToolchainCounts> {
        self.download_with(specs, target, Options::default()).await
    }

    pub(crate) async fn download_with(&self, specs: &str, target: &str, options: Options) -> Outcome<ToolchainCounts> {
        self.download_all(&self.upstream.base(), specs, target, options).await
    }

    pub(crate) async fn download_from(&self, base: &Url, specs: &str, target: &str) -> Outcome<ToolchainCounts> {
        self.download_all(base, specs, target, Options::default()).await
    }

    async fn download_all(&self, base: &Url, specs: &str, target: &str, options: Options) -> Outcome<ToolchainCounts> {
        let order = DownloadToolchains {
            client: &self.client,
            base,
            fetches: FetchRun::new(self.bus.clone(), format!("run-{}", rand()).parse().unwrap()),
            paths: exact(specs),
            wanted: Download {
                targets: targets(target),
                components: ComponentChoice::parse_list(options.components),
                profile: options.profile,
                cross: options.cross,
            },
            trust: options.trust,
            dry_run: options.dry_run,
            max_size: 1 << 20,
            num_jobs: 4,
        };
        let mut told = Vec::new();
        let result = self.mirror().await.download(&order, &mut |event| told.push(line(event))).await;
        Outcome { result: result.map_err(|error| one_line(error.as_ref())), told }
    }

    pub(crate) async fn verify(&self, specs: &str, target: &str) -> Outcome<ToolchainCounts> {
        let (mut told, mirror) = (Vec::new(), self.mirror().await);
        let on = &mut |event: ToolchainEvent<'_>| told.push(line(event));
        let result = mirror.verify(&exact(specs), &targets(target), &ComponentChoice::default(), on).await;
        Outcome { result: result.map_err(|error| one_line(error.as_ref())), told }
    }

    pub(crate) async fn fixup(&self, specs: &str) -> Outcome<()> {
        let (mut told, mirror) = (Vec::new(), self.mirror().await);
        let paths = mirror.expand(&ToolchainSpec::parse_list([specs]).unwrap()).await.unwrap();
        let result = mirror.fixup(&paths, &mut |event| told.push(line(event))).await;
        Outcome { result: result.map_err(|error| one_line(error.as_ref())), told }
    }

    pub(crate) async fn pack(&self, specs: &str, target: &str) -> Result<Vec<String>, String> {
        let (mirror, none) = (self.mirror().await, ComponentChoice::default());
        let members = mirror.plan_packing(&exact(specs), &targets(target), &none, &mut |_| {}).await;
        let members = members.map_err(|error| one_line(error.as_ref()))?;
        Ok(members.iter().map(ToString::to_string).collect())
    }

    /// Every file of the mirror by its path below `dist`.
    pub(crate) fn files(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        collect(&self.dest(), &self.dest(), &mut found);
        found
    }

    /// The manifests among them, without what lies beside.
    pub(crate) fn manifests(&self) -> Vec<String> {
        self.files().into_iter().filter(|file| file.ends_with(".toml")).collect()
    }

    /// The packages among them, by the names of their files.
    pub(crate) fn packages(&self) -> Vec<String> {
        let files = self.files();
        let packages = files.iter().filter_map(|file| file.strip_suffix(".tar.xz"));
        packages.map(|file| file.rsplit('/').next().unwrap().to_owned()).collect()
    }

    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.dest().join(file)).unwrap()
    }

    pub(crate) fn write(&self, file: &str, text: impl AsRef<[u8]>) {
        let path = self.dest().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn delete(&self, file: &str) {
        fs::remove_file(self.dest().join(file)).unwrap();
    }
}

/// What a verb returned, and what it told.
pub(crate) struct Outcome<T> {
    pub(crate) result: Result<T, String>,
    pub(crate) told: Vec<String>,
}

impl<T: std::fmt::Debug> Outcome<T> {
    #[track_caller]
    pub(crate) fn good(self) -> T {
        self.result.unwrap_or_else(|error| panic!("{error}\n{:#?}", self.told))
    }

    #[track_caller]
    pub(crate) fn error(&self) -> &str {
        self.result.as_ref().unwrap_err()
    }

    /// Whether something was told that has this in it.
    pub(crate) fn tells(&self, part: &str) -> bool {
        self.told.iter().any(|line| line.contains(part))
    }
}

/// An event as a line that tests can look for.
pub(crate) fn line(event: ToolchainEvent<'_>) -> String {
    match event {
        ToolchainEvent::Begun(path) => format!("begun {}", path.spec()),
        ToolchainEvent::Release(release) => format!("release {release}"),
        ToolchainEvent::Planned { packages, targets } => {
            format!("packages: {packages}, targets: {}", targets.len())
        }
        ToolchainEvent::Fetching { files } => format!("fetching {files}"),
        ToolchainEvent::Downloaded { key, .. } => format!("downloaded {key}"),
        ToolchainEvent::Cached(key) => format!("cached {key}"),
        ToolchainEvent::AssumedOk(key) => format!("assumed ok {key}"),
        ToolchainEvent::Duplicate(key) => format!("duplicate {key}"),
        ToolchainEvent::Verified(key) => format!("verified {key}"),
        ToolchainEvent::HashWritten(key) => format!("hash {key}"),
        ToolchainEvent::Missing { key, size } => format!("missing {key} {size:?}"),
        ToolchainEvent::Published(path) => format!("published {path}"),
        ToolchainEvent::Withdrawn(path) => format!("withdrawn {path}"),
        ToolchainEvent::Pruned { key, .. } => format!("pruned {key}"),
        ToolchainEvent::Bad { key, reason } => format!("bad {key}: {reason}"),
        ToolchainEvent::Warning(text) => format!("warning {text}"),
        ToolchainEvent::Components(components) => format!("{components:?}"),
    }
}

pub(crate) fn exact(specs: &str) -> Vec<ManifestPath> {
    ToolchainSpec::exact(&ToolchainSpec::parse_list([specs]).unwrap()).unwrap()
}

pub(crate) fn targets(list: &str) -> TargetSelection {
    TargetSelection::parse_list([list]).unwrap()
}

/// A keyring with one key.
pub(crate) fn keyring(key: &SigningKey) -> Arc<Keyring> {
    let mut keyring = Keyring::empty();
    keyring.add(&key.public()).unwrap();
    Arc::new(keyring)
}

fn rand() -> u32 {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

fn collect(top: &Path, folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(top, &path, found);
        } else {
            found.insert(path.strip_prefix(top).unwrap().to_str().unwrap().to_owned());
        }
    }
}

/// Answers batches as a fetcher does, one after the other.
async fn fetch(bus: BusHandle, storage: Storage, client: Client) {
    loop {
        let delivery = bus.next_job::<FetchBatch>().await.unwrap();
        let mut outcomes = Vec::new();
        for item in &delivery.job.items {
            let outcome = bring(item, &storage, &client).await;
            outcomes.push(outcome.unwrap_or_else(|reason| FetchOutcome::Failed { reason }));
        }
        let FetchBatch { run, batch, .. } = delivery.job.clone();
        bus.submit(&FetchSettled { run, batch, outcomes }).await.unwrap();
        delivery.done().await.unwrap();
    }
}

async fn bring(item: &FetchItem, storage: &Storage, client: &Client) -> Result<FetchOutcome, String> {
    let key: StorageKey = item.key.parse().unwrap();
    if storage.digest(&key).await.map_err(|e| one_line(&e))? == Some(item.digest) {
        return Ok(FetchOutcome::Present);
    }
    let answer = client.get(&item.url.parse().unwrap(), None, item.limit).await.map_err(|e| one_line(&e))?;
    let Answer::Body { bytes, .. } = answer else { return Err(format!("{} is not there", item.url)) };
    let mut writer = storage.writer(key, item.digest, item.limit);
    writer.write(bytes).await.map_err(|e| one_line(&e))?;
    writer.finish().await.map(|bytes| FetchOutcome::Downloaded { bytes }).map_err(|e| one_line(&e))
}

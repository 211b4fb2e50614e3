//! Upstream's index files: asked for over the sparse protocol, kept in the repository.

mod refresh;
mod store;

use std::collections::{BTreeMap, HashSet};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use romt_index::{BlobId, RegistryConfig};
use romt_types::CrateName;
use romt_upstream::{Answer, Validators};

use crate::repository::SharedRepository;
use crate::state::{CachedConfig, State};
use crate::{Config, Context};
use store::BlobStore;

/// Upstream's index files as this run knows them.
#[derive(Debug)]
pub(crate) struct UpstreamIndex {
    config: Config,
    client: romt_upstream::Client,
    blobs: BlobStore,
    /// What is remembered of them; saved by the one who owns the run.
    pub(crate) state: State,
    /// Whether to ask about every file once more, however lately it was asked about.
    refresh: bool,
    /// What was asked for in this run, by the crate's name in lower case: fresh whatever the settings.
    asked: HashSet<String>,
    /// Files that could not be had in this run, by the crate's name in lower case, and why.
    failures: BTreeMap<String, String>,
}

/// `config.json` is a few hundred bytes.
const CONFIG_LIMIT: u64 = 64 * 1024;

impl UpstreamIndex {
    /// The files that `state` remembers.
    pub(crate) fn new(context: &Context, repository: SharedRepository, state: State, refresh: bool) -> Self {
        Self { blobs: BlobStore::new(repository), refresh, ..Self::read_only(context, None, state) }
    }

    /// The same, for looking only: what is asked for stays in memory.
    pub(crate) fn read_only(context: &Context, repository: Option<SharedRepository>, state: State) -> Self {
        Self {
            config: context.config.clone(),
            client: context.client.clone(),
            blobs: BlobStore::read_only(repository),
            state,
            refresh: false,
            asked: HashSet::new(),
            failures: BTreeMap::new(),
        }
    }

    /// Where upstream's files are.
    pub(crate) async fn registry(&mut self) -> anyhow::Result<RegistryConfig> {
        if let Some(cached) = self.state.config.as_ref().filter(|cached| self.is_fresh(cached.asked)) {
            return RegistryConfig::parse(cached.json.as_bytes()).with_context(|| self.unusable());
        }
        let url = self.config.index_url.config();
        let answer = self.client.get(&url, None, CONFIG_LIMIT).await;
        let answer = answer.with_context(|| format!("cannot reach the upstream index {}", self.config.index_url))?;
        let Answer::Body { bytes, .. } = answer else {
            return Err(anyhow::anyhow!("it has no config.json")).with_context(|| self.unusable());
        };
        let registry = RegistryConfig::parse(&bytes).with_context(|| self.unusable())?;
        let json = String::from_utf8_lossy(&bytes).into_owned();
        self.state.config = Some(CachedConfig { json, asked: now() });
        Ok(registry)
    }

    /// The index file of a crate as it was last seen; `None` if upstream has none, or it was never seen.
    pub(crate) async fn file(&mut self, name: &CrateName) -> anyhow::Result<Option<Vec<u8>>> {
        let key = name.lowercase();
        let Some(blob) = self.blob(&key) else { return Ok(None) };
        let bytes = self.blobs.read(blob).await?;
        if bytes.is_none() {
            self.state.files.remove(&key);
            self.failures.insert(key, "its index file was lost here; the next run asks for it again".to_owned());
        }
        Ok(bytes)
    }

    /// The blob of a crate's index file as it was last seen.
    pub(crate) fn blob(&self, lowercase: &str) -> Option<BlobId> {
        self.state.files.get(lowercase)?.blob.as_ref()?.parse().ok()
    }

    /// Whether upstream said that it has no such file.
    pub(crate) fn is_absent(&self, lowercase: &str) -> bool {
        self.state.files.get(lowercase).is_some_and(|file| file.blob.is_none())
    }

    /// Why a file could not be had in this run.
    pub(crate) fn failure(&self, lowercase: &str) -> Option<&str> {
        self.failures.get(lowercase).map(String::as_str)
    }

    /// All files that could not be had in this run, and why.
    pub(crate) fn failures(&self) -> impl Iterator<Item = (&String, &String)> {
        self.failures.iter()
    }

    /// A file has lines that cannot be read: the next run asks for it again, and not only whether it has changed.
    pub(crate) fn distrust(&mut self, lowercase: &str) {
        if let Some(file) = self.state.files.get_mut(lowercase) {
            file.validators = Validators::default();
            file.asked = 0;
        }
    }

    /// Puts the new files into the repository, where they can be read.
    pub(crate) async fn write_out(&mut self) -> anyhow::Result<()> {
        self.blobs.write_out().await
    }

    /// Makes the new files part of what the repository keeps.
    pub(crate) async fn keep(&mut self) -> anyhow::Result<()> {
        self.blobs.keep().await
    }

    /// Forgets the files of crates that `wanted` does not pick.
    pub(crate) fn forget(&mut self, wanted: impl Fn(&str) -> bool) {
        self.state.files.retain(|name, _| {
            let keep = wanted(name);
            if !keep && let Ok(name) = name.parse::<CrateName>() {
                self.blobs.forget(name.index_path());
            }
            keep
        });
    }

    fn unusable(&self) -> String {
        format!("{} cannot be used as the upstream index", self.config.index_url)
    }

    fn is_fresh(&self, asked: u64) -> bool {
        let age = now().saturating_sub(asked);
        // A clock that was set back must not make files fresh for years.
        let future = asked > now().saturating_add(60);
        !self.refresh && !future && age < self.config.index_max_age.as_secs()
    }
}

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

//! What the indexer is told and given.

use std::path::PathBuf;
use std::time::Duration;

use romt_bus::BusHandle;
use romt_dist::{Download, Keep, ManifestPath, RustupSpec, TargetSelection};
use romt_index::{Selection, SparseUrl};
use romt_storage::Storage;
use romt_upstream::Client;
use url::Url;

use crate::Term;
use crate::rustup::{RustupMirror, RustupRoots};
use crate::toolchains::{SignaturePolicy, ToolchainMirror, ToolchainRoots};

/// What the indexer is told.
#[derive(Debug, Clone)]
pub struct Config {
    /// Which crates the mirror is to hold.
    pub selection: Selection,
    /// Which toolchains; none: they are left alone.
    pub toolchains: Option<ToolchainsConfig>,
    /// Which releases of rustup; none: they are left alone.
    pub rustup: Option<RustupConfig>,
    /// The upstream index.
    pub index_url: SparseUrl,
    /// Index files asked about within this time are not asked about again.
    pub index_max_age: Duration,
    /// No crate file may be larger, in bytes.
    pub max_crate_size: u64,
    /// If more published versions than this vanish from upstream's index in one run, they are not believed gone.
    pub max_removals: u64,
    /// The index repository: `<mirror>/git/crates.io-index`.
    pub repository: PathBuf,
    /// Whether the mirror is filled from archives: it is made ready for them at the start.
    pub import: bool,
    /// How much the signatures of toolchains count that are exported or admitted.
    pub signatures: SignaturePolicy,
    /// Where the indexer remembers things between runs: `<mirror>/.romt`.
    pub state: PathBuf,
}

impl Config {
    /// Whether there is anything that a sync would bring.
    pub fn selects_anything(&self) -> bool {
        let toolchains = self.toolchains.as_ref().is_some_and(|toolchains| !toolchains.paths.is_empty());
        !self.selection.is_empty() || toolchains || self.rustup.is_some()
    }
}

/// Which toolchains the mirror is to hold.
#[derive(Debug, Clone)]
pub struct ToolchainsConfig {
    /// Which; none where only [`keep`](Self::keep) counts.
    pub paths: Vec<ManifestPath>,
    /// What of each.
    pub wanted: Download,
    /// The address of upstream's `dist/`.
    pub url: Url,
    /// How much signatures count.
    pub signatures: SignaturePolicy,
    /// How much is left of older days; nothing is taken away without it.
    pub keep: Option<Keep>,
    /// Hashes and signatures asked for at once.
    pub num_jobs: usize,
    /// No package may be larger, in bytes.
    pub max_size: u64,
    /// The folder of toolchains: `<mirror>/dist`. Of no meaning where the store is no folder.
    pub dest: PathBuf,
}

impl ToolchainsConfig {
    /// The mirror of toolchains.
    pub(crate) async fn open(&self, context: &Context) -> anyhow::Result<ToolchainMirror> {
        if context.storage.as_folder().is_none() {
            return ToolchainMirror::of(&context.storage, &context.config.state, self.signatures.clone()).await;
        }
        ToolchainMirror::open(ToolchainRoots::new(self.dest.clone()), self.signatures.clone()).await
    }
}

/// Which releases of rustup the mirror is to hold.
#[derive(Debug, Clone)]
pub struct RustupConfig {
    /// Which.
    pub specs: Vec<RustupSpec>,
    /// For which targets.
    pub targets: TargetSelection,
    /// The address of upstream's `rustup/`.
    pub url: Url,
    /// Hashes asked for at once.
    pub num_jobs: usize,
    /// No program may be larger, in bytes.
    pub max_size: u64,
    /// The folder of releases: `<mirror>/rustup`. Of no meaning where the store is no folder.
    pub dest: PathBuf,
}

impl RustupConfig {
    /// The mirror of rustup.
    pub(crate) fn open(&self, context: &Context) -> anyhow::Result<RustupMirror> {
        if context.storage.as_folder().is_none() {
            return RustupMirror::of(&context.storage, &context.config.state);
        }
        RustupMirror::open(RustupRoots::new(self.dest.clone()))
    }
}

/// What the indexer is given.
#[derive(Debug, Clone)]
pub struct Context {
    /// What it is told.
    pub config: Config,
    /// How it talks to the others.
    pub bus: BusHandle,
    /// The mirror's files.
    pub storage: Storage,
    /// How it asks upstream.
    pub client: Client,
    /// Its time in the role. [`Candidate`](crate::Candidate) gives another one than the default.
    pub term: Term,
}

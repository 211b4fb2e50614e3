//! What the indexer is told and given.

use std::path::PathBuf;
use std::time::Duration;

use romt_bus::BusHandle;
use romt_index::{Selection, SparseUrl};
use romt_storage::Storage;
use romt_upstream::Client;

/// What the indexer is told.
#[derive(Debug, Clone)]
pub struct Config {
    /// What the mirror is to hold.
    pub selection: Selection,
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
    /// Where the indexer remembers things between runs: `<mirror>/.romt`.
    pub state: PathBuf,
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
}

//! What a fetcher needs.

use romt_bus::BusHandle;
use romt_storage::Storage;
use romt_upstream::Client;

/// The fetcher's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Files in work at once, 1 or more.
    pub num_jobs: usize,
    /// Transfers at once with one host that all fetchers on the bus have together; `None`: this is the only one, and the
    /// client's own limit counts.
    pub shared_host_limit: Option<usize>,
}

impl Default for Config {
    fn default() -> Self {
        Self { num_jobs: 16, shared_host_limit: None }
    }
}

/// What the fetcher works with.
#[derive(Debug, Clone)]
pub struct Context {
    /// Its settings.
    pub config: Config,
    /// Where jobs come from and answers go to.
    pub bus: BusHandle,
    /// Where files go.
    pub storage: Storage,
    /// Whom to ask for them.
    pub client: Client,
}

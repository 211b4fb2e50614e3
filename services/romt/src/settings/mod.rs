//! From options, environment and `romt.toml` to what the services are built from.

mod archives;
mod arguments;
mod bus;
mod deployment;
mod keyring;
mod krate;
mod rustup;
mod targets;
mod toolchains;
mod transfers;
mod upstream_folder;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use romt_index::{CrateRequest, Selection, SparseUrl, VersionChoice};
use romt_runtime::settings::keys::{
    BIND, CONTACT, CRATE, EVERY, HOST_LIMIT, INDEX_MAX_AGE, INDEX_URL, LOCKFILE, MANIFEST, MAX_CRATE_SIZE,
    MAX_REMOVALS, MIRROR, NUM_JOBS, PORT, RETRIES, RETRY_BUDGET, SERVER_URL, TARGET, TIMEOUT, VERSIONS,
};
use romt_runtime::settings::{Arguments, Reader, Recorded, SettingsError, SettingsFile, values};
use romt_server::BaseUrl;
use romt_types::ByteSize;
use romt_upstream::{ClientConfig, RetryPolicy, defaults};

pub(crate) use archives::{ExportSettings, check_signature};
pub(crate) use bus::bus_address;
pub(crate) use deployment::{FetcherSettings, IndexerSettings, PackerSettings, ServerSettings, ServiceSettings, admin};
pub(crate) use keyring::add_keys;
pub(crate) use krate::CrateUpstream;
pub(crate) use targets::targets;
pub(crate) use transfers::Transfers;
pub(crate) use upstream_folder::UpstreamFolder;

use crate::cli::{CommonOptions, ExplainOptions, PruneOptions, ServeHereOptions, UpOptions};

/// What `romt up` needs to know.
#[derive(Debug)]
pub(crate) struct UpSettings {
    pub(crate) sync: SyncSettings,
    pub(crate) server: romt_server::Config,
    /// The pause between two syncs; none: one sync.
    pub(crate) every: Option<Duration>,
    /// What is written for other mirrors.
    pub(crate) export: Option<ExportSettings>,
    /// What the mirror is filled from, if not from upstream.
    pub(crate) import: Option<romt_packer::InboxConfig>,
}

/// What a run needs to know, whoever asks for it.
#[derive(Debug)]
pub(crate) struct SyncSettings {
    pub(crate) mirror: PathBuf,
    pub(crate) client: ClientConfig,
    pub(crate) fetcher: romt_fetcher::Config,
    pub(crate) indexer: romt_indexer::Config,
}

/// What `romt serve` needs to know.
#[derive(Debug)]
pub(crate) struct ServeSettings {
    pub(crate) mirror: PathBuf,
    /// The git repository of its index.
    pub(crate) repository: PathBuf,
    pub(crate) server: romt_server::Config,
}

impl UpSettings {
    pub(crate) fn read(options: &UpOptions) -> Result<Self, SettingsError> {
        read(options.into(), &options.common, |reader| {
            let sync = sync(reader);
            let server = server(reader, None);
            let every = reader.optional(&EVERY, values::duration);
            let export = archives::export(reader, &options.archives);
            let mut sync = sync?;
            let (wanted, crate_size) = (options.archives.import.is_some(), sync.indexer.max_crate_size);
            let import = archives::import(reader, wanted, &sync.mirror, crate_size)?;
            sync.indexer.import = import.is_some();
            Ok(Self { sync, server: server?, every: every?, export: export?, import })
        })
    }
}

impl SyncSettings {
    pub(crate) fn for_prune(options: &PruneOptions) -> Result<Self, SettingsError> {
        read(options.into(), &options.common, sync)
    }

    pub(crate) fn for_explain(options: &ExplainOptions) -> Result<Self, SettingsError> {
        read(options.into(), &options.common, sync)
    }
}

impl ServeSettings {
    pub(crate) fn read(options: &ServeHereOptions) -> Result<Self, SettingsError> {
        read(options.into(), &options.common, |reader| {
            let mirror = reader.path_or(&MIRROR, ServeHereOptions::MIRROR);
            let server = server(reader, Some(ServeHereOptions::BIND));
            let mirror = mirror?;
            Ok(Self { repository: repository(&mirror), mirror, server: server? })
        })
    }
}

/// Where settings are looked for if nobody says.
const FILE: &str = "romt.toml";

/// The variable that says where, if no option does: a container sets it once, also for what is called in it later.
const FILE_VARIABLE: &str = "ROMT_CONFIG";

fn read<T>(
    arguments: Arguments,
    common: &CommonOptions,
    values: impl FnOnce(&mut Reader<'_>) -> Result<T, Recorded>,
) -> Result<T, SettingsError> {
    let from_environment = || std::env::var_os(FILE_VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
    let file = match common.config.clone().or_else(from_environment) {
        Some(path) => SettingsFile::load(&path),
        None if Path::new(FILE).exists() => SettingsFile::load(Path::new(FILE)),
        None => SettingsFile::default(),
    };
    let mut reader = Reader::new(arguments, &|name| std::env::var_os(name), file);
    let values = values(&mut reader);
    reader.finish(values)
}

fn server(reader: &mut Reader<'_>, bind: Option<&str>) -> Result<romt_server::Config, Recorded> {
    let bind = match bind {
        Some(default) => reader.value_or(&BIND, default, values::text),
        None => reader.value(&BIND, values::text),
    };
    let port = reader.value(&PORT, values::port);
    let server_url = reader.optional(&SERVER_URL, str::parse::<BaseUrl>);
    Ok(romt_server::Config { bind: bind?, port: port?, server_url: server_url? })
}

fn sync(reader: &mut Reader<'_>) -> Result<SyncSettings, Recorded> {
    let mirror = reader.path(&MIRROR);
    let jobs = reader.value(&NUM_JOBS, values::count);
    let timeout = reader.value(&TIMEOUT, values::seconds);
    let client = client(reader, jobs, timeout);
    // Not known yet if the folder is not, but the other values are still to be read.
    let indexer = indexer(reader, mirror.as_deref().unwrap_or(Path::new("")), jobs.map_or(1, usize::from));
    Ok(SyncSettings {
        mirror: mirror?,
        client: client?,
        fetcher: romt_fetcher::Config { num_jobs: jobs?.get(), shared_host_limit: None },
        indexer: indexer?,
    })
}

fn client(
    reader: &mut Reader<'_>,
    jobs: Result<NonZeroUsize, Recorded>,
    timeout: Result<Duration, Recorded>,
) -> Result<ClientConfig, Recorded> {
    let retries = reader.value(&RETRIES, values::count);
    let budget = reader.value(&RETRY_BUDGET, values::duration);
    let host_limit = reader.optional(&HOST_LIMIT, values::count);
    let contact = reader.optional(&CONTACT, values::text);
    let attempts = u32::try_from(retries?.get()).unwrap_or(u32::MAX);
    let config = ClientConfig {
        timeout: timeout?,
        contact: contact?,
        host_limit: host_limit?.map_or(jobs, Ok)?.get(),
        retry: RetryPolicy { attempts, budget: budget?, ..RetryPolicy::default() },
        ..ClientConfig::default()
    };
    Ok(config.with_env(|name| std::env::var(name).ok()))
}

fn indexer(reader: &mut Reader<'_>, mirror: &Path, num_jobs: usize) -> Result<romt_indexer::Config, Recorded> {
    let selection = selection(reader);
    let index_url = reader.value_or(&INDEX_URL, defaults::CRATES_INDEX, str::parse::<SparseUrl>);
    let index_max_age = reader.value(&INDEX_MAX_AGE, values::duration_or_zero);
    let max_crate_size = reader.value(&MAX_CRATE_SIZE, str::parse::<ByteSize>);
    let max_removals = reader.value(&MAX_REMOVALS, values::number);
    let targets = toolchains::targets(reader, &TARGET);
    let signatures = toolchains::signatures(reader);
    let toolchains = toolchains::toolchains(reader, targets.clone(), signatures.clone(), mirror, num_jobs);
    let rustup = rustup::rustup(reader, targets, mirror, num_jobs);
    Ok(romt_indexer::Config {
        selection: selection?,
        toolchains: toolchains?,
        rustup: rustup?,
        index_url: index_url?,
        index_max_age: index_max_age?,
        max_crate_size: max_crate_size?.0,
        max_removals: max_removals?,
        import: false,
        signatures: signatures?,
        repository: repository(mirror),
        state: mirror.join(STATE),
    })
}

fn selection(reader: &mut Reader<'_>) -> Result<Selection, Recorded> {
    let lockfiles = reader.paths(&LOCKFILE);
    let manifests = reader.paths(&MANIFEST);
    let crates = reader.list(&CRATE, str::parse::<CrateRequest>);
    let versions = reader.value(&VERSIONS, str::parse::<VersionChoice>);
    Ok(Selection { lockfiles: lockfiles?, manifests: manifests?, crates: crates?, versions: versions? })
}

/// Where romt's own things are in a mirror's folder.
const STATE: &str = ".romt";

/// Where the index is in a mirror's folder.
fn repository(mirror: &Path) -> PathBuf {
    mirror.join("git/crates.io-index")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_can_be_read() {
        let nothing = |_: &str| None;
        let mut reader = Reader::new(Arguments::default(), &nothing, SettingsFile::default());
        let both = server(&mut reader, None).and_then(|_| sync(&mut reader));
        let sync = reader.finish(both).unwrap();
        assert_eq!(sync.client.host_limit, 16);
        assert_eq!(sync.client.timeout, Duration::from_mins(1));
        assert_eq!(sync.indexer.max_crate_size, 512_000_000);
        assert_eq!(sync.indexer.repository, Path::new("./mirror/git/crates.io-index"));
        assert!(sync.indexer.selection.is_empty());
    }
}

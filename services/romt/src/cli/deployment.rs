//! The services of a deployment, and what is asked of one.

use clap::Args;
use romt_runtime::settings::keys::{
    ADMIN, BUS, DATA, EXPORT_EVERY, INBOX, NATS_CA, NATS_CERT, NATS_CREDS, NATS_KEY, NATS_NKEY, NATS_PASSWORD_FILE,
    NATS_TOKEN_FILE, NATS_USER, NUM_JOBS, OUTBOX, S3_ENDPOINT, S3_PATH_STYLE, S3_REGION, STORE, TIMEOUT,
};

use super::options::{self, CommonOptions, FetchOptions, RustOptions, SelectionOptions, ServeOptions};

/// How the services of a deployment find each other.
#[derive(Debug, Args)]
#[command(next_help_heading = "Deployment")]
pub(crate) struct BusOption {
    #[arg(long, value_name = BUS.value, help = BUS.describe())]
    pub(crate) bus: Option<String>,
    #[command(flatten)]
    pub(crate) nats: NatsOptions,
}

/// Who romt is to a NATS server, and which it trusts.
#[derive(Debug, Args)]
#[command(next_help_heading = "NATS")]
#[expect(clippy::struct_field_names, reason = "options are called like their settings")]
pub(crate) struct NatsOptions {
    #[arg(long, value_name = NATS_CREDS.value, help = NATS_CREDS.describe())]
    pub(crate) nats_creds: Option<String>,
    #[arg(long, value_name = NATS_NKEY.value, help = NATS_NKEY.describe())]
    pub(crate) nats_nkey: Option<String>,
    #[arg(long, value_name = NATS_USER.value, help = NATS_USER.describe())]
    pub(crate) nats_user: Option<String>,
    #[arg(long, value_name = NATS_PASSWORD_FILE.value, help = NATS_PASSWORD_FILE.describe())]
    pub(crate) nats_password_file: Option<String>,
    #[arg(long, value_name = NATS_TOKEN_FILE.value, help = NATS_TOKEN_FILE.describe())]
    pub(crate) nats_token_file: Option<String>,
    #[arg(long, value_name = NATS_CA.value, help = NATS_CA.describe())]
    pub(crate) nats_ca: Option<String>,
    #[arg(long, value_name = NATS_CERT.value, help = NATS_CERT.describe())]
    pub(crate) nats_cert: Option<String>,
    #[arg(long, value_name = NATS_KEY.value, help = NATS_KEY.describe())]
    pub(crate) nats_key: Option<String>,
}

/// Where a service reports to those who run it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Deployment")]
pub(crate) struct AdminOption {
    #[arg(long, value_name = ADMIN.value, help = ADMIN.describe())]
    pub(crate) admin: Option<String>,
}

/// What every service of a deployment takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Deployment")]
pub(crate) struct ServiceOptions {
    #[arg(long, value_name = STORE.value, help = STORE.describe())]
    pub(crate) store: Option<String>,
    #[arg(long, value_name = S3_ENDPOINT.value, help = S3_ENDPOINT.describe())]
    pub(crate) s3_endpoint: Option<String>,
    #[arg(long, value_name = S3_REGION.value, help = S3_REGION.describe())]
    pub(crate) s3_region: Option<String>,
    #[arg(long, value_name = S3_PATH_STYLE.value, help = S3_PATH_STYLE.describe())]
    pub(crate) s3_path_style: Option<String>,
    #[arg(long, value_name = DATA.value, help = DATA.describe())]
    pub(crate) data: Option<String>,
    #[command(flatten)]
    pub(crate) admin: AdminOption,
    #[command(flatten)]
    pub(crate) bus: BusOption,
    #[command(flatten)]
    pub(crate) common: CommonOptions,
}

/// Which folders archives go to and come from.
#[derive(Debug, Args)]
#[command(next_help_heading = "Archives")]
pub(crate) struct BoxOptions {
    #[arg(long, value_name = OUTBOX.value, help = OUTBOX.describe())]
    pub(crate) outbox: Option<String>,
    #[arg(long, value_name = INBOX.value, help = INBOX.describe())]
    pub(crate) inbox: Option<String>,
}

/// `romt fetcher`.
#[derive(Debug, Args)]
pub(crate) struct FetcherOptions {
    #[command(flatten)]
    pub(crate) service: ServiceOptions,
    #[arg(short = 'j', long, value_name = NUM_JOBS.value, help = NUM_JOBS.describe(), help_heading = "Upstream")]
    pub(crate) num_jobs: Option<String>,
    #[arg(long, value_name = TIMEOUT.value, help = TIMEOUT.describe(), help_heading = "Upstream")]
    pub(crate) timeout: Option<String>,
}

/// `romt indexer`.
#[derive(Debug, Args)]
pub(crate) struct IndexerOptions {
    #[command(flatten)]
    pub(crate) service: ServiceOptions,
    #[command(flatten)]
    pub(crate) selection: SelectionOptions,
    #[command(flatten)]
    pub(crate) rust: RustOptions,
    #[command(flatten)]
    pub(crate) fetch: FetchOptions,
    #[arg(long, help_heading = "Sync", value_name = options::EVERY.value, help = options::EVERY.describe())]
    pub(crate) every: Option<String>,
    #[command(flatten)]
    pub(crate) boxes: BoxOptions,
    #[arg(long, help_heading = "Archives", value_name = EXPORT_EVERY.value, help = EXPORT_EVERY.describe())]
    pub(crate) export_every: Option<String>,
}

/// `romt packer`.
#[derive(Debug, Args)]
pub(crate) struct PackerOptions {
    #[command(flatten)]
    pub(crate) service: ServiceOptions,
    #[command(flatten)]
    pub(crate) boxes: BoxOptions,
    /// Move what was taken in to done/ in the inbox, and what is bad to the quarantine
    #[arg(long, help_heading = "Archives")]
    pub(crate) consume: bool,
}

/// `romt server`.
#[derive(Debug, Args)]
pub(crate) struct ServerOptions {
    #[command(flatten)]
    pub(crate) service: ServiceOptions,
    #[command(flatten)]
    pub(crate) serve: ServeOptions,
}

/// `romt healthcheck`.
#[derive(Debug, Args)]
pub(crate) struct HealthcheckOptions {
    /// Ask this address [default: /readyz of the service on this machine]
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    #[command(flatten)]
    pub(crate) admin: AdminOption,
    #[command(flatten)]
    pub(crate) common: CommonOptions,
}

/// `romt sync`.
#[derive(Debug, Args)]
pub(crate) struct SyncOptions {
    #[command(flatten)]
    pub(crate) bus: BusOption,
    /// Ask upstream about every index file, also those asked about a moment ago
    #[arg(long, help_heading = "Sync")]
    pub(crate) refresh: bool,
    #[command(flatten)]
    pub(crate) common: CommonOptions,
}

/// `romt export`.
#[derive(Debug, Args)]
pub(crate) struct ExportOptions {
    #[command(flatten)]
    pub(crate) bus: BusOption,
    /// Export everything that is here once more, not only what is new
    #[arg(long, help_heading = "Archives")]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) common: CommonOptions,
}

/// `romt import`.
#[derive(Debug, Args)]
pub(crate) struct ImportOptions {
    #[command(flatten)]
    pub(crate) bus: BusOption,
    #[command(flatten)]
    pub(crate) common: CommonOptions,
}

/// `romt status`.
#[derive(Debug, Args)]
pub(crate) struct StatusOptions {
    #[command(flatten)]
    pub(crate) bus: BusOption,
    #[command(flatten)]
    pub(crate) common: CommonOptions,
}

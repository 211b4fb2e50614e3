//! Options that several verbs share. Their help comes from the list of settings.

use std::path::PathBuf;

use clap::{ArgAction, Args};
pub(super) use romt_runtime::settings::keys::EVERY;
use romt_runtime::settings::keys::{
    BIND, COMPONENTS, CRATE, DIST_URL, EXPORT_EVERY, INDEX_URL, KEEP, LOCKFILE, MANIFEST, MIRROR, NUM_JOBS, PORT,
    PROFILE, RUSTUP, RUSTUP_TARGET, RUSTUP_URL, SERVER_URL, TARGET, TIMEOUT, TOOLCHAIN, VERSIONS,
};

/// What every verb takes that is not Python romt's.
#[derive(Debug, Args)]
#[command(next_help_heading = "Common options")]
pub(crate) struct CommonOptions {
    #[arg(long, value_name = "FILE", help = "Settings file [default: ROMT_CONFIG, or romt.toml if there is one]")]
    pub(crate) config: Option<PathBuf>,
    /// Say what happens on standard output, one JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
    /// Log more; twice: much more
    #[arg(short, long, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Say nothing but errors; twice: log nothing at all
    #[arg(short, long, action = ArgAction::Count, conflicts_with = "verbose")]
    pub(crate) quiet: u8,
}

/// What a mirror is to hold.
#[derive(Debug, Args)]
#[command(next_help_heading = "Selection")]
pub(crate) struct SelectionOptions {
    #[arg(long, value_name = LOCKFILE.value, help = LOCKFILE.describe())]
    pub(crate) lockfile: Vec<String>,
    #[arg(long, value_name = MANIFEST.value, help = MANIFEST.describe())]
    pub(crate) manifest: Vec<String>,
    #[arg(long = "crate", value_name = CRATE.value, help = CRATE.describe())]
    pub(crate) krate: Vec<String>,
    #[arg(long, value_name = VERSIONS.value, help = VERSIONS.describe())]
    pub(crate) versions: Option<String>,
}

/// Which toolchains and releases of rustup a mirror is to hold.
#[derive(Debug, Args)]
#[command(next_help_heading = "Toolchains and rustup")]
pub(crate) struct RustOptions {
    #[arg(long, value_name = TOOLCHAIN.value, help = TOOLCHAIN.describe())]
    pub(crate) toolchain: Vec<String>,
    #[arg(long, value_name = TARGET.value, help = TARGET.describe())]
    pub(crate) target: Vec<String>,
    #[arg(long, value_name = PROFILE.value, help = PROFILE.describe())]
    pub(crate) profile: Option<String>,
    #[arg(long, value_name = COMPONENTS.value, help = COMPONENTS.describe())]
    pub(crate) components: Vec<String>,
    #[arg(long, value_name = RUSTUP.value, help = RUSTUP.describe())]
    pub(crate) rustup: Vec<String>,
    #[arg(long, value_name = RUSTUP_TARGET.value, help = RUSTUP_TARGET.describe())]
    pub(crate) rustup_target: Vec<String>,
    #[command(flatten)]
    pub(crate) keep: KeepOption,
    #[arg(long, value_name = DIST_URL.value, help = DIST_URL.describe())]
    pub(crate) dist_url: Option<String>,
    #[arg(long, value_name = RUSTUP_URL.value, help = RUSTUP_URL.describe())]
    pub(crate) rustup_url: Option<String>,
}

/// How much is left of older toolchains.
#[derive(Debug, Args)]
pub(crate) struct KeepOption {
    #[arg(long, value_name = KEEP.value, help = KEEP.describe())]
    pub(crate) keep: Option<String>,
}

/// Where the mirror is.
#[derive(Debug, Args)]
#[command(next_help_heading = "Mirror")]
pub(crate) struct MirrorOption {
    #[arg(long, value_name = MIRROR.value, help = MIRROR.describe())]
    pub(crate) mirror: Option<String>,
}

/// Where `romt up` serves.
#[derive(Debug, Args)]
#[command(next_help_heading = "Serve")]
pub(crate) struct ServeOptions {
    #[arg(long, value_name = BIND.value, help = BIND.describe())]
    pub(crate) bind: Option<String>,
    #[arg(long, value_name = PORT.value, help = PORT.describe())]
    pub(crate) port: Option<String>,
    #[arg(long, value_name = SERVER_URL.value, help = SERVER_URL.describe())]
    pub(crate) server_url: Option<String>,
}

/// What `romt up` writes for other mirrors, or takes from them.
#[derive(Debug, Args)]
#[command(next_help_heading = "Archives")]
pub(crate) struct ArchiveOptions {
    /// Write archives of what is new since the last export, after every sync [DIR: ./outbox]
    #[arg(long, value_name = "DIR", num_args = 0..=1, default_missing_value = "")]
    pub(crate) export: Option<String>,
    #[arg(long, value_name = EXPORT_EVERY.value, help = EXPORT_EVERY.describe())]
    pub(crate) export_every: Option<String>,
    /// Export everything that is here once more, not only what is new
    #[arg(long)]
    pub(crate) export_all: bool,
    /// Fill the mirror from the archives that are put into DIR, instead of from upstream [DIR: ./inbox]
    #[arg(long, value_name = "DIR", num_args = 0..=1, default_missing_value = "")]
    pub(crate) import: Option<String>,
    /// Move what was taken in to done/ in the inbox, and what is bad to the quarantine
    #[arg(long)]
    pub(crate) consume: bool,
}

/// `romt serve`: the same with the defaults of Python romt's verb.
#[derive(Debug, Args)]
pub(crate) struct ServeHereOptions {
    #[arg(long, value_name = MIRROR.value, help = MIRROR.describe_with(Self::MIRROR))]
    pub(crate) mirror: Option<String>,
    #[arg(long, value_name = BIND.value, help = BIND.describe_with(Self::BIND))]
    pub(crate) bind: Option<String>,
    #[arg(long, value_name = PORT.value, help = PORT.describe())]
    pub(crate) port: Option<String>,
    #[arg(long, value_name = SERVER_URL.value, help = SERVER_URL.describe())]
    pub(crate) server_url: Option<String>,
    #[command(flatten)]
    pub(crate) common: CommonOptions,
}

impl ServeHereOptions {
    /// The mirror to serve by default.
    pub(crate) const MIRROR: &str = ".";
    /// The address to serve on by default.
    pub(crate) const BIND: &str = "localhost";
}

/// How upstream is asked.
#[derive(Debug, Args)]
#[command(next_help_heading = "Upstream")]
pub(crate) struct FetchOptions {
    #[arg(long, value_name = INDEX_URL.value, help = INDEX_URL.describe())]
    pub(crate) index_url: Option<String>,
    #[arg(short = 'j', long, value_name = NUM_JOBS.value, help = NUM_JOBS.describe())]
    pub(crate) num_jobs: Option<String>,
    #[arg(long, value_name = TIMEOUT.value, help = TIMEOUT.describe())]
    pub(crate) timeout: Option<String>,
}

/// How the verbs of Python romt ask upstream.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Upstream")]
pub(crate) struct TransferOptions {
    /// Downloads at once
    #[arg(short = 'j', long, value_name = "N", default_value_t = 4)]
    #[arg(allow_negative_numbers = true)]
    pub(crate) num_jobs: i64,
    /// Give a connection up after this much silence; 0: never
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    #[arg(allow_negative_numbers = true)]
    pub(crate) timeout: i64,
}

/// How much the verbs of Python romt say.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct TalkOptions {
    // The short forms that Python romt takes for `--verbose`, which would otherwise be unclear beside `--versions`.
    /// Say more; may be repeated
    #[arg(short, long, action = ArgAction::Count, aliases = ["v", "ve", "ver"])]
    pub(crate) verbose: u8,
    /// Say only errors and data; twice: nothing
    #[arg(short, long, action = ArgAction::Count)]
    pub(crate) quiet: u8,
}

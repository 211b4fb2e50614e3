//! The command line as clap sees it. Values stay text here: `settings` parses them together with those of the
//! environment and of `romt.toml`, so that all bad ones are reported at once.

mod deployment;
mod jobs;
mod krate;
mod options;
mod rustup;
mod toolchain;

use std::ffi::OsString;

use clap::{ArgMatches, Args, Command, CommandFactory, FromArgMatches, Parser, Subcommand};

pub(crate) use deployment::{
    AdminOption, BoxOptions, BusOption, ExportOptions, FetcherOptions, HealthcheckOptions, ImportOptions,
    IndexerOptions, NatsOptions, PackerOptions, ServerOptions, ServiceOptions, StatusOptions, SyncOptions,
};
pub(crate) use jobs::{JobsCommand, JobsOptions};
pub(crate) use krate::CrateOptions;
pub(crate) use options::{
    ArchiveOptions, CommonOptions, FetchOptions, KeepOption, MirrorOption, RustOptions, SelectionOptions,
    ServeHereOptions, ServeOptions, TalkOptions, TransferOptions,
};
pub(crate) use rustup::RustupOptions;
pub(crate) use toolchain::ToolchainOptions;

/// Verbs that are known and not there yet.
const UNBUILT: [&str; 3] = ["bundle", "doctor", "completions"];

const EXAMPLES: &str = "\
Examples:
  romt up --lockfile Cargo.lock         mirror what this Cargo.lock needs into ./mirror and serve it
  romt up --crate serde --crate rand@0.9 --every 1h
  romt up --manifest Cargo.toml --once  sync and leave
  romt up --toolchain stable --target linux --rustup stable
  romt serve --mirror /srv/mirror       only serve
  romt explain syn@2.0.100 --lockfile Cargo.lock
  romt crate update                     bring a mirror with Python romt's folders up to date
  romt toolchain -s stable -t linux download
  romt rustup -s stable -t linux download

Every setting is also a variable (ROMT_MIRROR, ROMT_PORT, …) and a key of romt.toml.";

const UP_EXAMPLES: &str = "\
Examples:
  romt up --lockfile Cargo.lock
  romt up --crate serde --crate 'tokio@>=1.40' --versions all --mirror /srv/mirror
  romt up --lockfile a/Cargo.lock --lockfile b/Cargo.lock --bind 0.0.0.0 --every 1h
  romt up --manifest Cargo.toml --once --json
  romt up --toolchain stable --toolchain 1.90.0 --target linux --target windows --rustup stable
  romt up --toolchain nightly --target linux --keep nightly=14 --every 1d
  romt up --lockfile Cargo.lock --every 1d --export /media/outbox
  romt up --import /media/inbox --bind 0.0.0.0      where there is no internet

What an earlier selection brought stays until `romt prune`; older days of toolchains until `--keep` lets go of them.
The variables RUSTUP_DIST_SERVER and RUSTUP_UPDATE_ROOT do not count here: on the machine of a mirror they often name the
mirror itself. Upstream is what --dist-url and --rustup-url say.
Every setting is also a variable (ROMT_MIRROR, ROMT_PORT, …) and a key of romt.toml.";

/// What the program was called to do.
pub(crate) enum Invocation {
    /// A verb that is there.
    Verb(Box<Verb>),
    /// One that is not there yet.
    Unbuilt(String),
    /// To show the README.
    Readme,
    /// Nothing.
    Nothing,
}

/// Mirrors Rust crates, toolchains and rustup for networks without internet
#[derive(Debug, Parser)]
#[command(name = "romt", version, after_help = EXAMPLES, max_term_width = 100, disable_help_subcommand = true)]
#[command(infer_long_args = true, subcommand_value_name = "OPERATION", subcommand_help_heading = "Operations")]
struct Cli {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// Print the README
    #[arg(long)]
    readme: bool,
}

/// What romt can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Sync what is selected into a mirror, and serve it
    Up(Box<UpOptions>),
    /// Serve a mirror, and nothing else
    Serve(ServeHereOptions),
    /// Remove from a mirror what is not selected
    Prune(PruneOptions),
    /// Say why a version is in the selection or not
    Explain(ExplainOptions),
    /// Mirror crates with the commands and folders of Python romt
    Crate(Box<CrateOptions>),
    /// Mirror Rust toolchains with the commands and folders of Python romt
    Toolchain(Box<ToolchainOptions>),
    /// Mirror rustup itself with the commands and folders of Python romt
    Rustup(Box<RustupOptions>),
    /// Run the fetcher of a deployment; as many as wanted
    Fetcher(Box<FetcherOptions>),
    /// Run the indexer of a deployment; of several, one works at a time
    Indexer(Box<IndexerOptions>),
    /// Run the packer of a deployment: archives into an outbox, and out of an inbox
    Packer(Box<PackerOptions>),
    /// Run the server of a deployment; as many as wanted
    Server(Box<ServerOptions>),
    /// Have a deployment sync, and follow it
    Sync(Box<SyncOptions>),
    /// Have a deployment write archives of what is new, and follow it
    Export(Box<ExportOptions>),
    /// Have a deployment look at its inbox, and follow what becomes of it
    Import(Box<ImportOptions>),
    /// Say which services a deployment has, what waits, and what was done last
    Status(Box<StatusOptions>),
    /// Say whether the service on this machine is ready
    Healthcheck(Box<HealthcheckOptions>),
    /// Show the queues of a deployment, and deal with jobs that were given up
    Jobs(JobsOptions),
}

/// `romt up`.
#[derive(Debug, Args)]
#[command(after_help = UP_EXAMPLES)]
pub(crate) struct UpOptions {
    #[command(flatten)]
    pub(crate) selection: SelectionOptions,
    #[command(flatten)]
    pub(crate) rust: RustOptions,
    #[command(flatten)]
    pub(crate) mirror: MirrorOption,
    #[command(flatten)]
    pub(crate) serve: ServeOptions,
    #[command(flatten)]
    pub(crate) fetch: FetchOptions,
    /// Sync and leave; serve nothing
    #[arg(long, help_heading = "Sync", conflicts_with = "every")]
    pub(crate) once: bool,
    /// Ask upstream about every index file, also those asked about a moment ago
    #[arg(long, help_heading = "Sync")]
    pub(crate) refresh: bool,
    #[arg(long, help_heading = "Sync", value_name = options::EVERY.value, help = options::EVERY.describe())]
    pub(crate) every: Option<String>,
    #[command(flatten)]
    pub(crate) archives: ArchiveOptions,
    #[command(flatten)]
    pub(crate) common: CommonOptions,
}

/// `romt prune`.
#[derive(Debug, Args)]
pub(crate) struct PruneOptions {
    #[command(flatten)]
    pub(crate) selection: SelectionOptions,
    #[command(flatten)]
    pub(crate) mirror: MirrorOption,
    #[command(flatten)]
    pub(crate) fetch: FetchOptions,
    /// Only say what would go
    #[arg(long, help_heading = "Prune")]
    pub(crate) dry_run: bool,
    #[command(flatten, next_help_heading = "Prune")]
    pub(crate) keep: KeepOption,
    #[command(flatten)]
    pub(crate) common: CommonOptions,
}

/// `romt explain`.
#[derive(Debug, Args)]
pub(crate) struct ExplainOptions {
    /// The crate, or one version of it
    #[arg(value_name = "NAME[@VERSION]")]
    pub(crate) what: String,
    #[command(flatten)]
    pub(crate) selection: SelectionOptions,
    #[command(flatten)]
    pub(crate) mirror: MirrorOption,
    #[command(flatten)]
    pub(crate) fetch: FetchOptions,
    #[command(flatten)]
    pub(crate) common: CommonOptions,
}

/// Reads the command line. Ends the process where clap does: `--help`, `--version`, wrong usage (exit status 2).
pub(crate) fn parse() -> Invocation {
    invocation(&command().get_matches()).unwrap_or_else(|error| error.format(&mut command()).exit())
}

fn invocation(matches: &ArgMatches) -> Result<Invocation, clap::Error> {
    let unbuilt = matches.subcommand_name().filter(|verb| UNBUILT.contains(verb));
    if let Some(verb) = unbuilt.filter(|_| !matches.get_flag("readme")) {
        return Ok(Invocation::Unbuilt(verb.to_owned()));
    }
    let cli = Cli::from_arg_matches(matches)?;
    Ok(match cli.verb {
        _ if cli.readme => Invocation::Readme,
        Some(verb) => Invocation::Verb(Box::new(verb)),
        None => Invocation::Nothing,
    })
}

/// The whole command line: what is there, and hidden, what is not there yet.
fn command() -> Command {
    let unbuilt = UNBUILT.map(|verb| {
        let rest = clap::Arg::new("rest").num_args(0..).trailing_var_arg(true).allow_hyphen_values(true);
        let rest = rest.value_parser(clap::value_parser!(OsString));
        Command::new(verb).hide(true).disable_help_flag(true).arg(rest)
    });
    Cli::command().subcommands(unbuilt)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::error::ErrorKind;
    use romt_runtime::settings::keys::KEYS;

    use super::*;

    /// What comes of a command line.
    fn read(line: &str) -> Result<Invocation, clap::Error> {
        invocation(&command().try_get_matches_from(line.split_whitespace())?)
    }

    #[test]
    fn the_tree_is_valid() {
        command().debug_assert();
    }

    #[test]
    fn row_1_version_and_help_are_said_at_the_front() {
        for (line, kind) in [
            ("romt --version", ErrorKind::DisplayVersion),
            ("romt --help", ErrorKind::DisplayHelp),
            ("romt crate -h", ErrorKind::DisplayHelp),
        ] {
            assert_eq!(read(line).err().map(|error| error.kind()), Some(kind), "{line}");
        }
    }

    #[test]
    fn row_2_the_readme_goes_before_any_verb() {
        for line in ["romt --readme", "romt --read", "romt --readme crate list", "romt --readme toolchain list"] {
            assert!(matches!(read(line), Ok(Invocation::Readme)), "{line}");
        }
    }

    #[test]
    fn row_3_no_verb_is_no_wrong_usage() {
        assert!(matches!(read("romt"), Ok(Invocation::Nothing)));
    }

    #[test]
    fn row_8_options_stand_after_the_verb_only() {
        for verb in ["up", "serve", "prune", "explain x", "crate list", "toolchain list", "rustup list"] {
            for option in ["-v", "-q"] {
                assert!(read(&format!("romt {verb} {option}")).is_ok(), "{verb} {option}");
                assert!(read(&format!("romt {option} {verb}")).is_err(), "{option} {verb}");
            }
        }
        assert!(read("romt --json up").is_err() && read("romt --config x up").is_err());
    }

    #[test]
    fn what_is_not_built_is_known() {
        assert!(matches!(read("romt doctor -s stable list"), Ok(Invocation::Unbuilt(verb)) if verb == "doctor"));
    }

    #[test]
    fn there_is_an_option_for_every_setting_that_has_one() {
        let command = command();
        let verbs = ["up", "indexer", "packer"].map(|verb| command.find_subcommand(verb).unwrap());
        let arguments = verbs.iter().flat_map(|verb| verb.get_arguments());
        let options: BTreeSet<_> = arguments.filter_map(clap::Arg::get_long).collect();
        for key in KEYS {
            assert_eq!(options.contains(key.name), key.option, "{}", key.name);
        }
    }
}

//! The command line as clap sees it. Values stay text here: `settings` parses them together with those of the
//! environment and of `romt.toml`, so that all bad ones are reported at once.

mod options;

use std::ffi::OsString;

use clap::{Args, Command, CommandFactory, FromArgMatches, Parser, Subcommand};

pub(crate) use options::{CommonOptions, FetchOptions, MirrorOption, SelectionOptions, ServeHereOptions, ServeOptions};

/// Verbs that are known and not there yet.
const UNBUILT: [&str; 14] = [
    "toolchain",
    "rustup",
    "crate",
    "fetcher",
    "indexer",
    "packer",
    "server",
    "bundle",
    "doctor",
    "export",
    "import",
    "status",
    "jobs",
    "completions",
];

const EXAMPLES: &str = "\
Examples:
  romt up --lockfile Cargo.lock         mirror what this Cargo.lock needs into ./mirror and serve it
  romt up --crate serde --crate rand@0.9 --every 1h
  romt up --manifest Cargo.toml --once  sync and leave
  romt serve --mirror /srv/mirror       only serve
  romt explain syn@2.0.100 --lockfile Cargo.lock

Every setting is also a variable (ROMT_MIRROR, ROMT_PORT, …) and a key of romt.toml.";

const UP_EXAMPLES: &str = "\
Examples:
  romt up --lockfile Cargo.lock
  romt up --crate serde --crate 'tokio@>=1.40' --versions all --mirror /srv/mirror
  romt up --lockfile a/Cargo.lock --lockfile b/Cargo.lock --bind 0.0.0.0 --every 1h
  romt up --manifest Cargo.toml --once --json

What an earlier selection brought stays until `romt prune`.
Every setting is also a variable (ROMT_MIRROR, ROMT_PORT, …) and a key of romt.toml.";

/// What the program was called to do.
pub(crate) enum Invocation {
    /// A verb that is there.
    Verb(Box<Cli>),
    /// One that is not there yet.
    Unbuilt(String),
}

/// Mirrors Rust crates for networks without internet
#[derive(Debug, Parser)]
#[command(name = "romt", version, after_help = EXAMPLES, max_term_width = 100, subcommand_required = true)]
#[command(arg_required_else_help = true, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) verb: Verb,
    #[command(flatten)]
    pub(crate) common: CommonOptions,
}

/// What romt can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Sync what is selected into a mirror, and serve it
    Up(UpOptions),
    /// Serve a mirror, and nothing else
    Serve(ServeHereOptions),
    /// Remove from a mirror what is not selected
    Prune(PruneOptions),
    /// Say why a version is in the selection or not
    Explain(ExplainOptions),
}

/// `romt up`.
#[derive(Debug, Args)]
#[command(after_help = UP_EXAMPLES)]
pub(crate) struct UpOptions {
    #[command(flatten)]
    pub(crate) selection: SelectionOptions,
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
}

/// Reads the command line. Ends the process where clap does: `--help`, `--version`, wrong usage (exit status 2).
pub(crate) fn parse() -> Invocation {
    let matches = command().get_matches();
    if let Some(verb) = matches.subcommand_name().filter(|verb| UNBUILT.contains(verb)) {
        return Invocation::Unbuilt(verb.to_owned());
    }
    match Cli::from_arg_matches(&matches) {
        Ok(cli) => Invocation::Verb(Box::new(cli)),
        Err(error) => error.format(&mut command()).exit(),
    }
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

    use romt_runtime::settings::keys::KEYS;

    use super::*;

    #[test]
    fn the_tree_is_valid() {
        command().debug_assert();
    }

    #[test]
    fn up_has_an_option_for_every_setting_that_has_one() {
        let command = command();
        let up = command.find_subcommand("up").unwrap();
        let options: BTreeSet<_> = up.get_arguments().filter_map(clap::Arg::get_long).collect();
        for key in KEYS {
            assert_eq!(options.contains(key.name), key.option, "{}", key.name);
        }
    }
}

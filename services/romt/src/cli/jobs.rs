//! `romt jobs`.

use clap::{Args, ValueEnum};

use super::{BusOption, CommonOptions};

const EXAMPLES: &str = "\
Examples:
  romt jobs --bus nats://bus:4222/export
  romt jobs requeue fetch/0199f0c2-5f6e-7d3a-9c55-0d7be1f0a111.7
  romt jobs requeue --all
  romt jobs discard --all --json

A job is called QUEUE/ID, as `romt jobs` shows it.
Every setting is also a variable (ROMT_BUS, …) and a key of romt.toml.";

/// `romt jobs`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct JobsOptions {
    /// What to do
    #[arg(value_enum, default_value = "list")]
    pub(crate) command: JobsCommand,
    /// The jobs that were given up to deal with
    #[arg(value_name = "QUEUE/ID")]
    pub(crate) jobs: Vec<String>,
    /// All jobs that were given up
    #[arg(long, conflicts_with = "jobs")]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) bus: BusOption,
    #[command(flatten)]
    pub(crate) common: CommonOptions,
}

/// What `romt jobs` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum JobsCommand {
    /// Show how many jobs each queue holds, and which were given up
    List,
    /// Put jobs that were given up into their queues again
    Requeue,
    /// Forget jobs that were given up
    Discard,
}

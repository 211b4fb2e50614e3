//! What each verb does.

mod explain;
mod mirror;
mod once;
mod outcome;
mod prune;
mod run;
mod serve;
mod serving;
mod unbuilt;
mod up;

use std::process::ExitCode;

use romt_runtime::logs::{self, LogOptions};

use crate::cli::{Cli, CommonOptions, Verb};
use crate::screen::Screen;
use outcome::Outcome;
pub(crate) use unbuilt::unbuilt;

/// Does what the command line says; returns the process's exit status.
pub(crate) fn run(cli: Cli) -> ExitCode {
    let Cli { verb, common } = cli;
    let screen = Screen::new(common.json, common.quiet > 0);
    romt_runtime::raise_file_limit();
    let result = begin_logs(&common, &screen).and_then(|()| match verb {
        Verb::Up(options) => up::up(&options, &common, &screen),
        Verb::Serve(options) => serve::serve(&options, &common, &screen),
        Verb::Prune(options) => prune::prune(&options, &common, &screen),
        Verb::Explain(options) => explain::explain(&options, &common, &screen),
    });
    Outcome::of(result, &screen)
}

fn begin_logs(common: &CommonOptions, screen: &Screen) -> anyhow::Result<()> {
    let verbosity = i16::from(common.verbose) - i16::from(common.quiet);
    let rust_log = std::env::var("RUST_LOG").ok();
    let writer = screen.clone();
    let options = LogOptions { verbosity, json: common.json };
    Ok(logs::begin(options, rust_log.as_deref(), move || writer.log_writer())?)
}

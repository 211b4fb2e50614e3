//! What each verb does.

mod deployment;
mod explain;
mod jobs;
mod krate;
mod mirror;
mod once;
mod outcome;
mod packer;
mod prune;
mod readme;
mod run;
mod rustup;
mod serve;
mod serving;
mod toolchain;
mod unbuilt;
mod up;
mod workplace;

use std::process::ExitCode;

use romt_runtime::logs::{self, LogOptions};

use crate::cli::{CommonOptions, Verb};
use crate::screen::Screen;
use outcome::Outcome;
pub(crate) use readme::readme;
pub(crate) use unbuilt::{nothing, unbuilt};

/// Does what the command line says; returns the process's exit status.
pub(crate) fn run(verb: Verb) -> ExitCode {
    romt_runtime::raise_file_limit();
    match verb {
        Verb::Up(options) => on_screen(&options.common, |screen| up::up(&options, screen)),
        Verb::Serve(options) => on_screen(&options.common, |screen| serve::serve(&options, screen)),
        Verb::Prune(options) => on_screen(&options.common, |screen| prune::prune(&options, screen)),
        Verb::Explain(options) => on_screen(&options.common, |screen| explain::explain(&options, screen)),
        Verb::Crate(options) => krate::run(*options),
        Verb::Toolchain(options) => toolchain::run(&options),
        Verb::Rustup(options) => rustup::run(&options),
        Verb::Fetcher(options) => as_service(&options.service.common, |_| deployment::fetcher(&options)),
        Verb::Indexer(options) => as_service(&options.service.common, |_| deployment::indexer(&options)),
        Verb::Packer(options) => as_service(&options.service.common, |_| deployment::packer(&options)),
        Verb::Server(options) => as_service(&options.service.common, |screen| deployment::server(&options, screen)),
        Verb::Sync(options) => on_screen(&options.common, |screen| deployment::sync(&options, screen)),
        Verb::Export(options) => on_screen(&options.common, |screen| deployment::export(&options, screen)),
        Verb::Import(options) => on_screen(&options.common, |screen| deployment::import(&options, screen)),
        Verb::Status(options) => on_screen(&options.common, |screen| deployment::status(&options, screen)),
        Verb::Healthcheck(options) => on_screen(&options.common, |screen| deployment::healthcheck(&options, screen)),
        Verb::Jobs(options) => on_screen(&options.common, |screen| jobs::jobs(&options, screen)),
    }
}

fn on_screen(common: &CommonOptions, verb: impl FnOnce(&Screen) -> anyhow::Result<Outcome>) -> ExitCode {
    talking(common, 0, verb)
}

/// The same for a service of a deployment: nobody sits before it, and its log says what it did.
fn as_service(common: &CommonOptions, verb: impl FnOnce(&Screen) -> anyhow::Result<Outcome>) -> ExitCode {
    talking(common, 1, verb)
}

fn talking(common: &CommonOptions, usual: i16, verb: impl FnOnce(&Screen) -> anyhow::Result<Outcome>) -> ExitCode {
    let screen = Screen::new(common.json, common.quiet > 0);
    let verbosity = usual + i16::from(common.verbose) - i16::from(common.quiet);
    let options = LogOptions { verbosity, json: common.json };
    let result = begin_logs(options, &screen).and_then(|()| verb(&screen));
    Outcome::of(result, &screen)
}

fn begin_logs(options: LogOptions, screen: &Screen) -> anyhow::Result<()> {
    let rust_log = std::env::var("RUST_LOG").ok();
    let writer = screen.clone();
    Ok(logs::begin(options, rust_log.as_deref(), move || writer.log_writer())?)
}

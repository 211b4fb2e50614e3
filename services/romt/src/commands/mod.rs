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

use romt_runtime::Traces;
use romt_runtime::logs::{self, LogOptions};

use crate::cli::{CommonOptions, ServiceOptions, Verb};
use crate::screen::Screen;
use outcome::Outcome;
pub(crate) use readme::readme;
pub(crate) use unbuilt::{nothing, unbuilt};

/// Does what the command line says; returns the process's exit status.
pub(crate) fn run(verb: Verb) -> ExitCode {
    romt_runtime::raise_file_limit();
    match verb {
        Verb::Up(options) => traced("romt-up", &options.common, |screen| up::up(&options, screen)),
        Verb::Serve(options) => on_screen(&options.common, |screen| serve::serve(&options, screen)),
        Verb::Prune(options) => traced("romt-prune", &options.common, |screen| prune::prune(&options, screen)),
        Verb::Explain(options) => on_screen(&options.common, |screen| explain::explain(&options, screen)),
        Verb::Crate(options) => krate::run(*options),
        Verb::Toolchain(options) => toolchain::run(&options),
        Verb::Rustup(options) => rustup::run(&options),
        Verb::Fetcher(options) => service("romt-fetcher", &options.service, |_| deployment::fetcher(&options)),
        Verb::Indexer(options) => service("romt-indexer", &options.service, |_| deployment::indexer(&options)),
        Verb::Packer(options) => service("romt-packer", &options.service, |_| deployment::packer(&options)),
        Verb::Server(options) => {
            service("romt-server", &options.service, |screen| deployment::server(&options, screen))
        }
        Verb::Sync(options) => traced("romt-sync", &options.common, |screen| deployment::sync(&options, screen)),
        Verb::Export(options) => traced("romt-export", &options.common, |screen| deployment::export(&options, screen)),
        Verb::Import(options) => traced("romt-import", &options.common, |screen| deployment::import(&options, screen)),
        Verb::Status(options) => on_screen(&options.common, |screen| deployment::status(&options, screen)),
        Verb::Healthcheck(options) => on_screen(&options.common, |screen| deployment::healthcheck(&options, screen)),
        Verb::Jobs(options) => on_screen(&options.common, |screen| jobs::jobs(&options, screen)),
    }
}

fn on_screen(common: &CommonOptions, verb: impl FnOnce(&Screen) -> anyhow::Result<Outcome>) -> ExitCode {
    talking(None, common, 0, verb)
}

/// The same for a verb that does something or has it done, and is seen as `name` where somebody looks at traces.
fn traced(name: &str, common: &CommonOptions, verb: impl FnOnce(&Screen) -> anyhow::Result<Outcome>) -> ExitCode {
    talking(Some(name), common, 0, verb)
}

/// The same for a service of a deployment: nobody sits before it, and its log says what it did.
fn service(name: &str, options: &ServiceOptions, verb: impl FnOnce(&Screen) -> anyhow::Result<Outcome>) -> ExitCode {
    talking(Some(name), &options.common, 1, verb)
}

fn talking(
    traced_as: Option<&str>,
    common: &CommonOptions,
    usual: i16,
    verb: impl FnOnce(&Screen) -> anyhow::Result<Outcome>,
) -> ExitCode {
    let screen = Screen::new(common.json, common.quiet > 0);
    let verbosity = usual + i16::from(common.verbose) - i16::from(common.quiet);
    let options = LogOptions { verbosity, json: common.json };
    let traces = traced_as.map(|name| Traces::begin(name, env!("CARGO_PKG_VERSION"))).transpose();
    let (traces, unusable) = match traces {
        Ok(traces) => (traces.flatten(), None),
        Err(unusable) => (None, Some(unusable)),
    };
    let begun = begin_logs(options, traces.as_ref(), &screen);
    if let Some(unusable) = unusable {
        let hint = unusable.hint();
        tracing::warn!(error = romt_runtime::one_line(&unusable), hint, "no traces are sent");
    }
    let result = begun.and_then(|()| verb(&screen));
    // Who was told to leave at once sends nothing any more.
    let traces = traces.filter(|_| !matches!(result, Ok(Outcome::Forced)));
    let status = Outcome::of(result, &screen);
    if let Some(traces) = traces {
        traces.end();
    }
    status
}

fn begin_logs(options: LogOptions, traces: Option<&Traces>, screen: &Screen) -> anyhow::Result<()> {
    let rust_log = std::env::var("RUST_LOG").ok();
    let writer = screen.clone();
    Ok(logs::begin(options, rust_log.as_deref(), traces, move || writer.log_writer())?)
}

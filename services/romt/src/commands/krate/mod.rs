//! `romt crate`: mirrors crates as Python romt does.

mod command;
mod settings;
mod steps;

use std::process::ExitCode;

use romt_runtime::logs::LogOptions;
use romt_runtime::{Ended, Lifecycle, Signals, block_on};

use super::begin_logs;
use super::outcome::Outcome;
use crate::cli::CrateOptions;
use crate::console::{Console, Level};
use command::{CrateCommand, CrateStep};
use settings::CrateSettings;
use steps::Steps;

/// Does what the COMMANDs say, in order; returns the process's exit status.
pub(super) fn run(options: CrateOptions) -> ExitCode {
    let verbosity = i16::from(options.verbose) - i16::from(options.quiet);
    let console = Console::new(Console::NORMAL + verbosity);
    let logs = begin_logs(LogOptions { verbosity, json: false }, console.screen());
    Outcome::of_console(logs.and_then(|()| execute(options, &console)), &console)
}

fn execute(options: CrateOptions, console: &Console) -> anyhow::Result<Outcome> {
    // All of them, before anything is done.
    let commands: Vec<CrateCommand> = options.commands.iter().map(|name| name.parse()).collect::<Result<_, _>>()?;
    if commands.is_empty() {
        console.say(Level::Normal, "Nothing to do (try --help)");
        return Ok(Outcome::Complete);
    }
    let settings = CrateSettings::read(options)?;
    if settings.filter.is_nothing() {
        console.say(Level::Normal, "note: there is nothing in the filters, so no crate is chosen");
    }
    block_on(async {
        let mut lifecycle = Lifecycle::new(Signals::listen()?);
        let mut steps = Steps::begin(&settings, console, &mut lifecycle);
        let done = lifecycle.run(all(&commands, &mut steps, console)).await;
        console.end_progress();
        // Forced, somebody may still be writing: the mirror is not given back, so that the next one sweeps up.
        if !matches!(done, Ok(Ended::Forced)) {
            steps.give_back().await?;
        }
        Ok(match done? {
            Ended::Done(()) => Outcome::Complete,
            Ended::Stopped(signal) => {
                console.say(Level::Error, "stopped before all was done; the same command goes on where it was");
                Outcome::Cut(signal)
            }
            Ended::Forced => Outcome::Forced,
        })
    })?
}

async fn all(commands: &[CrateCommand], steps: &mut Steps<'_>, console: &Console) -> anyhow::Result<()> {
    for command in commands {
        if command.is_alias() {
            head(console, command.name());
        }
        for step in command.parts() {
            // A list stays a list where both streams go to one place.
            if *step != CrateStep::List {
                head(console, step.name());
            }
            let done = steps.run(*step).await;
            console.end_progress();
            // Data of a step that failed counts, too; its own error says more than that nobody reads.
            let shown = console.flush();
            done.and(shown)?;
        }
    }
    Ok(())
}

fn head(console: &Console, name: &str) {
    console.say(Level::Normal, format_args!("{name}..."));
}

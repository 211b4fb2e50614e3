//! `romt crate`: mirrors crates as Python romt does.

mod command;
mod settings;
mod steps;

use std::process::ExitCode;

use super::outcome::Outcome;
use super::workplace::{carry_out, commands, on_console};
use crate::cli::CrateOptions;
use crate::console::{Console, Level};
use command::{CrateCommand, CrateStep};
use settings::CrateSettings;
use steps::Steps;

/// Does what the COMMANDs say, in order; returns the process's exit status.
pub(super) fn run(options: CrateOptions) -> ExitCode {
    on_console(options.talk, |console| execute(options, console))
}

fn execute(options: CrateOptions, console: &Console) -> anyhow::Result<Outcome> {
    // All of them, before anything is done.
    let commands: Vec<CrateCommand> = commands(&options.commands)?;
    if commands.is_empty() {
        console.say(Level::Normal, "Nothing to do (try --help)");
        return Ok(Outcome::Complete);
    }
    let settings = CrateSettings::read(options)?;
    if settings.filter.is_nothing() {
        console.say(Level::Normal, "note: there is nothing in the filters, so no crate is chosen");
    }
    carry_out(console, |lifecycle| Steps::begin(&commands, &settings, console, lifecycle))
}

async fn all(commands: &[CrateCommand], steps: &mut Steps<'_>) -> anyhow::Result<()> {
    let console = steps.place.console;
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
            steps.place.close_step(done)?;
        }
    }
    Ok(())
}

fn head(console: &Console, name: &str) {
    console.say(Level::Normal, format_args!("{name}..."));
}

//! `romt rustup`: mirrors rustup as Python romt does.

mod archive;
mod command;
mod settings;
mod steps;
mod tell;

use std::process::ExitCode;

use super::outcome::Outcome;
use super::workplace::{carry_out, commands, on_console};
use crate::cli::RustupOptions;
use crate::console::{Console, Level};
use command::RustupCommand;
use settings::RustupSettings;
use steps::Steps;

/// Does what the COMMANDs say, in order; returns the process's exit status.
pub(super) fn run(options: &RustupOptions) -> ExitCode {
    on_console(options.talk, |console| execute(options, console))
}

fn execute(options: &RustupOptions, console: &Console) -> anyhow::Result<Outcome> {
    // All of them, before anything is done.
    let commands: Vec<RustupCommand> = commands(&options.commands)?;
    if commands.is_empty() {
        console.say(Level::Normal, "nothing to do; try a COMMAND");
        return Ok(Outcome::Complete);
    }
    let settings = RustupSettings::read(options)?;
    carry_out(console, |lifecycle| Steps::begin(&commands, &settings, console, lifecycle))
}

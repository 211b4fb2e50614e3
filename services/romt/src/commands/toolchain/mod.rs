//! `romt toolchain`: mirrors toolchains as Python romt does.

mod archive;
mod command;
mod list;
mod settings;
mod steps;
mod tell;

use std::process::ExitCode;

use super::outcome::Outcome;
use super::workplace::{carry_out, commands, on_console};
use crate::cli::ToolchainOptions;
use crate::console::{Console, Level};
use command::ToolchainCommand;
use settings::ToolchainSettings;
use steps::Steps;

/// Does what the COMMANDs say, in order; returns the process's exit status.
pub(super) fn run(options: &ToolchainOptions) -> ExitCode {
    on_console(options.talk, |console| execute(options, console))
}

fn execute(options: &ToolchainOptions, console: &Console) -> anyhow::Result<Outcome> {
    // All of them, before anything is done.
    let commands: Vec<ToolchainCommand> = commands(&options.commands)?;
    if commands.is_empty() {
        console.say(Level::Normal, "nothing to do; try a COMMAND");
        return Ok(Outcome::Complete);
    }
    let settings = ToolchainSettings::read(options)?;
    carry_out(console, |lifecycle| Steps::begin(&commands, &settings, console, lifecycle))
}

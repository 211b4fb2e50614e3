//! The one program of romt. The first argument chooses what it does.

mod cli;
mod commands;
mod progress;
mod screen;
mod settings;

use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::parse() {
        cli::Invocation::Verb(cli) => commands::run(*cli),
        cli::Invocation::Unbuilt(verb) => commands::unbuilt(&verb),
    }
}

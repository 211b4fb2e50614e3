//! `romt --readme`: the README, which a machine without internet has nowhere else.

use std::process::ExitCode;

use super::outcome::Outcome;
use crate::console::Console;

const README: &str = include_str!("../../../../README.md");

/// Prints the README.
pub(crate) fn readme() -> ExitCode {
    let console = Console::new(Console::NORMAL);
    let printed = console.data(README.trim_end()).and_then(|()| console.flush());
    Outcome::of_console(printed.map(|()| Outcome::Complete), &console)
}

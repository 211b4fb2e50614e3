//! Verbs that are known and not there yet.

use std::process::ExitCode;

use anyhow::anyhow;
use romt_runtime::Hint;

use super::outcome::{Outcome, Usage};
use crate::screen::Screen;

/// Says that a verb is not there.
pub(crate) fn unbuilt(verb: &str) -> ExitCode {
    let missing = Err(anyhow!(Usage(format!("`romt {verb}` is not built yet"))));
    Outcome::of(missing.hint("`romt --help` lists what is there"), &Screen::new(false, false))
}

//! Verbs that are not there: not yet, or not named.

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

/// Says that no verb was named. The words and the exit status are Python romt's.
pub(crate) fn nothing() -> ExitCode {
    Outcome::of(Err(anyhow!("missing OPERATION (try --help)")), &Screen::new(false, false))
}

//! The names of COMMANDs.

use std::str::FromStr;

use anyhow::anyhow;
use romt_runtime::Hint;

/// All COMMANDs of a call, read before anything is done.
pub(in crate::commands) fn commands<C: FromStr<Err = anyhow::Error>>(names: &[String]) -> anyhow::Result<Vec<C>> {
    names.iter().map(|name| name.parse()).collect()
}

/// The one of `known` that is called `name`. The words of the error are Python romt's.
pub(in crate::commands) fn command<C: Copy>(
    verb: &str,
    known: &[C],
    name_of: impl Fn(C) -> &'static str,
    name: &str,
) -> anyhow::Result<C> {
    let command = known.iter().copied().find(|command| name_of(*command) == name);
    let missing = || anyhow!("invalid COMMAND '{}'", name.escape_debug());
    command.ok_or_else(missing).hint(format!("`romt {verb} --help` lists them"))
}

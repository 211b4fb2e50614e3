//! What is said of archives of toolchains and of rustup, in Python romt's words.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use romt_dist::Target;
use romt_runtime::Hint;

use crate::console::{Console, Level};

/// The archive that was named.
pub(in crate::commands) fn archive(path: &Path) -> anyhow::Result<PathBuf> {
    if path.as_os_str().is_empty() {
        return Err(anyhow!("missing archive name")).hint("name it with `--archive FILE`");
    }
    Ok(path.to_owned())
}

/// Tells what an archive brought.
pub(in crate::commands) fn tell_unpacked<'t>(
    console: &Console,
    specs: impl ExactSizeIterator<Item = impl Display>,
    targets: impl IntoIterator<Item = &'t Target, IntoIter: ExactSizeIterator>,
) {
    let say = |text: std::fmt::Arguments<'_>| console.say(Level::Normal, text);
    say(format_args!("Unpacked specs: {}", specs.len()));
    for spec in specs {
        say(format_args!("  {spec}"));
    }
    let targets = targets.into_iter();
    say(format_args!("Unpacked targets: {}", targets.len()));
    for target in targets {
        say(format_args!("  {target}"));
    }
}

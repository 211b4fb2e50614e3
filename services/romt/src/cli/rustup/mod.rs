//! `romt rustup`: the options of Python romt.

#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use romt_upstream::defaults;

use super::{TalkOptions, TransferOptions};

const AFTER: &str = "\
SPEC is X.Y.Z, `stable` for the release that release-stable.toml names, `latest`
for the newest on disk, or `*` for each of them. Several are separated by commas
or blanks.

TARGET is a triple, or
  linux        x86_64-unknown-linux-gnu
  windows      x86_64-pc-windows-msvc
  darwin       aarch64-apple-darwin
  all          every target that rustup is known to be released for
  *            the targets on disk; what `verify` and `pack` take by default

COMMANDs:
  download     Bring the releases that SPEC and TARGET name, and publish them
  verify       Read everything on disk again
  list         List the releases and targets on disk
  all-targets  List all known targets; others may be asked for, too
  pack         Pack what is on disk into ARCHIVE
  unpack       Take over ARCHIVE, which says itself what is in it; verify it and
               publish it
  fixup        Make the newest of SPEC the stable release, unless a newer one is

Several COMMANDs run in the order given, and all options count for all of them.

Examples:
  romt rustup -s stable -t linux,windows download
  romt rustup -s stable -t all download pack
  romt rustup unpack list";

/// `romt rustup`.
#[derive(Debug, Args)]
#[command(after_help = AFTER, args_override_self = true)]
pub(crate) struct RustupOptions {
    /// What to do; several are done in the order given
    #[arg(value_name = "COMMAND")]
    pub(crate) commands: Vec<String>,

    /// Which releases (repeatable)
    #[arg(short, long, help_heading = "Selection", value_name = "SPEC")]
    pub(crate) select: Vec<String>,
    /// For which targets (repeatable)
    #[arg(short, long, help_heading = "Selection", value_name = "TARGET")]
    pub(crate) target: Vec<String>,

    /// Folder of the releases
    #[arg(long, help_heading = "Mirror", value_name = "DIR", default_value = "rustup")]
    pub(crate) dest: PathBuf,

    #[arg(long, help_heading = "Upstream", value_name = "URL", help = url_help())]
    pub(crate) url: Option<String>,
    #[command(flatten)]
    pub(crate) transfers: TransferOptions,

    /// Believe in programs that are there, without checking them
    #[arg(long, help_heading = "Work")]
    pub(crate) assume_ok: bool,
    /// Archive to pack or unpack
    #[arg(long, help_heading = "Work", value_name = "ARCHIVE", default_value = "rustup.tar.gz")]
    pub(crate) archive: OsString,

    #[command(flatten)]
    pub(crate) talk: TalkOptions,
}

fn url_help() -> String {
    let root = defaults::UPDATE_ROOT;
    format!("Address of upstream's rustup, or a folder [default: $RUSTUP_UPDATE_ROOT, or {root}]")
}

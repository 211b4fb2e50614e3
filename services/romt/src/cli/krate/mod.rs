//! `romt crate`: the options of Python romt, and a selection for sparse upstreams.

#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use romt_index::CratesUrl;
use romt_types::ParseError;
use romt_upstream::defaults;

use super::{SelectionOptions, TalkOptions, TransferOptions};

const AFTER: &str = "\
COMMANDs to begin with:
  init         Set up INDEX and CRATES_ROOT of a mirror that downloads
  init-import  Set up INDEX and CRATES_ROOT of a mirror that imports
  config       Edit INDEX/config.json to point to the mirror's server

COMMANDs for every day:
  update       As `pull prune download mark`
  export       As `pull prune download pack mark`
  import       As `unpack pull prune verify mark`

COMMANDs that those are made of:
  pull         Bring commits from INDEX's origin into INDEX
  prune        Remove the files of crates that were removed in RANGE
  download     Download the crates that were added in RANGE
  verify       Check the crates that were added in RANGE
  pack         Pack the commits and crates of RANGE into ARCHIVE
  mark         Move the branches `mark` and `master` to END
  unpack       Unpack the commits and crates of ARCHIVE
  list         List the crates of RANGE; those that were removed have a `-`

RANGE goes from START to END. Several COMMANDs run in the order given, and all
options count for all of them. The selection is what `pull` brings of a sparse
index; a git repository is always mirrored whole.

Examples:
  romt crate init
  romt crate update
  romt crate export --archive crates-2026-03.tar.gz --keep-going
  romt crate list --start 0 --filter 'serde*@1.*'
  romt crate init --index-url sparse+https://index.example/
  romt crate update --lockfile Cargo.lock

The default of --crates-url is
";

/// What stands below the options. The one line that may be too long for a terminal is the last.
fn after() -> String {
    format!("{AFTER}  {}", defaults::CRATES_URL)
}

/// `romt crate`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that is given or not")]
#[command(after_help = after(), args_override_self = true)]
pub(crate) struct CrateOptions {
    /// What to do; several are done in the order given
    #[arg(value_name = "COMMAND")]
    pub(crate) commands: Vec<String>,

    /// Repository of the index
    #[arg(long, help_heading = "Mirror", value_name = "INDEX", default_value = "git/crates.io-index")]
    pub(crate) index: PathBuf,
    /// Folder of the crates
    #[arg(long, help_heading = "Mirror", value_name = "CRATES_ROOT", default_value = "crates")]
    pub(crate) crates: PathBuf,
    /// Address of the mirror's server, for `config`
    #[arg(long, help_heading = "Mirror", value_name = "URL", default_value = "http://localhost:8000")]
    pub(crate) server_url: String,

    /// Revision where RANGE starts; 0: from nothing [default: `mark`, or 0 as long as there is none]
    #[arg(long, help_heading = "Range", value_name = "START")]
    pub(crate) start: Option<String>,
    /// Revision where RANGE ends
    #[arg(long, help_heading = "Range", value_name = "END", default_value = "HEAD")]
    pub(crate) end: String,
    /// Take a START that is not there for 0
    #[arg(long, help_heading = "Range")]
    pub(crate) allow_missing_start: bool,
    /// Only these crates, like 'serde*@1.*, rand' (repeatable)
    #[arg(long, help_heading = "Range", value_name = "FILTER")]
    pub(crate) filter: Vec<String>,
    /// Only the crates that this file names by filters (repeatable)
    #[arg(long, help_heading = "Range", value_name = "FILE")]
    pub(crate) filter_file: Vec<PathBuf>,

    #[arg(long, help_heading = "Upstream", value_name = "URL", default_value = defaults::CRATES_GIT_INDEX)]
    #[arg(help = "Index to mirror, for `init`: a git repository, or a sparse one like sparse+https://index.example/")]
    pub(crate) index_url: String,
    /// Where `download` finds crates, with {crate}, {version}, {prefix}, {lowerprefix}, {sha256-checksum} [default: see
    /// below]
    #[arg(long, help_heading = "Upstream", value_name = "TEMPLATE", default_value = defaults::CRATES_URL)]
    #[arg(hide_default_value = true, value_parser = crates_url)]
    pub(crate) crates_url: CratesUrl,
    #[command(flatten)]
    pub(crate) transfers: TransferOptions,

    #[command(flatten)]
    pub(crate) selection: SelectionOptions,

    /// Believe in files that are there, without checking them
    #[arg(long, help_heading = "Work")]
    pub(crate) assume_ok: bool,
    /// Go on when single crates fail
    #[arg(long, help_heading = "Work")]
    pub(crate) keep_going: bool,
    /// Write good crates of `download` and `verify` to FILE
    #[arg(long, help_heading = "Work", value_name = "FILE")]
    pub(crate) good_crates: Option<OsString>,
    /// Write bad crates of `download` and `verify` to FILE
    #[arg(long, help_heading = "Work", value_name = "FILE")]
    pub(crate) bad_crates: Option<OsString>,
    /// Archive to pack or unpack
    #[arg(long, help_heading = "Work", value_name = "ARCHIVE", default_value = "crates.tar.gz")]
    pub(crate) archive: PathBuf,
    /// Where `pack` and `unpack` keep the bundle of commits [default: INDEX/origin.bundle]
    #[arg(long, help_heading = "Work", value_name = "FILE")]
    pub(crate) bundle_path: Option<OsString>,

    /// List crates by path
    #[arg(long, help_heading = "Output")]
    pub(crate) show_path: bool,
    /// List crates by hash and path, as `sha256sum --check` reads them
    #[arg(long, help_heading = "Output")]
    pub(crate) show_hash: bool,
    #[command(flatten)]
    pub(crate) talk: TalkOptions,
}

/// Reads a template; the option and its value are named by whoever tells the error.
fn crates_url(template: &str) -> Result<CratesUrl, String> {
    template.parse().map_err(|error: ParseError| error.reason)
}

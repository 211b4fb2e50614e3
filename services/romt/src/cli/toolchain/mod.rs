//! `romt toolchain`: the options of Python romt, and those of profiles, keys and retention.

#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use romt_dist::{Keep, Profile};
use romt_types::ParseError;
use romt_upstream::defaults;

use super::{TalkOptions, TransferOptions};

const AFTER: &str = "\
SPEC is CHANNEL, CHANNEL-DATE or DATE:
  CHANNEL  nightly, beta, stable, X.Y.Z, X.Y, X.Y.Z-beta.N, or * for those on disk
  DATE     YYYY-MM-DD, latest for the newest day on disk, or * for each of them
  Several are separated by commas or blanks. `*` alone is `*-*`.

TARGET is a triple, or
  linux        x86_64-unknown-linux-gnu
  windows      x86_64-pc-windows-msvc
  darwin       aarch64-apple-darwin
  all          every target that the manifest names
  *            the targets on disk; what `verify` and `pack` take by default

COMMANDs for every day:
  download        Bring what SPEC, TARGET and the choice of packages name, and
                  publish it
  pack            Pack what is on disk into ARCHIVE
  unpack          Take over ARCHIVE, which says itself what is in it; verify it
                  and publish it
  prune           Delete the days that are older than those that `--keep` keeps
                  and that no manifest at the top points to. Those of versions
                  (1.90.0, 1.90) stay, and so do their days, unless `--keep` has
                  versions=N: then only the N newest of each channel are sure to

COMMANDs for now and then:
  fetch-manifest  Bring the manifest of SPEC alone
  verify          Read everything on disk again
  list            List what is on disk
  all-targets     List the targets that the manifest names
  all-components  List the packages that are available
  fixup           Publish what is on disk under all its names

Several COMMANDs run in the order given, and all options count for all of them.

Examples:
  romt toolchain -s stable -t linux --profile default --dry-run download
  romt toolchain -s 'stable 1.90.0 nightly-2026-04-16' -t linux,windows download
  romt toolchain -s latest pack
  romt toolchain unpack list
  romt toolchain --keep nightly=14,beta=4,stable=6,versions=6 prune";

/// `romt toolchain`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that is given or not")]
#[command(after_help = AFTER, args_override_self = true)]
pub(crate) struct ToolchainOptions {
    /// What to do; several are done in the order given
    #[arg(value_name = "COMMAND")]
    pub(crate) commands: Vec<String>,

    /// Which toolchains (repeatable)
    #[arg(short, long, help_heading = "Selection", value_name = "SPEC")]
    pub(crate) select: Vec<String>,
    /// For which targets (repeatable)
    #[arg(short, long, help_heading = "Selection", value_name = "TARGET")]
    pub(crate) target: Vec<String>,
    /// Only these packages, or with a ! before the name all but these, like 'cargo rustc' or '!rust-docs' (repeatable)
    #[arg(long, help_heading = "Selection", value_name = "LIST")]
    pub(crate) components: Vec<String>,
    /// What rustup needs for this profile, instead of all there is; --components adds to it
    #[arg(long, help_heading = "Selection", value_name = "minimal|default|complete", value_parser = profile)]
    pub(crate) profile: Option<Profile>,
    /// Only what it takes to compile for TARGET on another: rust-std
    #[arg(long, help_heading = "Selection")]
    pub(crate) cross: bool,

    // `--d` is clear to Python romt, which has no `--dry-run`.
    /// Folder of the toolchains
    #[arg(long, help_heading = "Mirror", value_name = "DIR", default_value = "dist", alias = "d")]
    pub(crate) dest: PathBuf,
    /// How many of the newest days of each channel `prune` keeps, like nightly=14,beta=4,stable=6, and with versions=6 how
    /// many versions stay known by name; of others all
    #[arg(long, help_heading = "Mirror", value_name = "CHANNEL=N,…", value_parser = keep)]
    pub(crate) keep: Option<Keep>,

    #[arg(long, help_heading = "Upstream", value_name = "URL", help = url_help())]
    pub(crate) url: Option<String>,
    #[command(flatten)]
    pub(crate) transfers: TransferOptions,

    /// Warn where a signature on disk is bad or missing, instead of failing
    #[arg(long, help_heading = "Signatures")]
    pub(crate) warn_signature: bool,
    /// Neither fetch, check nor pack signatures
    #[arg(long, help_heading = "Signatures")]
    pub(crate) no_signature: bool,
    /// Also believe the OpenPGP keys in FILE, beside Rust's own, which is built in (repeatable)
    #[arg(long, help_heading = "Signatures", value_name = "FILE")]
    pub(crate) keyring: Vec<PathBuf>,
    /// Believe signatures over SHA-1, which can be forged; releases 1.8 to 1.21 have no others
    #[arg(long, help_heading = "Signatures")]
    pub(crate) accept_sha1: bool,

    /// Only say what `download` would bring or `prune` delete, and how large it is
    #[arg(long, help_heading = "Work")]
    pub(crate) dry_run: bool,
    /// Believe in packages that are there, without checking them
    #[arg(long, help_heading = "Work")]
    pub(crate) assume_ok: bool,
    /// Archive to pack or unpack
    #[arg(long, help_heading = "Work", value_name = "ARCHIVE", default_value = "toolchain.tar.gz")]
    pub(crate) archive: OsString,

    #[command(flatten)]
    pub(crate) talk: TalkOptions,
}

fn url_help() -> String {
    let server = defaults::DIST_SERVER;
    format!("Address of upstream's dist, or a folder [default: $RUSTUP_DIST_SERVER/dist, or {server}/dist]")
}

/// Reads a profile; the option and its value are named by whoever tells the error.
fn profile(text: &str) -> Result<Profile, String> {
    text.parse().map_err(|error: ParseError| error.reason)
}

fn keep(text: &str) -> Result<Keep, String> {
    text.parse().map_err(|error: ParseError| error.reason)
}

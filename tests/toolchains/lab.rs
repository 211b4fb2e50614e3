//! What the sessions start from.

use std::collections::BTreeMap;
use std::path::Path;

use romt_testkit::{DistMirror, DistUpstream, FakeToolchain, RomtProgram};
use romt_types::Digest;

pub(crate) const LINUX: &str = "x86_64-unknown-linux-gnu";
pub(crate) const MUSL: &str = "x86_64-unknown-linux-musl";
pub(crate) const WINDOWS: &str = "x86_64-pc-windows-msvc";
pub(crate) const DARWIN: &str = "aarch64-apple-darwin";
/// Its documentation is that of [`LINUX`], and all that it has.
pub(crate) const MIPS: &str = "mips-unknown-linux-gnu";

/// The day of [`stable`].
pub(crate) const DAY: &str = "2024-02-08";
/// The manifest of that day, below `dist`.
pub(crate) const CANONICAL: &str = "2024-02-08/channel-rust-stable.toml";
/// The manifest of the channel, below `dist`.
pub(crate) const DATELESS: &str = "channel-rust-stable.toml";

/// The release that the list of what Python romt does is about.
pub(crate) fn stable() -> FakeToolchain {
    FakeToolchain::stable("1.76.0", DAY)
}

/// An upstream that has it.
pub(crate) fn lab() -> DistUpstream {
    let upstream = DistUpstream::start();
    upstream.publish(&stable());
    upstream
}

/// A mirror of it for Linux, by our romt.
pub(crate) fn linux_mirror(upstream: &DistUpstream) -> DistMirror {
    linux_mirror_by(upstream, &RomtProgram::ours())
}

/// The same by any program.
pub(crate) fn linux_mirror_by(upstream: &DistUpstream, program: &RomtProgram) -> DistMirror {
    let romt = DistMirror::of(upstream, program);
    romt.toolchain("-s stable -t linux download").succeeds();
    romt
}

/// What a mirror has that Python romt makes too: it has no names of minor versions and betas, like `1.76`, `1.77.0-beta.3`.
pub(crate) fn shared(files: BTreeMap<String, Digest>) -> BTreeMap<String, Digest> {
    let is_ours = |path: &str| {
        let name = path.split_once("channel-rust-").and_then(|(_, rest)| rest.split_once(".toml"));
        name.is_some_and(|(name, _)| name.split('.').count() == 2 || name.contains("-beta."))
    };
    files.into_iter().filter(|(path, _)| !is_ours(path)).collect()
}

/// The same without the files in which the hash of another file stands.
pub(crate) fn without_hash_files(mut files: BTreeMap<String, Digest>) -> BTreeMap<String, Digest> {
    files.retain(|path, _| !path.ends_with(".sha256"));
    files
}

/// The names of packages in paths, without version and target: `rust-src`, `cargo`.
pub(crate) fn names(paths: &[String]) -> Vec<String> {
    let name = |path: &String| {
        let file = path.rsplit('/').next().unwrap_or_default();
        file.split_once("-1.").or_else(|| file.split_once("-nightly")).map_or(file, |(name, _)| name).to_owned()
    };
    paths.iter().map(name).collect()
}

/// Changes the first byte of a file.
pub(crate) fn spoil(file: &Path) {
    let mut content = std::fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    content[0] ^= 0x20;
    std::fs::write(file, content).expect("a file of the mirror");
}

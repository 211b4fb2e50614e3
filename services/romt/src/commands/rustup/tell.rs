//! What people are told of work on rustup.

use std::path::PathBuf;

use romt_dist::{RustupKey, Target};
use romt_indexer::rustup::{ReleaseTargets, RustupEvent};

use crate::console::{Console, Level};

/// Tells what happens, in the words of Python romt.
#[derive(Clone)]
pub(super) struct Teller {
    pub(super) console: Console,
    /// The folder of releases, as it was given.
    pub(super) dest: PathBuf,
    /// What is being done: `Download`.
    pub(super) work: &'static str,
}

impl Teller {
    pub(super) fn tell(&self, event: RustupEvent<'_>) {
        let say = |level, text: std::fmt::Arguments<'_>| self.console.say(level, text);
        match event {
            RustupEvent::Begun(release) => self.begun(release),
            RustupEvent::Fetching { files, .. } => self.console.begin_progress(files as u64),
            RustupEvent::Downloaded { key, .. } => self.file(Level::Verbose, "downloading", key),
            RustupEvent::Cached(key) => self.file(Level::Verbose, "cached file", key),
            RustupEvent::AssumedOk(key) => self.file(Level::VeryVerbose, "assuming OK", key),
            RustupEvent::Verified(key) => self.file(Level::Verbose, "verify", key),
            RustupEvent::Bad { reason, .. } => say(Level::Error, format_args!("error: {reason}")),
            RustupEvent::Lacking { version, targets } => {
                let names = targets.iter().map(Target::as_str).collect::<Vec<_>>().join(", ");
                let count = targets.len();
                say(Level::Normal, format_args!("note: upstream has no rustup {version} for {count} targets: {names}"));
            }
            RustupEvent::Pointed(version) => {
                let path = self.dest.join(RustupKey::ReleaseStable.to_string());
                say(Level::Normal, format_args!("[write] {} (version={version})", path.display()));
            }
            RustupEvent::Copied(version) => {
                let (from, to) = (self.dest.join(format!("archive/{version}")), self.dest.join("dist"));
                say(Level::Normal, format_args!("[copytree] {} -> {}", from.display(), to.display()));
            }
        }
    }

    /// What is done of a release.
    pub(super) fn begun(&self, release: &ReleaseTargets) {
        let say = |level, text: std::fmt::Arguments<'_>| self.console.say(level, text);
        say(Level::Normal, format_args!("{}: {}", self.work, release.spec));
        say(Level::Normal, format_args!("  version: {}", release.version));
        say(Level::Normal, format_args!("  targets: {}", release.targets.len()));
        for target in &release.targets {
            say(Level::VeryVerbose, format_args!("  target: {target}"));
        }
    }

    /// What happens to a file.
    pub(super) fn file(&self, level: Level, tag: &str, key: &RustupKey) {
        if self.console.says(level) {
            self.console.say(level, format_args!("[{tag}] {}", self.dest.join(key.to_string()).display()));
        }
    }
}

//! What people are told of work on toolchains.

use std::path::PathBuf;

use romt_dist::{Components, DistKey, PackageName};
use romt_indexer::toolchains::ToolchainEvent;
use romt_types::ByteSize;

use crate::console::{Console, Level};

/// Tells what happens, in the words of Python romt.
#[derive(Clone)]
pub(super) struct Teller {
    pub(super) console: Console,
    /// The folder of toolchains, as it was given.
    pub(super) dest: PathBuf,
    /// What is being done: `Download`.
    pub(super) work: &'static str,
    /// From which level on it is told which release it is.
    pub(super) idents: Level,
}

impl Teller {
    pub(super) fn tell(&self, event: ToolchainEvent<'_>) {
        match event {
            ToolchainEvent::Begun(path) => self.say(Level::Normal, format_args!("{}: {}", self.work, path.spec())),
            ToolchainEvent::Components(components) => self.components(components),
            ToolchainEvent::Release(release) => self.say(self.idents, format_args!("  ident: {release}")),
            ToolchainEvent::Planned { packages, targets } => {
                self.say(Level::Normal, format_args!("  packages: {packages}, targets: {}", targets.len()));
                for target in targets {
                    self.say(Level::VeryVerbose, format_args!("  target: {target}"));
                }
            }
            ToolchainEvent::Fetching { files } => self.console.begin_progress(files as u64),
            ToolchainEvent::Downloaded { key, .. } => self.file(Level::Verbose, "downloading", key),
            ToolchainEvent::Cached(key) => self.file(Level::Verbose, "cached file", key),
            ToolchainEvent::AssumedOk(key) => self.file(Level::VeryVerbose, "assuming OK", key),
            ToolchainEvent::Duplicate(key) => self.file(Level::Verbose, "duplicate", key),
            ToolchainEvent::Verified(key) => self.file(Level::Verbose, "verify", key),
            ToolchainEvent::HashWritten(key) => self.file(Level::VeryVerbose, "create hash", key),
            ToolchainEvent::Missing { key, size: Some(size) } => {
                self.file(Level::Verbose, &format!("missing, {}", ByteSize(size)), key);
            }
            ToolchainEvent::Missing { key, size: None } => self.file(Level::Verbose, "missing", key),
            ToolchainEvent::Published(path) => {
                self.say(Level::Normal, format_args!("[publish] {}", self.dest.join(path.to_string()).display()));
            }
            ToolchainEvent::Withdrawn(path) => {
                self.say(Level::Normal, format_args!("[withdraw] {}", self.dest.join(path.to_string()).display()));
            }
            ToolchainEvent::Pruned { key, .. } => self.file(Level::Verbose, "prune", key),
            ToolchainEvent::Bad { reason, .. } => self.say(Level::Error, format_args!("error: {reason}")),
            ToolchainEvent::Warning(warning) => self.say(Level::Error, format_args!("warning: {warning}")),
        }
    }

    /// How the choice of components was understood.
    fn components(&self, components: &Components) {
        let list = |head, names: &mut dyn Iterator<Item = &PackageName>| {
            self.say(Level::Normal, format_args!("  components {head}:"));
            for name in names {
                self.say(Level::Normal, format_args!("    {name}"));
            }
        };
        if components.limited {
            list("limited to", &mut components.included.iter());
        }
        if !components.excluded.is_empty() {
            list("excluded", &mut components.excluded.iter());
        }
        for (old, new) in &components.renamed {
            self.say(Level::Normal, format_args!("note: component '{old}' is called '{new}' in the manifest"));
        }
        for name in &components.unknown {
            self.say(Level::Error, format_args!("warning: component '{name}' is not in the manifest"));
        }
    }

    /// What happens to a file.
    pub(super) fn file(&self, level: Level, tag: &str, key: &DistKey) {
        if self.console.says(level) {
            self.console.say(level, format_args!("[{tag}] {}", self.dest.join(key.to_string()).display()));
        }
    }

    fn say(&self, level: Level, text: std::fmt::Arguments<'_>) {
        self.console.say(level, text);
    }
}

//! Two mirrors that never see each other.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use romt_testkit::{Outcome, Romt, Serving, Upstream};

/// An upstream, a mirror that exports from it, and a mirror that imports.
pub(crate) struct Sides {
    pub(crate) upstream: Upstream,
    pub(crate) exporter: Romt,
    pub(crate) importer: Importer,
}

impl Sides {
    pub(crate) fn new(upstream: Upstream) -> Self {
        let exporter = Romt::with(&upstream);
        Self { upstream, exporter, importer: Importer::new() }
    }

    /// Syncs and exports once.
    pub(crate) fn export(&self, args: &[&str]) -> Outcome {
        self.exporter.run(&[&["up", "--once", "--export"], args].concat())
    }

    /// The folder that archives are carried away from.
    pub(crate) fn outbox(&self) -> PathBuf {
        self.exporter.folder().join("outbox")
    }

    /// The archives in it, in order.
    pub(crate) fn archives(&self) -> Vec<String> {
        names(&self.outbox()).into_iter().filter(|name| name.ends_with(".tar.gz")).collect()
    }

    /// Carries everything that is in the outbox to the inbox, and empties the outbox. Returns the archives.
    pub(crate) fn carry(&self) -> Vec<String> {
        let archives = self.archives();
        for name in &archives {
            for name in [name.clone(), format!("{name}.sha256")] {
                // Where romt was killed the sum may be missing.
                if self.outbox().join(&name).exists() {
                    copy(&self.outbox().join(&name), &self.importer.inbox().join(&name));
                    fs::remove_file(self.outbox().join(name)).unwrap();
                }
            }
        }
        archives
    }

    /// The versions that the importer publishes, after everything in it was checked.
    #[track_caller]
    pub(crate) fn audit(&self) -> Vec<String> {
        self.importer.romt.audit(&self.upstream)
    }
}

/// A mirror that asks nobody.
pub(crate) struct Importer {
    pub(crate) romt: Romt,
}

impl Importer {
    pub(crate) fn new() -> Self {
        let mut romt = Romt::with_index("sparse+http://127.0.0.1:1/");
        romt.set("ROMT_SETTLE_TIME", "1500ms");
        romt.set("ROMT_POLL_INTERVAL", "1s");
        romt.set("ROMT_SIGNATURES", "off");
        fs::create_dir(romt.folder().join("inbox")).unwrap();
        Self { romt }
    }

    pub(crate) fn inbox(&self) -> PathBuf {
        self.romt.folder().join("inbox")
    }

    pub(crate) fn quarantine(&self) -> PathBuf {
        self.romt.mirror().join("quarantine")
    }

    /// What the file in the quarantine says about an archive.
    #[track_caller]
    pub(crate) fn reason(&self, archive: &str) -> String {
        let path = self.quarantine().join(format!("{archive}.reason"));
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    pub(crate) fn up(&self, args: &[&str]) -> Serving {
        self.romt.up(&[&["--import"], args].concat())
    }

    /// Takes in what is in the inbox until `count` archives were admitted, and stops.
    pub(crate) fn admit(&self, count: usize) -> Outcome {
        let serving = self.up(&[]);
        serving.process().wait_for_lines(count, "is admitted");
        serving.into_process().terminate()
    }
}

/// The names in a folder, hidden ones left out, in order.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    names
}

/// Everything in a folder, with sizes and times.
pub(crate) fn snapshot(folder: &Path) -> Vec<(PathBuf, u64, std::time::SystemTime)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let metadata = fs::symlink_metadata(&path).unwrap();
        found.push((path, metadata.len(), metadata.modified().unwrap()));
    }
    found.sort();
    found
}

/// Copies a file as people do: it grows under its final name.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::copy(from, to).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_mins(1), "it never came to this: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

//! Two mirrors that never see each other.

use std::fs;
use std::path::{Path, PathBuf};

use romt_testkit::{Outcome, Upstream};
use romt_tests::{Site, SiteKind, Staying};

/// An upstream, a mirror that exports from it, and a mirror that imports.
pub(crate) struct Sides {
    pub(crate) upstream: Upstream,
    pub(crate) exporter: Site,
    pub(crate) importer: Importer,
}

impl Sides {
    pub(crate) fn new(kind: &SiteKind, upstream: Upstream) -> Self {
        let exporter = Site::new(kind, &upstream);
        Self { upstream, exporter, importer: Importer::new(kind) }
    }

    /// Syncs and exports once.
    pub(crate) fn export(&self, selection: &[&str]) -> Outcome {
        self.exporter.export(selection)
    }

    /// The folder that archives are carried away from.
    pub(crate) fn outbox(&self) -> PathBuf {
        self.exporter.folder().join(Site::OUTBOX)
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
        self.importer.site.audit(&self.upstream)
    }
}

/// A mirror that asks nobody.
pub(crate) struct Importer {
    pub(crate) site: Site,
}

impl Importer {
    pub(crate) fn new(kind: &SiteKind) -> Self {
        let mut site = Site::that_imports(kind);
        site.set("ROMT_SETTLE_TIME", "1500ms");
        site.set("ROMT_POLL_INTERVAL", "1s");
        site.set("ROMT_SIGNATURES", "off");
        Self { site }
    }

    pub(crate) fn inbox(&self) -> PathBuf {
        self.site.folder().join(Site::INBOX)
    }

    pub(crate) fn quarantine(&self) -> PathBuf {
        self.site.packing_room().join("quarantine")
    }

    /// What the file in the quarantine says about an archive.
    #[track_caller]
    pub(crate) fn reason(&self, archive: &str) -> String {
        let path = self.quarantine().join(format!("{archive}.reason"));
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Takes in what comes, and serves.
    pub(crate) fn up(&self, options: &[&str]) -> Staying<'_> {
        self.site.import(options)
    }

    /// Takes in what is in the inbox until `count` archives were admitted, and stops.
    pub(crate) fn admit(&self, count: usize) -> Outcome {
        let site = self.up(&[]);
        site.wait_for_admitted(count);
        site.terminate()
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

//! Archives that cross from one deployment to another: packers with an outbox and with an inbox.

#![expect(clippy::expect_used, reason = "a test's tools fail by failing the test")]

use std::fs;
use std::path::{Path, PathBuf};

use romt_testkit::{FakeCrate, Process, Upstream};

use crate::deployment::{Deployment, SYNCED};

/// What an indexer says when an export of its own is through.
pub(crate) const EXPORTED: &str = "the export is through";

/// A deployment that mirrors and exports, and one that imports. Nothing is between them but files that are carried.
pub(crate) struct Sides {
    pub(crate) upstream: Upstream,
    pub(crate) exporter: Deployment,
    pub(crate) importer: Deployment,
}

impl Sides {
    /// `None`, and it is said that `test` did not run, where there is no nats-server.
    pub(crate) fn start(test: &str, upstream: Upstream) -> Option<Self> {
        let exporter = Deployment::start(test, &upstream)?;
        let mut importer = Deployment::start(test, &upstream)?;
        importer.set("ROMT_INDEX_URL", "sparse+http://127.0.0.1:1/");
        importer.set("ROMT_SETTLE_TIME", "1500ms");
        importer.set("ROMT_POLL_INTERVAL", "1s");
        importer.set("ROMT_INBOX", "inbox");
        fs::create_dir(importer.folder().join("inbox")).expect("an inbox");
        Some(Self { upstream, exporter, importer })
    }

    pub(crate) fn outbox(&self) -> PathBuf {
        self.exporter.folder().join("outbox")
    }

    pub(crate) fn inbox(&self) -> PathBuf {
        self.importer.folder().join("inbox")
    }

    /// The archives in the outbox, in order.
    pub(crate) fn archives(&self) -> Vec<String> {
        let names = names(&self.outbox()).into_iter();
        names.filter(|name| name.ends_with(".tar.gz") && !name.starts_with('.')).collect()
    }

    /// Carries an archive to the inbox, its sum after it.
    pub(crate) fn carry(&self, archive: &str) {
        for name in [archive.to_owned(), format!("{archive}.sha256")] {
            fs::copy(self.outbox().join(&name), self.inbox().join(&name)).expect("a file to carry");
        }
    }
}

/// The names in a folder, in order.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("a name").file_name().into_string().expect("text")).collect();
    names.sort();
    names
}

#[test]
fn archives_cross_and_cargo_builds_from_the_other_side() {
    let upstream = Upstream::start();
    upstream.publish(FakeCrate::new("tool", "1.0.0"));
    let Some(sides) = Sides::start("archives_cross", upstream) else { return };
    let Sides { upstream, exporter, importer } = &sides;
    let outbox = sides.outbox();
    let outbox = outbox.to_str().expect("a path in UTF-8");
    let _fetcher = exporter.fetcher();
    let packer = exporter.spawn(&["packer", "--outbox", outbox]);
    let indexer = exporter.indexer(&["--crate", "tool", "--outbox", outbox]);
    indexer.wait_for_lines(1, SYNCED);
    indexer.wait_for_lines(1, EXPORTED);
    upstream.publish(FakeCrate::new("tool", "1.1.0"));
    exporter.sync();
    indexer.wait_for_lines(2, EXPORTED);
    let archives = sides.archives();
    assert_eq!(archives.len(), 2, "{archives:?}");
    packer.terminate().succeeds();

    let watcher = importer.spawn(&["packer"]);
    let indexer = importer.indexer(&[]);
    let server = importer.server(&[]);
    for archive in &archives {
        sides.carry(archive);
    }
    wait_for_versions(&sides, 2, &[&watcher, &indexer]);
    assert_eq!(importer.audit(upstream), ["tool@1.0.0", "tool@1.1.0"]);
    watcher.terminate().succeeds();
    indexer.terminate().succeeds();
    drop(server);
}

/// Waits until the importer publishes so many versions.
#[track_caller]
pub(crate) fn wait_for_versions(sides: &Sides, count: usize, processes: &[&Process]) {
    let begun = std::time::Instant::now();
    while romt_testkit::Audit::of(&sides.importer.mirror()).lines.len() != count {
        assert!(begun.elapsed() < std::time::Duration::from_mins(1), "they never came: {processes:#?}");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
}

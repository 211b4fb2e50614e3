//! Archives that cross from one deployment to another: packers with an outbox and with an inbox.

#![expect(clippy::expect_used, reason = "a test's tools fail by failing the test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use romt_testkit::scenario::{self, FAMILY_DEPENDENCY, FAMILY_LOCKED, FAMILY_TREE};
use romt_testkit::{DistUpstream, FakeCrate, FakeToolchain, NatsProgram, Project, Upstream, not_run, stored_files};
use romt_tests::{Deployment, IS_INDEXER, SYNCED};

/// What an indexer says when an export of its own is through.
const EXPORTED: &str = "the export is through";
/// What a packer says when it has the role of the one who watches the inbox.
pub(crate) const WATCHES: &str = "watching for archives";
const LINUX: &str = "x86_64-unknown-linux-gnu";

/// A deployment that mirrors and exports, and one that imports. Nothing is between them but files that are carried.
pub(crate) struct Sides {
    pub(crate) exporter: Deployment,
    pub(crate) importer: Deployment,
}

impl Sides {
    /// On the newest nats-server; `None`, and it is said that `test` did not run, where there is none.
    pub(crate) fn start(test: &str, upstream: &Upstream) -> Option<Self> {
        let Some(program) = NatsProgram::all().into_iter().next_back() else {
            not_run(test, "nats-server is not installed");
            return None;
        };
        Some(Self::start_on(&program, upstream))
    }

    pub(crate) fn start_on(program: &NatsProgram, upstream: &Upstream) -> Self {
        let mut exporter = Deployment::start_on(program, upstream);
        exporter.set("ROMT_OUTBOX", "outbox");
        let mut importer = Deployment::start_on(program, upstream);
        for (name, value) in [
            ("ROMT_INDEX_URL", "sparse+http://127.0.0.1:1/"),
            ("ROMT_SETTLE_TIME", "1500ms"),
            ("ROMT_POLL_INTERVAL", "1s"),
            ("ROMT_SIGNATURES", "off"),
            ("ROMT_INBOX", "inbox"),
        ] {
            importer.set(name, value);
        }
        fs::create_dir(importer.folder().join("inbox")).expect("an inbox");
        Self { exporter, importer }
    }

    pub(crate) fn outbox(&self) -> PathBuf {
        self.exporter.folder().join("outbox")
    }

    pub(crate) fn inbox(&self) -> PathBuf {
        self.importer.folder().join("inbox")
    }

    /// The archives in the outbox, in order.
    pub(crate) fn archives(&self) -> Vec<String> {
        names(&self.outbox()).into_iter().filter(|name| name.ends_with(".tar.gz") && !name.starts_with('.')).collect()
    }

    /// Carries an archive to the inbox, its sum after it.
    pub(crate) fn carry(&self, archive: &str) {
        for name in [archive.to_owned(), format!("{archive}.sha256")] {
            fs::copy(self.outbox().join(&name), self.inbox().join(&name)).expect("a file to carry");
        }
    }

    /// The versions that the importer publishes, after everything in it was checked.
    #[track_caller]
    pub(crate) fn audit(&self, upstream: &Upstream) -> Vec<String> {
        self.importer.audit(upstream)
    }

    /// What `romt status --json` says on the importer.
    fn import_status(&self) -> serde_json::Value {
        let status = self.importer.run(&["status", "--json"]).succeeds();
        serde_json::from_str(&status.stdout).expect("JSON")
    }

    /// The crates `tool` 1.0.0 and 1.1.0, the second of which was published later, each in an archive.
    pub(crate) fn with_two_archives(test: &str) -> Option<(Self, Upstream, [String; 2])> {
        let upstream = Upstream::start();
        upstream.publish(FakeCrate::new("tool", "1.0.0"));
        let sides = Self::start(test, &upstream)?;
        let services = [sides.exporter.fetcher(), sides.exporter.spawn(&["packer"])];
        let indexer = sides.exporter.indexer(&["--crate", "tool"]);
        indexer.wait_for_lines(1, EXPORTED);
        upstream.publish(FakeCrate::new("tool", "1.1.0"));
        sides.exporter.sync();
        indexer.wait_for_lines(2, EXPORTED);
        for service in services.into_iter().chain([indexer]) {
            service.terminate().succeeds();
        }
        let archives = sides.archives().try_into().expect("two archives");
        Some((sides, upstream, archives))
    }
}

/// The names in a folder, in order.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let name = |entry: std::io::Result<fs::DirEntry>| entry.expect("a name").file_name().into_string().expect("text");
    let mut names: Vec<_> = entries.map(name).collect();
    names.sort();
    names
}

/// A folder that can only be read while this is held.
struct ReadOnly<'a>(&'a Path);

impl<'a> ReadOnly<'a> {
    /// `None` where no file system can be mounted.
    fn mount(folder: &'a Path) -> Option<Self> {
        let mount =
            |args: &[&str]| Command::new("mount").args(args).arg(folder).output().is_ok_and(|out| out.status.success());
        (mount(&["--bind", folder.to_str()?]) && mount(&["-o", "remount,ro,bind"])).then_some(Self(folder))
    }
}

impl Drop for ReadOnly<'_> {
    fn drop(&mut self) {
        // Those who still have something open there do not keep it.
        let _ = Command::new("umount").arg("--lazy").arg(self.0).status();
    }
}

/// The whole way, on every nats-server there is.
#[test]
fn crates_toolchains_and_rustup_cross_and_cargo_builds_on_the_other_side() {
    let programs = NatsProgram::all();
    if programs.is_empty() {
        not_run("crates_toolchains_and_rustup_cross", "nats-server is not installed");
    }
    for program in programs {
        cross(&program);
    }
}

fn cross(program: &NatsProgram) {
    let (upstream, rust) = (Upstream::start(), DistUpstream::start());
    scenario::family(&upstream);
    rust.publish(&FakeToolchain::stable("1.76.0", "2024-02-08"));
    rust.publish_rustup("1.28.0", &[LINUX]);
    let mut app = Project::new(&upstream.index_url(), FAMILY_DEPENDENCY, &["parent"]);
    app.cargo(&["generate-lockfile"]).succeeds();
    let mut sides = Sides::start_on(program, &upstream);
    sides.exporter.take(&app.lockfile());
    for (name, value) in
        [("ROMT_SIGNATURES", "off"), ("ROMT_DIST_URL", &*rust.dist_url()), ("ROMT_RUSTUP_URL", &*rust.rustup_url())]
    {
        sides.exporter.set(name, value);
    }
    let services = [sides.exporter.fetcher(), sides.exporter.spawn(&["packer"]), sides.exporter.spawn(&["packer"])];
    let selection = ["--lockfile", "Cargo.lock", "--toolchain", "stable", "--target", LINUX, "--rustup", "stable"];
    let indexer = sides.exporter.indexer(&selection);
    // By its schedule: after the first sync, without being asked.
    indexer.wait_for_lines(1, EXPORTED);
    let archives = sides.archives();
    let kinds: Vec<_> = archives.iter().filter_map(|name| name.split('-').next()).collect();
    assert_eq!(kinds, ["crates", "rustup", "toolchain"], "{archives:?}");
    sides.exporter.run(&["export"]).succeeds().says("nothing new to export");
    let status = sides.exporter.run(&["status"]).succeeds();
    assert!(status.stdout.contains(&format!("outbox   {}: ", archives[0])), "{status}");
    assert!(status.stdout.contains("nothing was new") && status.stdout.contains("(outbox `outbox`)"), "{status}");
    for service in services.into_iter().chain([indexer]) {
        service.terminate().succeeds();
    }
    let published = stored_files(&sides.exporter.mirror().join("dist"));
    let rustup = stored_files(&sides.exporter.mirror().join("rustup"));
    drop((upstream, rust));

    let server = sides.importer.server(&[]);
    let indexer = sides.importer.indexer(&[]);
    indexer.wait_for_lines(1, IS_INDEXER);
    for archive in &archives {
        sides.carry(archive);
    }
    sides.importer.run(&["import"]).exits_with(1).says("no packer watches an inbox").says("hint: ");
    let inbox = sides.inbox();
    let read_only = ReadOnly::mount(&inbox);
    if read_only.is_none() {
        not_run("a read-only inbox of a deployment", "no file system can be mounted here");
    }
    let packer = sides.importer.spawn(&["packer"]);
    packer.wait_for_lines(1, WATCHES);
    let import = sides.importer.run(&["import"]).succeeds();
    import.says("1 toolchains new").says("1 releases of rustup new").says("3 admitted, 0 waiting, 0 bad");
    drop(read_only);
    assert_eq!(stored_files(&sides.importer.mirror().join("dist")), published);
    assert_eq!(stored_files(&sides.importer.mirror().join("rustup")), rustup);
    app.use_registry(&server.index_url());
    assert_eq!(app.build_and_run(), FAMILY_TREE);
    assert_eq!(app.locked(), FAMILY_LOCKED);
    assert_eq!(server.get("/rustup/release-stable.toml").status, 200);
    assert_eq!(server.get("/dist/channel-rust-stable.toml").status, 200);
    let json = sides.importer.run(&["import", "--json"]).succeeds();
    let last: serde_json::Value = serde_json::from_str(json.stdout.lines().last().unwrap_or_default()).expect("JSON");
    assert_eq!((&last["event"], &last["admitted"]), (&"inbox_at_rest".into(), &3.into()));
    for service in [packer, indexer, server.into_process()] {
        service.terminate().succeeds();
    }
}

#[test]
fn what_is_bad_or_came_too_early_is_told_and_the_rest_is_taken_in() {
    let Some((sides, upstream, [first, second])) = Sides::with_two_archives("what_is_bad_or_came_too_early") else {
        return;
    };
    let services = [sides.importer.indexer(&[]), sides.importer.spawn(&["packer"])];
    fs::write(sides.inbox().join("bad.tar.gz"), "no archive").expect("a file");
    sides.carry(&second);
    let import = sides.importer.run(&["import"]).exits_with(1);
    import.says("bad.tar.gz is refused").says("came too early and waits").says("0 admitted, 1 waiting, 1 bad");
    let reason = fs::read_to_string(sides.importer.mirror().join("quarantine/bad.tar.gz.reason"));
    assert!(reason.expect("a reason").contains("gzip"));

    let status = sides.import_status();
    let archives = status["inbox"]["archives"].as_array().expect("archives");
    let [bad, early] = &archives[..] else { panic!("{status}") };
    assert_eq!((&bad["archive"], &bad["state"]), (&"bad.tar.gz".into(), &"bad".into()));
    assert_eq!((&early["archive"], &early["state"]), (&(&*second).into(), &"early".into()));
    let missing = early["missing"][0].as_str().expect("a commit").to_owned();
    let shown = sides.importer.run(&["status"]).succeeds();
    assert!(
        shown.stdout.contains(&format!("up to commit {missing}")) && shown.stdout.contains("bad.tar.gz.reason"),
        "{shown}"
    );
    assert!(shown.stdout.contains("(inbox `inbox`, watching the inbox)"), "{shown}");

    sides.carry(&first);
    sides.importer.run(&["import"]).exits_with(1).says("2 admitted, 0 waiting, 1 bad");
    assert_eq!(sides.audit(&upstream), ["tool@1.0.0", "tool@1.1.0"]);
    fs::remove_file(sides.inbox().join("bad.tar.gz")).expect("a file");
    sides.importer.run(&["import"]).succeeds();
    for service in services {
        service.terminate().succeeds();
    }
}

#[test]
fn of_two_packers_one_watches_and_the_other_takes_over() {
    let Some((sides, upstream, [first, second])) = Sides::with_two_archives("of_two_packers") else { return };
    let indexer = sides.importer.indexer(&[]);
    let one = sides.importer.spawn(&["packer"]);
    one.wait_for_lines(1, WATCHES);
    let two = sides.importer.spawn(&["packer"]);
    two.wait_for_lines(1, "somebody else has the role; waiting");
    let notes = |status: &serde_json::Value| {
        let services = status["services"].as_array().expect("services").iter();
        let packers = services.filter(|service| service["service"] == "packer");
        let mut notes: Vec<_> = packers.map(|packer| packer["note"].as_str().unwrap_or_default().to_owned()).collect();
        notes.sort();
        notes
    };
    assert_eq!(notes(&sides.import_status()), ["standby", "watching the inbox"]);
    one.kill().says(WATCHES);
    sides.carry(&first);
    // It follows over the time in which nobody watches.
    sides.importer.run(&["import"]).succeeds().says("1 admitted, 0 waiting, 0 bad");
    two.wait_for_lines(1, WATCHES);

    // One that is held for so long that another one has its role, and then goes on.
    two.pause(true);
    let three = sides.importer.spawn(&["packer"]);
    three.wait_for_lines(1, "waiting for it to leave");
    sides.carry(&second);
    two.pause(false);
    two.wait_for_lines(1, "standing by");
    three.wait_for_lines(1, WATCHES);
    sides.importer.run(&["import"]).succeeds().says("2 admitted, 0 waiting, 0 bad");
    assert_eq!(sides.audit(&upstream), ["tool@1.0.0", "tool@1.1.0"]);
    for service in [two, three, indexer] {
        service.terminate().succeeds();
    }
}

#[test]
fn an_export_without_a_packer_fails_and_the_next_one_carries_everything() {
    let upstream = Upstream::start();
    upstream.publish(FakeCrate::new("tool", "1.0.0"));
    let Some(mut sides) = Sides::start("an_export_without_a_packer", &upstream) else { return };
    sides.exporter.set("ROMT_OUTBOX", "");
    let services = [sides.exporter.fetcher(), sides.exporter.indexer(&["--crate", "tool"])];
    services[1].wait_for_lines(1, SYNCED);
    let failed = sides.exporter.run(&["export"]).exits_with(1);
    failed.says("no packer with an outbox answers").says("hint: start `romt packer`");
    let status = sides.exporter.run(&["status"]).succeeds();
    assert!(status.stdout.contains("no packer with an outbox answers"), "{status}");
    // The first order is still there; who takes it finds nothing of it any more, and says so.
    let packer = sides.exporter.spawn(&["packer", "--outbox", "outbox"]);
    sides.exporter.run(&["export"]).succeeds().says("1 archive exported");
    assert_eq!(sides.archives().len(), 1);
    for service in services.into_iter().chain([packer]) {
        service.terminate().succeeds();
    }
}

#[test]
fn a_mirror_that_is_filled_from_archives_exports_what_it_takes_in() {
    let Some((mut sides, _upstream, [first, second])) = Sides::with_two_archives("a_mirror_filled_from_archives")
    else {
        return;
    };
    sides.importer.set("ROMT_OUTBOX", "onwards");
    let indexer = sides.importer.indexer(&[]);
    let packer = sides.importer.spawn(&["packer"]);
    indexer.wait_for_lines(1, EXPORTED);
    for (count, archive) in [(1, &first), (2, &second)] {
        sides.carry(archive);
        sides.importer.run(&["import"]).succeeds();
        indexer.wait_for_lines(count + 1, EXPORTED);
        let onwards = names(&sides.importer.folder().join("onwards"));
        assert_eq!(onwards.iter().filter(|name| name.ends_with(".tar.gz")).count(), count, "{onwards:?}");
    }
    for service in [indexer, packer] {
        service.terminate().succeeds();
    }
}

//! Packers that are killed in the middle of an export or an import. Each ends with the right mirror.

#![expect(clippy::expect_used, reason = "a test's tools fail by failing the test")]

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use romt_testkit::{Audit, FakeCrate, RomtArchive, Upstream, scenario};
use romt_tests::{Chance, SYNCED, tell};

use crate::archives::{Sides, WATCHES, names};

const MEMBERS: usize = 45;
const LARGE: [&str; 3] = ["large-1", "large-2", "large-3"];
/// So many deployments at once: after a kill it takes a while until the bus gives the order, or the role, to another packer.
const LANES: usize = 5;
/// What an import takes, about.
const IMPORT: Duration = Duration::from_secs(3);
/// How often the packer of each is killed; the variable says otherwise.
const KILLS: (&str, usize) = ("ROMT_TEST_KILLS", 2);

fn kills() -> usize {
    std::env::var(KILLS.0).ok().and_then(|kills| kills.parse().ok()).unwrap_or(KILLS.1)
}

#[test]
fn a_packer_killed_at_random_points_of_exports() {
    let mut chance = Chance::new("a_packer_killed_at_random_points_of_exports");
    let upstream = Upstream::start();
    scenario::crowd(&upstream, MEMBERS);
    // So that writing takes a while.
    for name in LARGE {
        upstream.publish(FakeCrate::new(name, "1.0.0").padding(10_000_000));
    }
    let points: Vec<Vec<f64>> = points(&mut chance);
    let (killed, writing) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for points in &points {
            let (upstream, killed, writing) = (&upstream, &killed, &writing);
            scope.spawn(move || exports(upstream, points, killed, writing));
        }
    });
    let (killed, writing) = (killed.into_inner(), writing.into_inner());
    tell(&format!("packers were killed {killed} times in exports, {writing} times while they wrote"));
}

/// For each deployment, after which part of an export its packer is killed each time.
fn points(chance: &mut Chance) -> Vec<Vec<f64>> {
    let mut point = || chance.time_below(Duration::from_secs(1)).as_secs_f64();
    (0..LANES).map(|_| (0..kills().max(2)).map(|_| point()).collect()).collect()
}

fn exports(upstream: &Upstream, points: &[f64], killed: &AtomicUsize, writing: &AtomicUsize) {
    let Some(mut sides) = Sides::start("a_packer_killed_in_exports", upstream) else { return };
    // Nothing by itself: when an export begins is for the test to say.
    sides.exporter.set("ROMT_OUTBOX", "");
    let packer = || {
        let packer = sides.exporter.spawn(&["packer", "--outbox", "outbox"]);
        packer.wait_for_lines(1, "the admin page is there");
        packer
    };
    let _fetcher = sides.exporter.fetcher();
    let indexer =
        sides.exporter.indexer(&[&["--crate", "everyone"], &LARGE.map(|name| ["--crate", name]).concat()[..]].concat());
    indexer.wait_for_lines(1, SYNCED);
    let mut doomed = packer();
    let is_written = || names(&sides.outbox()).iter().any(|name| name.starts_with(".crates-"));
    let export = sides.exporter.spawn(&["export"]);
    let began = Instant::now();
    wait_until("an archive is begun", is_written);
    let before = began.elapsed();
    export.wait().succeeds();
    let took = began.elapsed();
    for (round, point) in points.iter().enumerate() {
        let export = sides.exporter.spawn(&["export", "--all"]);
        if round == 0 {
            // Anywhere.
            thread::sleep(took.mul_f64(*point));
        } else {
            wait_until("an archive is begun", is_written);
            thread::sleep(took.saturating_sub(before).mul_f64(*point));
        }
        doomed.kill();
        killed.fetch_add(1, Ordering::Relaxed);
        writing.fetch_add(usize::from(is_written()), Ordering::Relaxed);
        for name in sides.archives() {
            let archive = RomtArchive::read(&sides.outbox().join(&name));
            assert!(archive.members.len() > MEMBERS, "{name} is not whole, after {point} of {took:?}");
        }
        doomed = packer();
        export.wait().succeeds().says("1 archive exported");
    }
    let archives = sides.archives();
    assert_eq!(archives.len(), points.len() + 1, "{archives:?}");
    let _indexer = sides.importer.indexer(&[]);
    let _packer = sides.importer.spawn(&["packer"]);
    for archive in &archives {
        sides.carry(archive);
    }
    sides.importer.run(&["import"]).succeeds().says(&format!("{} admitted, 0 waiting, 0 bad", archives.len()));
    assert_eq!(sides.importer.audit(upstream), sides.exporter.audit(upstream));
}

/// Waits until something is so.
#[track_caller]
fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_mins(1), "it never came to this: {what}");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_packer_killed_at_random_points_of_imports() {
    let mut chance = Chance::new("a_packer_killed_at_random_points_of_imports");
    let Some(source) = Source::make("a_packer_killed_in_imports") else { return };
    let points = points(&mut chance);
    let killed = AtomicUsize::new(0);
    thread::scope(|scope| {
        for points in &points {
            let (source, killed) = (&source, &killed);
            scope.spawn(move || source.imports(points, killed));
        }
    });
    tell(&format!("packers were killed {} times in imports", killed.into_inner()));
}

/// Two archives: many crates, then one that is gone and one that is new.
struct Source {
    upstream: Upstream,
    sides: Sides,
    published: Vec<String>,
}

impl Source {
    fn make(test: &str) -> Option<Self> {
        let upstream = Upstream::start();
        scenario::crowd(&upstream, MEMBERS);
        let source = Sides::start(test, &upstream)?;
        let services = [source.exporter.fetcher(), source.exporter.spawn(&["packer"])];
        let indexer = source.exporter.indexer(&["--crate", "everyone"]);
        indexer.wait_for_lines(1, "the export is through");
        upstream.delete("member-001@1.0.0");
        upstream.publish(FakeCrate::new("member-002", "1.0.1"));
        // What requires the one that was deleted cannot be had whole.
        source.exporter.run(&["sync"]).exits_with(1);
        indexer.wait_for_lines(2, "the export is through");
        for service in services.into_iter().chain([indexer]) {
            service.terminate().succeeds();
        }
        let published = source.exporter.audit(&upstream);
        assert_eq!(source.archives().len(), 2);
        Some(Self { upstream, sides: source, published })
    }

    /// Another deployment, in whose inbox both archives are.
    fn carried(&self) -> Sides {
        let sides = Sides::start("a deployment that imports", &self.upstream).expect("a nats-server");
        for archive in self.sides.archives() {
            for name in [archive.clone(), format!("{archive}.sha256")] {
                fs::copy(self.sides.outbox().join(&name), sides.inbox().join(&name)).expect("a file to carry");
            }
        }
        sides
    }

    /// What the importer has after everything was taken in is what was exported.
    #[track_caller]
    fn check(&self, sides: &Sides, after: &str) {
        sides.importer.run(&["import"]).succeeds().says("2 admitted, 0 waiting, 0 bad");
        let held = Audit::against(&sides.importer.mirror(), &self.upstream).sound();
        assert_eq!(held, self.published, "{after}");
        let removed = sides.importer.mirror().join("crates/me/mb/member-001/member-001-1.0.0.crate");
        assert!(!removed.exists(), "it was removed upstream; {after}");
    }

    fn imports(&self, points: &[f64], killed: &AtomicUsize) {
        let sides = self.carried();
        let _indexer = sides.importer.indexer(&[]);
        for point in points {
            let doomed = sides.importer.spawn(&["packer"]);
            doomed.wait_for_lines(1, WATCHES);
            // The first archive is taken after a second, the second one then.
            thread::sleep(IMPORT.mul_f64(*point));
            doomed.kill();
            killed.fetch_add(1, Ordering::Relaxed);
            Audit::against(&sides.importer.mirror(), &self.upstream).sound();
        }
        let packer = sides.importer.spawn(&["packer"]);
        self.check(&sides, &format!("killed after {points:?} of {IMPORT:?}"));
        packer.terminate().succeeds();
    }

    /// The indexer is killed, or the bus loses its files, while a packer is at work.
    fn imports_beside(&self, point: f64, is_indexer: bool) {
        let mut sides = self.carried();
        let indexer = sides.importer.indexer(&[]);
        let packer = sides.importer.spawn(&["packer"]);
        packer.wait_for_lines(1, WATCHES);
        thread::sleep(IMPORT.mul_f64(point));
        let (indexer, what) = if is_indexer {
            indexer.kill();
            (sides.importer.indexer(&[]), "the indexer was killed")
        } else {
            sides.importer.nats.kill();
            sides.importer.nats.lose_files();
            sides.importer.nats.start_again();
            (indexer, "the bus lost its files")
        };
        self.check(&sides, &format!("{what} after {point} of {IMPORT:?}"));
        for service in [packer, indexer] {
            service.terminate().succeeds();
        }
    }
}

#[test]
fn an_indexer_and_a_bus_that_go_away_in_an_import() {
    let mut chance = Chance::new("an_indexer_and_a_bus_that_go_away_in_an_import");
    let Some(source) = Source::make("an_indexer_and_a_bus_that_go_away") else { return };
    let points = points(&mut chance);
    thread::scope(|scope| {
        for point in &points[..2] {
            for (point, is_indexer) in [(point[0], true), (point[1], false)] {
                let source = &source;
                scope.spawn(move || source.imports_beside(point, is_indexer));
            }
        }
    });
}

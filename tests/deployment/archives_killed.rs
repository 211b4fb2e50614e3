//! Packers that are killed in the middle of an export or an import. Each ends with the right mirror.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use romt_testkit::{Audit, FakeCrate, RomtArchive, Upstream, scenario};
use romt_tests::Chance;

use crate::archives::{Sides, WATCHES, names};
use crate::deployment::{SYNCED, tell};

const MEMBERS: usize = 45;
const LARGE: [&str; 3] = ["large-1", "large-2", "large-3"];
/// So many deployments at once: after a kill it takes a while until the bus gives the order, or the role, to another packer.
const LANES: usize = 5;
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
    (0..LANES).map(|_| (0..kills()).map(|_| point()).collect()).collect()
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
    let upstream = Upstream::start();
    scenario::crowd(&upstream, MEMBERS);
    let Some(source) = Sides::start("a_packer_killed_in_imports", &upstream) else { return };
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
    let points = points(&mut chance);
    let killed = AtomicUsize::new(0);
    thread::scope(|scope| {
        for points in &points {
            let (upstream, source, published, killed) = (&upstream, &source, &published, &killed);
            scope.spawn(move || imports(upstream, source, published, points, killed));
        }
    });
    tell(&format!("packers were killed {} times in imports", killed.into_inner()));
}

fn imports(upstream: &Upstream, source: &Sides, published: &[String], points: &[f64], killed: &AtomicUsize) {
    let Some(sides) = Sides::start("a_packer_killed_in_imports", upstream) else { return };
    let _indexer = sides.importer.indexer(&[]);
    for archive in source.archives() {
        for name in [archive.clone(), format!("{archive}.sha256")] {
            let copied = fs::copy(source.outbox().join(&name), sides.inbox().join(&name));
            assert!(copied.is_ok(), "{copied:?}");
        }
    }
    for point in points {
        let doomed = sides.importer.spawn(&["packer"]);
        doomed.wait_for_lines(1, WATCHES);
        // The first archive is taken after a second, the second one then.
        thread::sleep(Duration::from_secs(3).mul_f64(*point));
        doomed.kill();
        killed.fetch_add(1, Ordering::Relaxed);
        Audit::against(&sides.importer.mirror(), upstream).sound();
    }
    let packer = sides.importer.spawn(&["packer"]);
    sides.importer.run(&["import"]).succeeds().says("2 admitted, 0 waiting, 0 bad");
    assert_eq!(Audit::against(&sides.importer.mirror(), upstream).sound(), published, "killed after {points:?} of 3 s");
    let removed = sides.importer.mirror().join("crates/me/mb/member-001/member-001-1.0.0.crate");
    assert!(!removed.exists(), "it was removed upstream; killed after {points:?} of 3 s");
    packer.terminate().succeeds();
}

//! Archives out of a bucket and into another one.

#![expect(clippy::unwrap_used, reason = "a test's set-up fails by failing the test")]

use std::fs;
use std::time::Duration;

use romt_testkit::scenario::{FAMILY_DEPENDENCY, FAMILY_LOCKED, FAMILY_TREE};
use romt_testkit::{FakeCrate, FaultyS3, Project, S3Fault, Upstream, scenario};
use romt_tests::{Chance, SYNCED, tell, wait_until};

use crate::boxes::{Side, Sides, audit, names, wait_for_requests};

/// The names of the family, and of who came late.
fn family() -> Vec<String> {
    let mut names: Vec<_> = FAMILY_LOCKED.iter().map(|id| id.split('@').next().unwrap().to_owned()).collect();
    names.push("late".to_owned());
    names.sort();
    names.dedup();
    names
}

#[test]
fn cargo_builds_from_what_was_carried_between_buckets() {
    let upstream = Upstream::start();
    scenario::family(&upstream);
    let mut app = Project::new(&upstream.index_url(), FAMILY_DEPENDENCY, &["parent"]);
    app.cargo(&["generate-lockfile"]).succeeds();
    let Some(mut sides) = Sides::start("cargo_builds_between_buckets", &upstream) else { return };
    sides.exporter.deployment.take(&app.lockfile());
    let _fetcher = sides.exporter.deployment.fetcher();
    let exporting = sides.exporter.indexer("indexer", &["--lockfile", "Cargo.lock"]);
    exporting.wait_for_lines(1, SYNCED);
    let _packer = sides.exporter.packer();
    let archive = sides.export(&["crates"]).pop().unwrap();

    let server = sides.importer.server();
    let indexer = sides.importer.indexer("indexer-1", &[]);
    let _packer = sides.importer.packer();
    sides.carry(&archive);
    sides.importer.wait_until_admitted(1);
    wait_until("it is served", || audit(&server, &upstream, &family()) == FAMILY_LOCKED);
    app.use_registry(&server.index_url());
    assert_eq!(app.build_and_run(), FAMILY_TREE);

    // One that is damaged, in a way that is found only at its end, changes nothing.
    let before = sides.importer.stored("");
    let whole = fs::read(sides.importer.path("inbox").join(&archive)).unwrap();
    for (name, content) in [("cut.tar.gz", &whole[..whole.len() - 20]), ("bent.tar.gz", &*bent(&whole))] {
        fs::write(sides.importer.path("inbox").join(name), content).unwrap();
        let reason = sides.importer.path("packer/quarantine").join(format!("{name}.reason"));
        wait_until("it is refused", || reason.exists());
    }
    assert_eq!(sides.importer.stored(""), before);
    assert!(!sides.importer.path("packer/.romt/unpack").exists(), "what was unpacked is gone");

    // Another indexer, whose volume is empty: what comes next builds on what is here.
    indexer.terminate().succeeds();
    let _indexer = sides.importer.indexer("indexer-2", &[]);
    upstream.publish(FakeCrate::new("late", "1.0.0"));
    upstream.set_yanked("helper@2.0.0", true);
    exporting.terminate().succeeds();
    let exporting = sides.exporter.indexer("indexer", &["--lockfile", "Cargo.lock", "--crate", "late"]);
    exporting.wait_for_lines(1, SYNCED);
    let archive = sides.export(&["crates"]).pop().unwrap();
    sides.carry(&archive);
    sides.importer.wait_until_admitted(2);
    wait_until("it is served", || server.get("/crates-index/la/te/late").status == 200);
    assert!(server.get("/crates-index/he/lp/helper").text().contains("\"yanked\":true"));
    assert_eq!(audit(&server, &upstream, &family()).len(), FAMILY_LOCKED.len() + 1);
}

/// The same with one bit changed in the middle.
fn bent(content: &[u8]) -> Vec<u8> {
    let mut content = content.to_vec();
    let middle = content.len() / 2;
    content[middle] ^= 1;
    content
}

/// Crates of which each archive brings a version more.
const CRATES: usize = 6;

/// Exports so many archives one after the other; returns their names.
fn many_archives(count: usize, sides: &mut Sides, upstream: &Upstream) -> Vec<String> {
    let _fetcher = sides.exporter.deployment.fetcher();
    let _packer = sides.exporter.packer();
    let wanted: Vec<_> = crates().iter().map(|name| format!("{name}@1")).collect();
    let mut selection = vec!["--versions", "all"];
    selection.extend(wanted.iter().flat_map(|name| ["--crate", name.as_str()]));
    let mut archives = Vec::new();
    let mut indexer = None;
    for version in versions(count) {
        for (number, name) in crates().iter().enumerate() {
            // One of them is large enough to be stored in parts.
            let padding = if number == 0 && version == "1.0.0" { 6_000_000 } else { 20_000 };
            upstream.publish(FakeCrate::new(name, &version).padding(padding));
        }
        match &indexer {
            None => {
                let first = sides.exporter.indexer("indexer", &selection);
                first.wait_for_lines(1, SYNCED);
                indexer = Some(first);
            }
            Some(_) => sides.exporter.deployment.sync(),
        }
        archives.push(sides.export(&["crates"]).pop().unwrap());
    }
    archives
}

fn crates() -> Vec<String> {
    (0..CRATES).map(|number| format!("crate-{number}")).collect()
}

fn versions(count: usize) -> Vec<String> {
    (0..count).map(|minor| format!("1.{minor}.0")).collect()
}

/// All versions that so many archives bring.
fn all(archives: usize) -> Vec<String> {
    crates()
        .iter()
        .flat_map(|name| versions(archives).into_iter().map(move |version| format!("{name}@{version}")))
        .collect()
}

#[test]
fn a_packer_killed_at_a_dozen_random_points_comes_to_the_same() {
    const ARCHIVES: usize = 13;
    let mut chance = Chance::new("a_packer_killed_at_a_dozen_random_points");
    let upstream = Upstream::start();
    let Some(mut sides) = Sides::start("a_packer_killed", &upstream) else { return };
    let archives = many_archives(ARCHIVES, &mut sides, &upstream);
    // Slow enough to be killed between any two requests.
    let slow = FaultyS3::start(sides.s3.address(), |_| S3Fault::Slow(Duration::from_millis(20)));
    sides.importer.reach_by(&slow.endpoint());
    let server = sides.importer.server();
    let _indexer = sides.importer.indexer("indexer", &[]);
    let mut in_work = 0;
    for archive in &archives {
        sides.carry(archive);
        let packer = sides.importer.watching_packer();
        wait_for_requests(&slow, 1 + chance.below(30));
        packer.kill();
        in_work += usize::from(!names(&sides.importer.path("packer/.romt/unpack")).is_empty());
        // What is listed is here and right.
        audit(&server, &upstream, &crates());
    }
    tell(&format!("{in_work} of {ARCHIVES} kills were while something was unpacked"));
    assert!(in_work > 0, "it was killed at other times only");
    slow.change(|_| S3Fault::None);
    let packer = sides.importer.watching_packer();
    sides.importer.wait_until_admitted(ARCHIVES);
    wait_until("it is served", || audit(&server, &upstream, &crates()) == all(ARCHIVES));
    packer.kill();
    assert_eq!(
        names(&sides.importer.path("packer/.romt")),
        ["inbox-index", "inbox.json", "inbox.lock"],
        "nothing is left"
    );
    assert_eq!(same_crates(&sides), all(ARCHIVES).len());
}

#[test]
fn a_service_that_fails_at_random_does_no_harm_to_an_import() {
    const ARCHIVES: usize = 4;
    let mut chance = Chance::new("a_service_that_fails_at_random");
    let upstream = Upstream::start();
    let Some(mut sides) = Sides::start("a_service_that_fails_at_random", &upstream) else { return };
    let archives = many_archives(ARCHIVES, &mut sides, &upstream);
    let server = sides.importer.server();
    let _indexer = sides.importer.indexer("indexer", &[]);
    let seed = chance.below(1_000_000);
    let faulty = FaultyS3::start(sides.s3.address(), |_| S3Fault::None);
    sides.importer.reach_by(&faulty.endpoint());
    let packer = sides.importer.packer();
    wait_until("it has begun", || faulty.asked() > 1);
    faulty.change(move |request| {
        let random = (seed + request.number).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        match random % 10 {
            0 => S3Fault::Status(500),
            1 => S3Fault::LostRequest,
            2 => S3Fault::LostAnswer,
            3 if request.method == "GET" => S3Fault::CutAnswer,
            // What is not tried again: the attempt fails, and there is another one.
            4 if random % 50 == 4 => S3Fault::Status(403),
            _ => S3Fault::None,
        }
    });
    for archive in &archives {
        sides.carry(archive);
    }
    // By chance much is done before much has failed, or nothing for a while: the packer's pauses grow.
    wait_until("enough has failed, and some of it was done", || match sides.importer.admitted() {
        0 => faulty.failed() > 14,
        ARCHIVES => true,
        _ => faulty.failed() > 10,
    });
    audit(&server, &upstream, &crates());
    std::thread::sleep(Duration::from_secs(5));
    audit(&server, &upstream, &crates());
    tell(&format!("of {} requests to S3 {} failed", faulty.asked(), faulty.failed()));
    assert!(faulty.failed() > 10, "{} of {}", faulty.failed(), faulty.asked());
    faulty.change(|_| S3Fault::None);
    packer.kill();
    let _packer = sides.importer.watching_packer();
    sides.importer.wait_until_admitted(ARCHIVES);
    wait_until("it is served", || audit(&server, &upstream, &crates()) == all(ARCHIVES));
    assert_eq!(names(&sides.importer.path("packer/quarantine")), [""; 0], "no archive is to blame");
    assert_eq!(same_crates(&sides), all(ARCHIVES).len());
}

/// Holds the crates in both buckets against each other; returns how many there are.
#[track_caller]
fn same_crates(sides: &Sides) -> usize {
    let crates = |side: &Side| {
        let keys = side.stored("crates").into_keys();
        keys.filter(|key| key != "crates/config.toml").collect::<Vec<_>>()
    };
    let (ours, theirs) = (crates(&sides.importer), crates(&sides.exporter));
    assert_eq!(ours, theirs);
    ours.len()
}

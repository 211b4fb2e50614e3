//! Killed in the middle of an export or an import, then started again.
//!
//! It is the one process that is killed here; packers and indexers are in `tests/deployment`.

use std::fs;
use std::time::Duration;

use romt_testkit::{Audit, FakeCrate, RomtArchive, Upstream, scenario};
use romt_tests::{Chance, SiteKind, wait_until};

use crate::support::{Importer, Sides, copy};

const MEMBERS: usize = 60;
const KILLS: usize = 10;

#[test]
fn an_export_at_ten_random_points() {
    let mut chance = Chance::new("an_export_at_ten_random_points");
    let upstream = Upstream::start();
    scenario::crowd(&upstream, MEMBERS);
    let sides = Sides::new(&SiteKind::OneProcess, upstream);
    sides.exporter.sync(&["--crate", "everyone"]).succeeds();
    let took = sides.export(&[]).succeeds().took;
    for kill in 0..KILLS {
        let process = sides.exporter.romt().spawn(&["up", "--once", "--export", "--export-all"]);
        std::thread::sleep(chance.time_below(took));
        process.kill();
        whole(&sides, kill);
    }
    // Each time something new, and killed again: it must be in an archive in the end.
    for kill in 0..KILLS {
        sides.upstream.publish(FakeCrate::new("new", &format!("1.{kill}.0")).padding(100_000));
        let process = sides.exporter.romt().spawn(&["up", "--once", "--export", "--crate", "new@1"]);
        std::thread::sleep(chance.time_below(took * 2));
        process.kill();
        whole(&sides, kill);
    }
    sides.export(&["--crate", "new@1"]).succeeds();
    let published = sides.exporter.audit(&sides.upstream);
    sides.carry();
    let serving = sides.importer.up(&[]);
    serving.packing().wait_for_line(|line| line.contains("admitted").then_some(()));
    wait_until("all is here", || Audit::of(&sides.importer.site.home()).lines.len() == published.len());
    serving.terminate();
    assert_eq!(sides.audit(), published);
}

/// Whatever has a final name in the outbox is whole.
#[track_caller]
fn whole(sides: &Sides, kill: usize) {
    for name in sides.archives() {
        let archive = RomtArchive::read(&sides.outbox().join(&name));
        assert!(archive.members.len() > 1, "after kill {kill}: {name}");
    }
}

#[test]
fn an_import_at_ten_random_points() {
    let mut chance = Chance::new("an_import_at_ten_random_points");
    let upstream = Upstream::start();
    scenario::crowd(&upstream, MEMBERS);
    let sides = Sides::new(&SiteKind::OneProcess, upstream);
    sides.export(&["--crate", "everyone"]).succeeds();
    sides.upstream.delete("member-001@1.0.0");
    sides.upstream.publish(FakeCrate::new("member-002", "1.0.1"));
    sides.export(&["--crate", "member-002"]).succeeds();
    let archives = sides.archives();
    let published = sides.exporter.audit(&sides.upstream);
    for kill in 0..KILLS {
        let importer = Importer::new(&SiteKind::OneProcess);
        for name in &archives {
            for name in [name.clone(), format!("{name}.sha256")] {
                copy(&sides.outbox().join(&name), &importer.inbox().join(&name));
            }
        }
        let (romt, mirror) = (importer.site.romt(), importer.site.home());
        let serving = romt.up(&["--import"]);
        serving.process().wait_for_lines(1, "is being verified");
        std::thread::sleep(chance.time_below(Duration::from_millis(1500)));
        serving.into_process().kill();
        let sound = Audit::against(&mirror, &sides.upstream).sound();
        let serving = romt.up(&["--import"]);
        wait_until("all is here", || Audit::of(&mirror).lines.len() == published.len());
        // Files of removed versions go a moment later.
        let removed = mirror.join("crates/me/mb/member-001/member-001-1.0.0.crate");
        wait_until("what was removed is gone", || !removed.exists());
        serving.into_process().terminate().succeeds();
        assert_eq!(
            importer.site.audit(&sides.upstream),
            published,
            "after kill {kill}, when there were {}",
            sound.len()
        );
        fs::remove_dir_all(&mirror).unwrap();
    }
}

#[test]
fn an_import_between_the_two_branches_that_it_moves() {
    let upstream = Upstream::start();
    scenario::crowd(&upstream, 3);
    let sides = Sides::new(&SiteKind::OneProcess, upstream);
    sides.export(&["--crate", "everyone"]).succeeds();
    sides.upstream.publish(FakeCrate::new("member-002", "1.0.1"));
    sides.export(&["--crate", "member-002"]).succeeds();
    let importer = Importer::new(&SiteKind::OneProcess);
    let (romt, mirror) = (importer.site.romt(), importer.site.home());
    let admit = |archive: &String| {
        for name in [archive.clone(), format!("{archive}.sha256")] {
            copy(&sides.outbox().join(&name), &importer.inbox().join(&name));
        }
        let serving = romt.up(&["--import"]);
        serving.process().wait_for_lines(1, "is admitted");
        serving.into_process().terminate().succeeds();
    };
    let archives = sides.archives();
    admit(&archives[0]);
    let files = ["git/crates.io-index/refs/heads/master", ".romt/inbox.json", ".romt/crates.json"];
    let before = files.map(|path| fs::read(mirror.join(path)).unwrap());
    admit(&archives[1]);
    // Had romt 0.1.0 moved `mark` and been killed then, this would be there.
    for (path, content) in files.iter().zip(before) {
        fs::write(mirror.join(path), content).unwrap();
    }
    admit(&archives[1]);
    assert_eq!(importer.site.audit(&sides.upstream), sides.exporter.audit(&sides.upstream));
}

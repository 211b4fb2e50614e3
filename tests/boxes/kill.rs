//! Killed in the middle of an export or an import, then started again.

use std::fs;
use std::time::Duration;

use romt_testkit::{Audit, FakeCrate, RomtArchive, Upstream, scenario};
use romt_tests::Chance;

use crate::support::{Importer, Sides, copy};

const MEMBERS: usize = 60;
const KILLS: usize = 10;

#[test]
fn an_export_at_ten_random_points() {
    let mut chance = Chance::new("an_export_at_ten_random_points");
    let upstream = Upstream::start();
    scenario::crowd(&upstream, MEMBERS);
    let sides = Sides::new(upstream);
    sides.exporter.up_once(&["--crate", "everyone"]).succeeds();
    let took = sides.export(&[]).succeeds().took;
    for kill in 0..KILLS {
        let process = sides.exporter.spawn(&["up", "--once", "--export", "--export-all"]);
        std::thread::sleep(chance.time_below(took));
        process.kill();
        whole(&sides, kill);
    }
    // Each time something new, and killed again: it must be in an archive in the end.
    for kill in 0..KILLS {
        sides.upstream.publish(FakeCrate::new("new", &format!("1.{kill}.0")).padding(100_000));
        let process = sides.exporter.spawn(&["up", "--once", "--export", "--crate", "new@1"]);
        std::thread::sleep(chance.time_below(took * 2));
        process.kill();
        whole(&sides, kill);
    }
    sides.export(&["--crate", "new@1"]).succeeds();
    let published = sides.exporter.audit(&sides.upstream);
    sides.carry();
    let serving = sides.importer.up(&[]);
    serving.process().wait_for_line(|line| line.contains("admitted").then_some(()));
    crate::support::wait_until("all is here", || {
        Audit::of(&sides.importer.romt.mirror()).lines.len() == published.len()
    });
    serving.into_process().terminate().succeeds();
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
    let sides = Sides::new(upstream);
    sides.export(&["--crate", "everyone"]).succeeds();
    sides.upstream.delete("member-001@1.0.0");
    sides.upstream.publish(FakeCrate::new("member-002", "1.0.1"));
    sides.export(&["--crate", "member-002"]).succeeds();
    let archives = sides.archives();
    let published = sides.exporter.audit(&sides.upstream);
    for kill in 0..KILLS {
        let importer = Importer::new();
        for name in &archives {
            for name in [name.clone(), format!("{name}.sha256")] {
                copy(&sides.outbox().join(&name), &importer.inbox().join(&name));
            }
        }
        let serving = importer.up(&[]);
        serving.process().wait_for_lines(1, "is being verified");
        std::thread::sleep(chance.time_below(Duration::from_millis(1500)));
        serving.into_process().kill();
        let sound = Audit::against(&importer.romt.mirror(), &sides.upstream).sound();
        let serving = importer.up(&[]);
        crate::support::wait_until("all is here", || Audit::of(&importer.romt.mirror()).lines.len() == published.len());
        // Files of removed versions go a moment later.
        let removed = importer.romt.mirror().join("crates/me/mb/member-001/member-001-1.0.0.crate");
        crate::support::wait_until("what was removed is gone", || !removed.exists());
        serving.into_process().terminate().succeeds();
        assert_eq!(
            importer.romt.audit(&sides.upstream),
            published,
            "after kill {kill}, when there were {}",
            sound.len()
        );
        fs::remove_dir_all(importer.romt.mirror()).unwrap();
    }
}

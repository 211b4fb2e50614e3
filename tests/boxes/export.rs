//! What is in the outbox, and when.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use romt_testkit::{FakeCrate, Upstream};
use romt_tests::{SiteKind, both};

use crate::support::{Sides, names};

both! {
    an_archive_has_its_sum_beside_it_and_nothing_is_exported_twice,
    what_is_here_is_exported_without_a_selection,
    an_outbox_that_cannot_be_written_to_is_told_and_the_next_export_carries_everything,
    a_file_that_was_lost_is_left_out_and_carried_when_it_is_back,
    what_was_left_unfinished_goes_with_the_next_export,
}

fn sides(kind: &SiteKind) -> Sides {
    let sides = Sides::new(kind, Upstream::start());
    sides.upstream.publish(FakeCrate::new("tool", "1.0.0"));
    sides
}

fn an_archive_has_its_sum_beside_it_and_nothing_is_exported_twice(kind: &SiteKind) {
    let sides = sides(kind);
    sides.export(&["--crate", "tool@1"]).succeeds().says("exported crates-").says("1 archive exported");
    let archives = sides.archives();
    assert_eq!(names(&sides.outbox()), [archives[0].clone(), format!("{}.sha256", archives[0])]);
    assert!(archives[0].starts_with("crates-2") && archives[0].ends_with("Z.tar.gz"), "{archives:?}");
    let sum = format!("{}.sha256", archives[0]);
    let checked =
        Command::new("sha256sum").args(["-c", "--strict", &sum]).current_dir(sides.outbox()).output().unwrap();
    assert!(checked.status.success(), "{checked:?}");
    sides.export(&["--crate", "tool@1"]).succeeds().says("nothing new to export");
    assert_eq!(sides.archives(), archives);
    sides.exporter.export_all(&["--crate", "tool@1"]).succeeds().says("1 archive exported");
    assert_eq!(sides.archives().len(), 2);
    sides.export(&["--crate", "tool@1"]).succeeds().says("nothing new to export");
    sides.exporter.audit(&sides.upstream);
}

fn what_is_here_is_exported_without_a_selection(kind: &SiteKind) {
    let sides = sides(kind);
    sides.exporter.sync(&["--crate", "tool@1"]).succeeds();
    sides.export(&[]).succeeds().says("1 archive exported");
    assert_eq!(sides.archives().len(), 1);
}

/// By its schedule, of which an indexer has its own: `tests/deployment/archives.rs`.
#[test]
fn a_mirror_that_serves_exports_after_every_sync() {
    let sides = sides(&SiteKind::OneProcess);
    let serving = sides.exporter.romt().up(&["--crate", "tool@1", "--every", "1s", "--export"]);
    serving.process().wait_for_lines(1, "exported crates-");
    sides.upstream.publish(FakeCrate::new("tool", "1.1.0"));
    serving.process().wait_for_lines(2, "exported crates-");
    serving.process().wait_for_lines(1, "nothing new to export");
    serving.into_process().terminate().succeeds();
    assert_eq!(sides.archives().len(), 2);
    sides.carry();
    sides.importer.admit(2);
    assert_eq!(sides.audit(), ["tool@1.0.0", "tool@1.1.0"]);
}

/// The same.
#[test]
fn exports_have_a_schedule_of_their_own() {
    let sides = sides(&SiteKind::OneProcess);
    sides
        .exporter
        .write("romt.toml", "every = '1s'\n[export]\noutbox = 'away'\nevery = '1h'\n[crates]\ncrate = ['tool@1']\n");
    let serving = sides.exporter.romt().up(&[]);
    serving.process().wait_for_lines(1, "exported crates-");
    sides.upstream.publish(FakeCrate::new("tool", "1.1.0"));
    serving.process().wait_for_lines(2, "versions selected: 1 new");
    serving.process().wait_for_lines(4, "next sync in");
    serving.into_process().terminate().succeeds();
    assert_eq!(names(&sides.exporter.folder().join("away")).len(), 2);
}

fn an_outbox_that_cannot_be_written_to_is_told_and_the_next_export_carries_everything(kind: &SiteKind) {
    let sides = sides(kind);
    sides.exporter.write("outbox", "a file");
    sides.export(&["--crate", "tool@1"]).exits_with(1).says("outbox").says("hint: ");
    fs::remove_file(sides.outbox()).unwrap();
    fs::create_dir(sides.outbox()).unwrap();
    // A file system that is full: /dev/full is where the archive would go.
    if Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"])
        .arg(sides.outbox())
        .output()
        .unwrap()
        .status
        .success()
    {
        sides.upstream.publish(FakeCrate::new("large", "1.0.0").padding(300_000));
        let failed = sides.export(&["--crate", "tool@1", "--crate", "large"]).exits_with(1);
        let hidden = fs::read_dir(sides.outbox()).unwrap().count();
        let unmounted = Command::new("umount").arg(sides.outbox()).output().unwrap();
        assert!(unmounted.status.success(), "{unmounted:?}");
        failed.says("No space left on device").says("hint: make room in the outbox");
        assert_eq!(hidden, 1, "nothing but the lock is left");
    } else {
        romt_tests::not_run("a full outbox", "no file system can be mounted here");
    }
    sides.export(&["--crate", "tool@1", "--crate", "large"]).says("1 archive exported");
    sides.carry();
    sides.importer.admit(1);
    assert!(sides.audit().contains(&"tool@1.0.0".to_owned()));
}

fn a_file_that_was_lost_is_left_out_and_carried_when_it_is_back(kind: &SiteKind) {
    let sides = sides(kind);
    sides.upstream.publish(FakeCrate::new("other", "1.0.0"));
    sides.exporter.sync(&["--crate", "tool@1", "--crate", "other"]).succeeds();
    let file = "crates/ot/he/other/other-1.0.0.crate";
    let content = sides.exporter.read(file);
    sides.exporter.lose(file);
    sides.export(&[]).exits_with(1).says("failed: other@1.0.0").says("1 are missing");
    sides.carry();
    sides.importer.admit(1).says("clients cannot have them: other@1.0.0");
    sides.exporter.spoil(file, &content);
    sides.export(&[]).succeeds().says("1 archive exported");
    sides.carry();
    sides.importer.admit(1);
    assert_eq!(sides.audit(), ["other@1.0.0", "tool@1.0.0"]);
}

fn what_was_left_unfinished_goes_with_the_next_export(kind: &SiteKind) {
    let sides = sides(kind);
    fs::create_dir(sides.outbox()).unwrap();
    fs::write(sides.outbox().join(".crates-20260101T000000Z.tar.gz.tmp"), "half").unwrap();
    sides.export(&["--crate", "tool@1"]).succeeds();
    let hidden: Vec<_> = fs::read_dir(sides.outbox())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with(".crates-"))
        .collect();
    assert_eq!(hidden, [""; 0]);
    let mode = fs::metadata(sides.outbox().join(&sides.archives()[0])).unwrap().permissions().mode();
    assert_eq!(mode & 0o444, 0o444, "whoever carries it may read it");
}

//! What becomes of files in the inbox that are as they should be.

use std::fs;
use std::io::Write;
use std::process::Command;
use std::time::Duration;

use romt_testkit::{FakeCrate, Upstream};
use romt_tests::{SiteKind, both, wait_until};

use crate::support::{Sides, copy, names, snapshot};

both! {
    the_first_archive_makes_the_mirror_and_the_inbox_is_left_as_it_was,
    a_restart_reads_nothing_again_and_a_copy_does_no_harm,
    consumed_archives_are_moved,
    an_archive_that_grows_slowly_is_waited_for,
    a_copy_that_stopped_half_way_is_bad_until_it_is_finished,
    archives_are_found_without_the_system_s_help,
    with_the_system_s_help_it_does_not_take_a_poll,
    what_is_no_file_is_refused_and_never_read,
    a_read_only_inbox_is_enough,
}

/// Two sides, and an archive in the inbox.
fn carried(kind: &SiteKind) -> (Sides, String) {
    let sides = Sides::new(kind, Upstream::start());
    sides.upstream.publish(FakeCrate::new("tool", "1.0.0").padding(200_000));
    sides.export(&["--crate", "tool@1"]).succeeds();
    let archive = sides.carry().pop().unwrap();
    (sides, archive)
}

fn the_first_archive_makes_the_mirror_and_the_inbox_is_left_as_it_was(kind: &SiteKind) {
    let (sides, archive) = carried(kind);
    let before = snapshot(&sides.importer.inbox());
    let outcome = sides.importer.admit(1).succeeds();
    outcome.says(&format!("{archive} is admitted: 1 versions new"));
    assert_eq!(snapshot(&sides.importer.inbox()), before);
    assert_eq!(sides.audit(), ["tool@1.0.0"]);
    assert_eq!(names(&sides.importer.quarantine()), [""; 0]);
    if !kind.is_one_process() {
        return;
    }
    // The folder is one that `romt crate` knows.
    let listed = sides.importer.site.romt().run(&[
        "crate",
        "--index",
        "mirror/git/crates.io-index",
        "--crates",
        "mirror/crates",
        "--start",
        "0",
        "-q",
        "list",
    ]);
    assert_eq!(listed.succeeds().stdout.trim(), "tool@1.0.0");
}

fn a_restart_reads_nothing_again_and_a_copy_does_no_harm(kind: &SiteKind) {
    let (sides, archive) = carried(kind);
    sides.importer.admit(1).succeeds();
    // The same under another name, once with and once without its sum.
    let inbox = sides.importer.inbox();
    copy(&inbox.join(&archive), &inbox.join("x.tar.gz"));
    copy(&inbox.join(&archive), &inbox.join("y.tar.gz"));
    copy(&inbox.join(format!("{archive}.sha256")), &inbox.join("y.tar.gz.sha256"));
    let serving = sides.importer.up(&[]);
    serving.packing().wait_for_lines(1, &format!("x.tar.gz was admitted before, as {archive}"));
    serving.packing().wait_for_lines(1, &format!("y.tar.gz was admitted before, as {archive}"));
    serving.terminate().never_says(&format!("{archive} is being verified"));
    let serving = sides.importer.up(&[]);
    std::thread::sleep(Duration::from_secs(4));
    serving.terminate().never_says("admitted").never_says("verified");
    // What it remembers is lost: everything is read again, and comes to the same.
    fs::remove_file(sides.importer.site.packing_room().join(".romt/inbox.json")).unwrap();
    sides.importer.admit(1).succeeds();
    assert_eq!(sides.audit(), ["tool@1.0.0"]);
}

fn consumed_archives_are_moved(kind: &SiteKind) {
    let (sides, archive) = carried(kind);
    let inbox = sides.importer.inbox();
    fs::write(inbox.join("bad.tar.gz"), "no archive").unwrap();
    let serving = sides.importer.up(&["--consume"]);
    serving.packing().wait_for_lines(1, "is admitted");
    serving.packing().wait_for_lines(1, "bad.tar.gz is refused");
    wait_until("they are moved", || names(&inbox) == ["done"]);
    serving.terminate();
    assert_eq!(names(&inbox.join("done")), [archive.clone(), format!("{archive}.sha256")]);
    assert_eq!(names(&sides.importer.quarantine()), ["bad.tar.gz", "bad.tar.gz.reason"]);
    // Carried once more, it does no harm.
    copy(&inbox.join("done").join(&archive), &inbox.join(&archive));
    let serving = sides.importer.up(&["--consume"]);
    serving.packing().wait_for_lines(1, "was admitted before");
    wait_until("it is moved", || names(&inbox) == ["done"]);
    serving.terminate();
    assert_eq!(names(&inbox.join("done")).len(), 3);
}

fn an_archive_that_grows_slowly_is_waited_for(kind: &SiteKind) {
    let (sides, archive) = carried(kind);
    let inbox = sides.importer.inbox();
    let content = fs::read(inbox.join(&archive)).unwrap();
    fs::remove_file(inbox.join(&archive)).unwrap();
    let serving = sides.importer.up(&[]);
    // Its sum is there before it, as where names are copied in no order.
    let mut file = fs::File::create(inbox.join(&archive)).unwrap();
    for piece in content.chunks(content.len() / 8 + 1) {
        file.write_all(piece).unwrap();
        file.sync_all().unwrap();
        std::thread::sleep(Duration::from_millis(700));
    }
    drop(file);
    serving.packing().wait_for_lines(1, "is admitted");
    serving.terminate().never_says("is refused");
    assert_eq!(sides.audit(), ["tool@1.0.0"]);
}

fn a_copy_that_stopped_half_way_is_bad_until_it_is_finished(kind: &SiteKind) {
    let (sides, archive) = carried(kind);
    let inbox = sides.importer.inbox();
    let content = fs::read(inbox.join(&archive)).unwrap();
    fs::write(inbox.join(&archive), &content[..content.len() / 2]).unwrap();
    fs::remove_file(inbox.join(format!("{archive}.sha256"))).unwrap();
    let serving = sides.importer.up(&[]);
    serving.packing().wait_for_lines(1, "is refused");
    assert!(sides.importer.reason(&archive).contains("damaged"), "{}", sides.importer.reason(&archive));
    fs::write(inbox.join(&archive), &content).unwrap();
    serving.packing().wait_for_lines(1, "is admitted");
    serving.terminate();
    assert_eq!(names(&sides.importer.quarantine()), [""; 0], "what was said against it is void");
    assert_eq!(sides.audit(), ["tool@1.0.0"]);
}

fn archives_are_found_without_the_system_s_help(kind: &SiteKind) {
    let (mut sides, archive) = carried(kind);
    sides.importer.site.set("ROMT_INOTIFY", "false");
    let inbox = sides.importer.inbox();
    let elsewhere = sides.importer.site.folder().join(&archive);
    fs::rename(inbox.join(&archive), &elsewhere).unwrap();
    let serving = sides.importer.up(&[]);
    std::thread::sleep(Duration::from_secs(2));
    fs::rename(&elsewhere, inbox.join(&archive)).unwrap();
    serving.packing().wait_for_lines(1, "is admitted");
    serving.terminate();
}

fn with_the_system_s_help_it_does_not_take_a_poll(kind: &SiteKind) {
    let (mut sides, archive) = carried(kind);
    sides.importer.site.set("ROMT_POLL_INTERVAL", "1h");
    let inbox = sides.importer.inbox();
    let elsewhere = sides.importer.site.folder().join(&archive);
    fs::rename(inbox.join(&archive), &elsewhere).unwrap();
    let serving = sides.importer.up(&[]);
    std::thread::sleep(Duration::from_secs(1));
    fs::rename(&elsewhere, inbox.join(&archive)).unwrap();
    serving.packing().wait_for_lines(1, "is admitted");
    serving.terminate();
}

fn what_is_no_file_is_refused_and_never_read(kind: &SiteKind) {
    let (sides, archive) = carried(kind);
    let inbox = sides.importer.inbox();
    let real = sides.importer.site.folder().join("real.tar.gz");
    fs::rename(inbox.join(&archive), &real).unwrap();
    std::os::unix::fs::symlink(&real, inbox.join("link.tar.gz")).unwrap();
    fs::create_dir(inbox.join("folder.tar.gz")).unwrap();
    assert!(Command::new("mkfifo").arg(inbox.join("pipe.tar.gz")).status().unwrap().success());
    fs::write(inbox.join("notes.txt"), "for the next shift").unwrap();
    fs::write(inbox.join("later.tar.gz.part"), "half").unwrap();
    let serving = sides.importer.up(&[]);
    serving.packing().wait_for_lines(3, ".tar.gz is refused");
    serving.packing().wait_for_lines(1, "notes.txt is left alone");
    let outcome = serving.terminate();
    outcome.says("is a symbolic link; only files are taken in").says("is a named pipe").says("is a folder");
    assert_eq!(
        names(&sides.importer.quarantine()),
        ["folder.tar.gz.reason", "link.tar.gz.reason", "pipe.tar.gz.reason"]
    );
}

fn a_read_only_inbox_is_enough(kind: &SiteKind) {
    let (sides, archive) = carried(kind);
    let inbox = sides.importer.inbox();
    fs::write(inbox.join("bad.tar.gz"), "no archive").unwrap();
    let mount = |args: &[&str]| {
        let mounted = Command::new("mount").args(args).arg(&inbox).output().unwrap();
        mounted.status.success()
    };
    let shown = inbox.display().to_string();
    if !mount(&["--bind", &shown]) || !mount(&["-o", "remount,ro,bind"]) {
        romt_tests::not_run("a read-only inbox", "no file system can be mounted here");
        return;
    }
    let serving = sides.importer.up(&["--consume"]);
    serving.packing().wait_for_lines(1, "is admitted");
    serving.packing().wait_for_lines(1, "bad.tar.gz is refused");
    let outcome = serving.terminate();
    let unmounted = Command::new("umount").arg(&inbox).output().unwrap();
    assert!(unmounted.status.success(), "{unmounted:?}");
    outcome.succeeds().says("cannot move");
    assert!(names(&inbox).contains(&archive));
    assert!(sides.importer.reason("bad.tar.gz").contains("gzip"));
    assert_eq!(sides.audit(), ["tool@1.0.0"]);
}

/// In a deployment they ask with `romt import --json`: `tests/deployment/archives.rs`.
#[test]
fn machines_are_told_as_json() {
    let (sides, archive) = carried(&SiteKind::OneProcess);
    let serving = sides.importer.up(&["--json"]);
    let told = serving.packing().wait_for_line(|line| line.contains("\"admitted\"").then(|| line.to_owned()));
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(
        (&told["event"], &told["archive"], &told["new"]),
        (&"inbox".into(), &archive.into(), &1.into()),
        "{told}"
    );
    serving.terminate();
}

/// What the command line of `romt up` refuses; that of the services is in `tests/deployment/operating.rs`.
#[test]
fn a_mirror_of_another_kind_takes_no_archives() {
    let (sides, _) = carried(&SiteKind::OneProcess);
    let importer = sides.importer.site.romt();
    let mirror = sides.exporter.home();
    let mirror = mirror.to_str().unwrap();
    let refused = importer.run(&["up", "--port", "0", "--import", "--mirror", mirror]).exits_with(1);
    refused.says("is not filled from archives").says("hint: ");
    importer.run(&["up", "--import", "--crate", "tool"]).exits_with(2).says("not from both");
    importer.run(&["up", "--import", "--once"]).exits_with(2).says("not `--once`");
    sides.exporter.audit(&sides.upstream);
}

//! What becomes of files in the inbox that are as they should be.

use std::fs;
use std::io::Write;
use std::process::Command;
use std::time::Duration;

use romt_testkit::{FakeCrate, Upstream};

use crate::support::{Sides, copy, names, snapshot, wait_until};

/// Two sides, and an archive in the inbox.
fn carried() -> (Sides, String) {
    let sides = Sides::new(Upstream::start());
    sides.upstream.publish(FakeCrate::new("tool", "1.0.0").padding(200_000));
    sides.export(&["--crate", "tool@1"]).succeeds();
    let archive = sides.carry().pop().unwrap();
    (sides, archive)
}

#[test]
fn the_first_archive_makes_the_mirror_and_the_inbox_is_left_as_it_was() {
    let (sides, archive) = carried();
    let before = snapshot(&sides.importer.inbox());
    let outcome = sides.importer.admit(1).succeeds();
    outcome.says(&format!("{archive} is admitted: 1 versions new"));
    assert_eq!(snapshot(&sides.importer.inbox()), before);
    assert_eq!(sides.audit(), ["tool@1.0.0"]);
    assert_eq!(names(&sides.importer.quarantine()), [""; 0]);
    // The folder is one that `romt crate` knows.
    let listed = sides.importer.romt.run(&[
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

#[test]
fn a_restart_reads_nothing_again_and_a_copy_does_no_harm() {
    let (sides, archive) = carried();
    sides.importer.admit(1).succeeds();
    // The same under another name, once with and once without its sum.
    let inbox = sides.importer.inbox();
    copy(&inbox.join(&archive), &inbox.join("x.tar.gz"));
    copy(&inbox.join(&archive), &inbox.join("y.tar.gz"));
    copy(&inbox.join(format!("{archive}.sha256")), &inbox.join("y.tar.gz.sha256"));
    let serving = sides.importer.up(&[]);
    serving.process().wait_for_lines(1, &format!("x.tar.gz was admitted before, as {archive}"));
    serving.process().wait_for_lines(1, &format!("y.tar.gz was admitted before, as {archive}"));
    serving.into_process().terminate().succeeds().never_says(&format!("{archive} is being verified"));
    let serving = sides.importer.up(&[]);
    std::thread::sleep(Duration::from_secs(4));
    serving.into_process().terminate().succeeds().never_says("inbox:");
    // What it remembers is lost: everything is read again, and comes to the same.
    fs::remove_file(sides.importer.romt.mirror().join(".romt/inbox.json")).unwrap();
    sides.importer.admit(1).succeeds();
    assert_eq!(sides.audit(), ["tool@1.0.0"]);
}

#[test]
fn consumed_archives_are_moved() {
    let (sides, archive) = carried();
    let inbox = sides.importer.inbox();
    fs::write(inbox.join("bad.tar.gz"), "no archive").unwrap();
    let serving = sides.importer.up(&["--consume"]);
    serving.process().wait_for_lines(1, "is admitted");
    serving.process().wait_for_lines(1, "bad.tar.gz is refused");
    wait_until("they are moved", || names(&inbox) == ["done"]);
    serving.into_process().terminate().succeeds();
    assert_eq!(names(&inbox.join("done")), [archive.clone(), format!("{archive}.sha256")]);
    assert_eq!(names(&sides.importer.quarantine()), ["bad.tar.gz", "bad.tar.gz.reason"]);
    // Carried once more, it does no harm.
    copy(&inbox.join("done").join(&archive), &inbox.join(&archive));
    let serving = sides.importer.up(&["--consume"]);
    serving.process().wait_for_lines(1, "was admitted before");
    wait_until("it is moved", || names(&inbox) == ["done"]);
    serving.into_process().terminate().succeeds();
    assert_eq!(names(&inbox.join("done")).len(), 3);
}

#[test]
fn an_archive_that_grows_slowly_is_waited_for() {
    let (sides, archive) = carried();
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
    serving.process().wait_for_lines(1, "is admitted");
    serving.into_process().terminate().succeeds().never_says("is refused");
    assert_eq!(sides.audit(), ["tool@1.0.0"]);
}

#[test]
fn a_copy_that_stopped_half_way_is_bad_until_it_is_finished() {
    let (sides, archive) = carried();
    let inbox = sides.importer.inbox();
    let content = fs::read(inbox.join(&archive)).unwrap();
    fs::write(inbox.join(&archive), &content[..content.len() / 2]).unwrap();
    fs::remove_file(inbox.join(format!("{archive}.sha256"))).unwrap();
    let serving = sides.importer.up(&[]);
    serving.process().wait_for_lines(1, "is refused");
    assert!(sides.importer.reason(&archive).contains("damaged"), "{}", sides.importer.reason(&archive));
    fs::write(inbox.join(&archive), &content).unwrap();
    serving.process().wait_for_lines(1, "is admitted");
    serving.into_process().terminate().succeeds();
    assert_eq!(names(&sides.importer.quarantine()), [""; 0], "what was said against it is void");
    assert_eq!(sides.audit(), ["tool@1.0.0"]);
}

#[test]
fn archives_are_found_without_the_system_s_help() {
    let (mut sides, archive) = carried();
    sides.importer.romt.set("ROMT_INOTIFY", "false");
    let inbox = sides.importer.inbox();
    let elsewhere = sides.importer.romt.folder().join(&archive);
    fs::rename(inbox.join(&archive), &elsewhere).unwrap();
    let serving = sides.importer.up(&[]);
    std::thread::sleep(Duration::from_secs(2));
    fs::rename(&elsewhere, inbox.join(&archive)).unwrap();
    serving.process().wait_for_lines(1, "is admitted");
    serving.into_process().terminate().succeeds();
}

#[test]
fn with_the_system_s_help_it_does_not_take_a_poll() {
    let (mut sides, archive) = carried();
    sides.importer.romt.set("ROMT_POLL_INTERVAL", "1h");
    let inbox = sides.importer.inbox();
    let elsewhere = sides.importer.romt.folder().join(&archive);
    fs::rename(inbox.join(&archive), &elsewhere).unwrap();
    let serving = sides.importer.up(&[]);
    std::thread::sleep(Duration::from_secs(1));
    fs::rename(&elsewhere, inbox.join(&archive)).unwrap();
    serving.process().wait_for_lines(1, "is admitted");
    serving.into_process().terminate().succeeds();
}

#[test]
fn what_is_no_file_is_refused_and_never_read() {
    let (sides, archive) = carried();
    let inbox = sides.importer.inbox();
    let real = sides.importer.romt.folder().join("real.tar.gz");
    fs::rename(inbox.join(&archive), &real).unwrap();
    std::os::unix::fs::symlink(&real, inbox.join("link.tar.gz")).unwrap();
    fs::create_dir(inbox.join("folder.tar.gz")).unwrap();
    assert!(Command::new("mkfifo").arg(inbox.join("pipe.tar.gz")).status().unwrap().success());
    fs::write(inbox.join("notes.txt"), "for the next shift").unwrap();
    fs::write(inbox.join("later.tar.gz.part"), "half").unwrap();
    let serving = sides.importer.up(&[]);
    serving.process().wait_for_lines(3, ".tar.gz is refused");
    serving.process().wait_for_lines(1, "notes.txt is left alone");
    let outcome = serving.into_process().terminate().succeeds();
    outcome.says("is a symbolic link; only files are taken in").says("is a named pipe").says("is a folder");
    assert_eq!(
        names(&sides.importer.quarantine()),
        ["folder.tar.gz.reason", "link.tar.gz.reason", "pipe.tar.gz.reason"]
    );
}

#[test]
fn a_read_only_inbox_is_enough() {
    let (sides, archive) = carried();
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
    serving.process().wait_for_lines(1, "is admitted");
    serving.process().wait_for_lines(1, "bad.tar.gz is refused");
    let outcome = serving.into_process().terminate();
    let unmounted = Command::new("umount").arg(&inbox).output().unwrap();
    assert!(unmounted.status.success(), "{unmounted:?}");
    outcome.succeeds().says("cannot move");
    assert!(names(&inbox).contains(&archive));
    assert!(sides.importer.reason("bad.tar.gz").contains("gzip"));
    assert_eq!(sides.audit(), ["tool@1.0.0"]);
}

#[test]
fn machines_are_told_as_json() {
    let (sides, archive) = carried();
    let serving = sides.importer.up(&["--json"]);
    let told = serving.process().wait_for_line(|line| line.contains("\"admitted\"").then(|| line.to_owned()));
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(
        (&told["event"], &told["archive"], &told["new"]),
        (&"inbox".into(), &archive.into(), &1.into()),
        "{told}"
    );
    serving.into_process().terminate().succeeds();
}

#[test]
fn a_mirror_of_another_kind_takes_no_archives() {
    let (sides, _) = carried();
    let mirror = sides.exporter.mirror();
    let mirror = mirror.to_str().unwrap();
    let refused = sides.importer.romt.run(&["up", "--port", "0", "--import", "--mirror", mirror]).exits_with(1);
    refused.says("is not filled from archives").says("hint: ");
    sides.importer.romt.run(&["up", "--import", "--crate", "tool"]).exits_with(2).says("not from both");
    sides.importer.romt.run(&["up", "--import", "--once"]).exits_with(2).says("not `--once`");
    sides.exporter.audit(&sides.upstream);
}

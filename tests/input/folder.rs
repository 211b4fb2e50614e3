//! Mirror folders that cannot be written, or that somebody else writes.

use romt_testkit::{FakeCrate, Mischief, Place, Romt, Upstream};

/// An upstream with `tool` and a romt for it.
fn tool() -> (Upstream, Romt) {
    let upstream = Upstream::start();
    upstream.publish(FakeCrate::new("tool", "1.0.0"));
    let romt = Romt::with(&upstream);
    (upstream, romt)
}

#[test]
fn a_file_where_the_mirror_should_be() {
    let (_upstream, romt) = tool();
    let file = romt.write("mirror", "something that somebody needs\n");
    romt.up_once(&["--crate", "tool"]).exits_with(1).says("error: ").says("mirror").says("hint: ");
    assert_eq!(std::fs::read_to_string(file).ok().as_deref(), Some("something that somebody needs\n"));
}

#[test]
fn a_folder_that_is_not_writable() {
    // The kernel's own folder: not even root may write there.
    let (_upstream, romt) = tool();
    let outcome = romt.up_once(&["--crate", "tool", "--mirror", "/proc/romt-mirror"]);
    outcome.exits_with(1).says("error: ").says("/proc/romt-mirror").says("hint: ");
}

#[test]
fn a_folder_without_the_right_to_write() {
    let (upstream, romt) = tool();
    romt.up_once(&["--crate", "tool"]).succeeds();
    upstream.publish(FakeCrate::new("tool", "1.1.0"));
    let crates = romt.mirror().join("crates/to/ol/tool");
    // In place of a folder without write permission, which does not stop root: a file where a crate is to go.
    std::fs::create_dir_all(crates.join("tool-1.1.0.crate")).expect("a folder in the way");
    let outcome = romt.up_once(&["--crate", "tool"]).exits_with(1).says("tool");
    assert!(outcome.stderr.contains("tool-1.1.0.crate"), "{outcome}");
    std::fs::remove_dir(crates.join("tool-1.1.0.crate")).expect("removing the folder");
    assert_eq!(romt.audit(&upstream), ["tool@1.0.0"]);
    romt.up_once(&["--crate", "tool"]).succeeds();
    assert_eq!(romt.audit(&upstream), ["tool@1.0.0", "tool@1.1.0"]);
}

#[test]
fn two_ups_on_one_folder() {
    let (upstream, romt) = tool();
    upstream.misbehave(Place::Downloads, Mischief::Hold);
    let first = romt.spawn(&["up", "--once", "--crate", "tool"]);
    upstream.wait_for_downloads(1);
    let second = romt.up_once(&["--crate", "tool"]).exits_with(1).says("error: ").says("mirror").says("hint: ");
    assert!(second.stderr.contains("romt up, process "), "{second}");
    let prune = romt.run(&["prune", "--crate", "tool"]).exits_with(1).says("romt up, process ");
    assert!(prune.stderr.contains("error: "), "{prune}");
    upstream.behave();
    first.wait().succeeds();
    assert_eq!(romt.audit(&upstream), ["tool@1.0.0"]);
    assert_eq!(upstream.downloads().len(), 1, "the second one did nothing");
}

#[test]
fn a_mirror_can_be_served_while_it_is_written() {
    let (upstream, romt) = tool();
    romt.up_once(&["--crate", "tool"]).succeeds();
    let writer = romt.up(&["--crate", "tool"]);
    let reader = romt.serve(&[]);
    assert_eq!(reader.get("/crates/tool/1.0.0/download").status, 200);
    assert_eq!(writer.get("/crates/tool/1.0.0/download").status, 200);
    drop(upstream);
}

//! One writer at a time.

use romt_testkit::scenario::{LAB, lab};
use romt_testkit::{CrateMirror, GitUpstream, Mischief, Place, Process, RomtProgram};

/// A mirror with an index, and a download into it that does not end.
fn busy() -> (GitUpstream, CrateMirror, Process) {
    let upstream = lab();
    let romt = CrateMirror::over_http(&upstream, &RomtProgram::ours());
    romt.run(&["init", "pull"]).succeeds();
    upstream.http().misbehave(Place::Downloads, Mischief::Hold);
    let process = romt.spawn(&["update"]);
    upstream.http().wait_for_downloads(1);
    (upstream, romt, process)
}

#[test]
fn a_second_writer_is_told_who_writes() {
    let (upstream, romt, process) = busy();
    for verbs in [&["update"][..], &["mark"], &["pull"], &["--start", "0", "prune"], &["config"], &["download", "pack"]]
    {
        romt.run(verbs).exits_with(1).says("in use by romt crate").says("process ");
    }
    assert_eq!(romt.index().branches(), ["heads/origin_master", "heads/working", "remotes/origin/master"]);
    upstream.http().behave();
    process.wait().succeeds();
    romt.run(&["mark", "pack"]).succeeds();
}

#[test]
fn a_list_is_given_meanwhile() {
    let (upstream, romt, process) = busy();
    assert_eq!(romt.list(&[]), LAB);
    upstream.http().behave();
    process.wait().succeeds();
}

#[test]
fn who_was_killed_holds_nothing() {
    let (upstream, romt, process) = busy();
    process.kill();
    upstream.http().behave();
    romt.run(&["update"]).succeeds();
    assert_eq!(romt.crate_paths().len(), 8);
    assert_eq!(romt.leftovers(), [""; 0]);
}

#[test]
fn a_shared_root_is_locked_whatever_the_index() {
    let (upstream, romt, process) = busy();
    // Another index with the same crates.
    let index = upstream.index().display().to_string();
    let folder = romt.folder().display().to_string();
    let other = CrateMirror::over_http(&upstream, &RomtProgram::ours());
    other.run(&["init", "pull"]).succeeds();
    let shared = format!("{folder}/crates");
    other.run(&["--crates", &shared, "--index-url", &index, "download"]).exits_with(1).says("in use by ");
    upstream.http().behave();
    process.wait().succeeds();
}

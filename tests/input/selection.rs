//! Selections that cannot be.

use romt_testkit::{FakeCrate, Outcome, Romt, Upstream};

/// A mirror of `tool@1.0.0`.
fn tool() -> (Upstream, Romt) {
    let upstream = Upstream::start();
    upstream.publish(FakeCrate::new("tool", "1.0.0"));
    let romt = Romt::with(&upstream);
    romt.up_once(&["--crate", "tool"]).succeeds();
    (upstream, romt)
}

/// `romt up --once ARGS…` fails with an error and a hint, and leaves the mirror as it was.
#[track_caller]
fn is_refused(args: &[&str], setup: impl FnOnce(&Romt)) -> Outcome {
    let (upstream, romt) = tool();
    setup(&romt);
    let outcome = romt.up_once(args).says("hint: ");
    assert!(matches!(outcome.status, Some(1 | 2)), "{outcome}");
    assert_eq!(romt.audit(&upstream), ["tool@1.0.0"]);
    outcome
}

#[test]
fn missing_lockfile() {
    is_refused(&["--lockfile", "nowhere/Cargo.lock"], |_| ()).exits_with(1).says("error: ").says("nowhere/Cargo.lock");
}

#[test]
fn malformed_lockfile() {
    let broken = |romt: &Romt| drop(romt.write("Cargo.lock", "[[package]]\nname = 7\n"));
    is_refused(&["--lockfile", "Cargo.lock"], broken).exits_with(1).says("error: ").says("Cargo.lock");
}

#[test]
fn lockfile_that_is_a_page() {
    let page = |romt: &Romt| drop(romt.write("Cargo.lock", "<!DOCTYPE html>\n<html></html>\n"));
    is_refused(&["--lockfile", "Cargo.lock"], page).exits_with(1).says("error: ").says("Cargo.lock");
}

#[test]
fn missing_manifest() {
    is_refused(&["--manifest", "nowhere/Cargo.toml"], |_| ()).exits_with(1).says("error: ").says("nowhere/Cargo.toml");
}

#[test]
fn malformed_manifest() {
    let broken = |romt: &Romt| drop(romt.write("Cargo.toml", "[package\n"));
    is_refused(&["--manifest", "Cargo.toml"], broken).exits_with(1).says("error: ").says("Cargo.toml");
}

#[test]
fn unknown_crate() {
    is_refused(&["--crate", "toool"], |_| ()).exits_with(1).says("toool");
}

#[test]
fn requirement_that_nothing_satisfies() {
    is_refused(&["--crate", "tool@^7.1"], |_| ()).exits_with(1).says("tool").says("7.1");
}

#[test]
fn requirement_that_only_a_yanked_version_satisfies() {
    let (upstream, romt) = tool();
    upstream.publish(FakeCrate::new("tool", "2.0.0").yanked());
    romt.up_once(&["--crate", "tool@2"]).exits_with(1).says("tool").says("yanked");
    assert_eq!(romt.audit(&upstream), ["tool@1.0.0"]);
}

#[test]
fn what_is_no_crate_name() {
    let (upstream, romt) = tool();
    romt.up_once(&["--crate", "../tool"]).exits_with(2).says("error: ").says("../tool");
    assert_eq!(romt.audit(&upstream), ["tool@1.0.0"]);
}

#[test]
fn an_unknown_crate_keeps_none_of_the_others_back() {
    let (upstream, romt) = tool();
    upstream.publish(FakeCrate::new("other", "1.0.0"));
    romt.up_once(&["--crate", "toool", "--crate", "other"]).exits_with(1).says("toool");
    assert_eq!(romt.audit(&upstream), ["other@1.0.0", "tool@1.0.0"]);
}

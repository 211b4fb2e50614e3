//! Selections that cannot be.

use romt_testkit::{FakeCrate, Outcome, Upstream};
use romt_tests::{Site, SiteKind, both};

both! {
    missing_lockfile,
    malformed_lockfile,
    lockfile_that_is_a_page,
    missing_manifest,
    malformed_manifest,
    unknown_crate,
    requirement_that_nothing_satisfies,
    requirement_that_only_a_yanked_version_satisfies,
    what_is_no_crate_name,
    an_unknown_crate_keeps_none_of_the_others_back,
}

/// A mirror of `tool@1.0.0`.
fn tool(kind: &SiteKind) -> (Upstream, Site) {
    let upstream = Upstream::start();
    upstream.publish(FakeCrate::new("tool", "1.0.0"));
    let site = Site::new(kind, &upstream);
    site.sync(&["--crate", "tool"]).succeeds();
    (upstream, site)
}

/// A sync of it fails with an error and a hint, and leaves the mirror as it was.
#[track_caller]
fn is_refused(kind: &SiteKind, args: &[&str], setup: impl FnOnce(&Site)) -> Outcome {
    let (upstream, site) = tool(kind);
    setup(&site);
    let outcome = site.sync(args).says("hint: ");
    assert!(matches!(outcome.status, Some(1 | 2)), "{outcome}");
    assert_eq!(site.audit(&upstream), ["tool@1.0.0"]);
    outcome
}

fn missing_lockfile(kind: &SiteKind) {
    is_refused(kind, &["--lockfile", "nowhere/Cargo.lock"], |_| ())
        .exits_with(1)
        .says("error: ")
        .says("nowhere/Cargo.lock");
}

fn malformed_lockfile(kind: &SiteKind) {
    let broken = |site: &Site| drop(site.write("Cargo.lock", "[[package]]\nname = 7\n"));
    is_refused(kind, &["--lockfile", "Cargo.lock"], broken).exits_with(1).says("error: ").says("Cargo.lock");
}

fn lockfile_that_is_a_page(kind: &SiteKind) {
    let page = |site: &Site| drop(site.write("Cargo.lock", "<!DOCTYPE html>\n<html></html>\n"));
    is_refused(kind, &["--lockfile", "Cargo.lock"], page).exits_with(1).says("error: ").says("Cargo.lock");
}

fn missing_manifest(kind: &SiteKind) {
    is_refused(kind, &["--manifest", "nowhere/Cargo.toml"], |_| ())
        .exits_with(1)
        .says("error: ")
        .says("nowhere/Cargo.toml");
}

fn malformed_manifest(kind: &SiteKind) {
    let broken = |site: &Site| drop(site.write("Cargo.toml", "[package\n"));
    is_refused(kind, &["--manifest", "Cargo.toml"], broken).exits_with(1).says("error: ").says("Cargo.toml");
}

fn unknown_crate(kind: &SiteKind) {
    is_refused(kind, &["--crate", "toool"], |_| ()).exits_with(1).says("toool");
}

fn requirement_that_nothing_satisfies(kind: &SiteKind) {
    is_refused(kind, &["--crate", "tool@^7.1"], |_| ()).exits_with(1).says("tool").says("7.1");
}

fn requirement_that_only_a_yanked_version_satisfies(kind: &SiteKind) {
    let (upstream, site) = tool(kind);
    upstream.publish(FakeCrate::new("tool", "2.0.0").yanked());
    site.sync(&["--crate", "tool@2"]).exits_with(1).says("tool").says("yanked");
    assert_eq!(site.audit(&upstream), ["tool@1.0.0"]);
}

fn what_is_no_crate_name(kind: &SiteKind) {
    let (upstream, site) = tool(kind);
    site.sync(&["--crate", "../tool"]).exits_with(2).says("error: ").says("../tool");
    assert_eq!(site.audit(&upstream), ["tool@1.0.0"]);
}

fn an_unknown_crate_keeps_none_of_the_others_back(kind: &SiteKind) {
    let (upstream, site) = tool(kind);
    upstream.publish(FakeCrate::new("other", "1.0.0"));
    site.sync(&["--crate", "toool", "--crate", "other"]).exits_with(1).says("toool");
    assert_eq!(site.audit(&upstream), ["other@1.0.0", "tool@1.0.0"]);
}

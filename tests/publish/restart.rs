//! Started again.

use std::time::Duration;

use romt_testkit::{Romt, Upstream, scenario};

/// A complete mirror of a crowd.
fn complete() -> (Upstream, Romt) {
    let upstream = Upstream::start();
    scenario::crowd(&upstream, 60);
    let romt = Romt::with(&upstream);
    romt.up_once(&["--crate", "everyone"]).succeeds();
    upstream.forget_requests();
    (upstream, romt)
}

#[test]
fn a_complete_mirror_downloads_nothing() {
    let (upstream, romt) = complete();
    romt.up_once(&["--crate", "everyone"]).succeeds();
    assert_eq!(upstream.downloads().len(), 0);
    assert!(upstream.index_requests().iter().all(|request| request.header("if-none-match").is_some()));
}

#[test]
fn a_moment_later_nothing_is_even_asked() {
    let (upstream, mut romt) = complete();
    romt.set("ROMT_INDEX_MAX_AGE", "10m");
    romt.up_once(&["--crate", "everyone"]).succeeds();
    assert_eq!((upstream.downloads().len(), upstream.index_requests().len()), (0, 0));
    romt.up_once(&["--crate", "everyone", "--refresh"]).succeeds();
    assert_eq!((upstream.downloads().len(), upstream.index_requests().len()), (0, 61));
}

#[test]
fn files_that_vanished_are_found_and_fetched_again() {
    let (upstream, romt) = complete();
    for member in ["member-007", "member-008"] {
        let file = romt.mirror().join(format!("crates/me/mb/{member}/{member}-1.0.0.crate"));
        std::fs::remove_file(file).expect("removing a crate's file");
    }
    romt.up_once(&["--crate", "everyone"]).succeeds();
    assert_eq!(romt.audit(&upstream).len(), 61);
    assert_eq!(upstream.downloads().len(), 2);
}

#[test]
fn it_serves_at_once_also_without_upstream() {
    let (upstream, romt) = complete();
    drop(upstream);
    let begun = std::time::Instant::now();
    let mirror = romt.up(&["--crate", "everyone"]);
    assert_eq!(mirror.get("/readyz").status, 200);
    assert_eq!(mirror.get("/crates-index/me/mb/member-007").status, 200);
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
}

#[test]
fn without_a_selection_it_serves_what_is_there_and_says_how_to_select() {
    let (upstream, romt) = complete();
    let mirror = romt.up(&[]);
    assert_eq!(mirror.get("/crates/member-007/1.0.0/download").status, 200);
    mirror.process().wait_for_lines(1, "--lockfile");
    mirror.into_process().interrupt();
    assert_eq!(upstream.requests().len(), 0);
}

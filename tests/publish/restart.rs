//! Started again.

use std::time::Duration;

use romt_testkit::{Upstream, scenario};
use romt_tests::{Site, SiteKind, both};

both! {
    a_complete_mirror_downloads_nothing,
    a_moment_later_nothing_is_even_asked,
    files_that_vanished_are_found_and_fetched_again,
    it_serves_at_once_also_without_upstream,
    without_a_selection_it_serves_what_is_there_and_says_how_to_select,
}

/// A complete mirror of a crowd.
fn complete(kind: &SiteKind) -> (Upstream, Site) {
    let upstream = Upstream::start();
    scenario::crowd(&upstream, 60);
    let site = Site::new(kind, &upstream);
    site.sync(&["--crate", "everyone"]).succeeds();
    upstream.forget_requests();
    (upstream, site)
}

fn a_complete_mirror_downloads_nothing(kind: &SiteKind) {
    let (upstream, site) = complete(kind);
    site.sync(&["--crate", "everyone"]).succeeds();
    assert_eq!(upstream.downloads().len(), 0);
    assert!(upstream.index_requests().iter().all(|request| request.header("if-none-match").is_some()));
}

fn a_moment_later_nothing_is_even_asked(kind: &SiteKind) {
    let (upstream, mut site) = complete(kind);
    site.set("ROMT_INDEX_MAX_AGE", "10m");
    site.sync(&["--crate", "everyone"]).succeeds();
    assert_eq!((upstream.downloads().len(), upstream.index_requests().len()), (0, 0));
    site.sync_anew(&["--crate", "everyone"]).succeeds();
    assert_eq!((upstream.downloads().len(), upstream.index_requests().len()), (0, 61));
}

fn files_that_vanished_are_found_and_fetched_again(kind: &SiteKind) {
    let (upstream, site) = complete(kind);
    for member in ["member-007", "member-008"] {
        site.lose(&format!("crates/me/mb/{member}/{member}-1.0.0.crate"));
    }
    site.sync(&["--crate", "everyone"]).succeeds();
    assert_eq!(site.audit(&upstream).len(), 61);
    assert_eq!(upstream.downloads().len(), 2);
}

fn it_serves_at_once_also_without_upstream(kind: &SiteKind) {
    let (upstream, site) = complete(kind);
    drop(upstream);
    let begun = std::time::Instant::now();
    let mirror = site.stay(&["--crate", "everyone"]);
    assert_eq!(mirror.serving().get("/readyz").status, 200);
    assert_eq!(mirror.serving().get("/crates-index/me/mb/member-007").status, 200);
    // A server of a deployment reaches NATS and a bucket first, and copies the index.
    let at_once = Duration::from_secs(if kind.is_one_process() { 1 } else { 4 });
    assert!(begun.elapsed() < at_once, "{:?}", begun.elapsed());
}

fn without_a_selection_it_serves_what_is_there_and_says_how_to_select(kind: &SiteKind) {
    let (upstream, site) = complete(kind);
    let mirror = site.stay(&[]);
    assert_eq!(mirror.serving().get("/crates/member-007/1.0.0/download").status, 200);
    mirror.syncing().wait_for_lines(1, "--lockfile");
    mirror.terminate();
    let told = site.sync(&[]).says("error: nothing is selected").says("hint: ");
    assert_ne!(told.status, Some(0), "{told}");
    assert_eq!(upstream.requests().len(), 0);
}

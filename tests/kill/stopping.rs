//! Asked politely to stop.

use romt_testkit::{Mischief, Outcome, Place, Process, Upstream};
use romt_tests::{BIG, SMALL, Site, SiteKind, big_and_small, both};

both! {
    by_ctrl_c,
    by_a_service_manager,
    while_it_serves_and_syncs,
}

/// Stops a sync by `stop` while a file is on its way; nothing is left behind, and the next run completes.
fn stopped(kind: &SiteKind, stop: impl FnOnce(Process) -> Outcome) -> Outcome {
    let (upstream, site) = big_and_small(kind);
    upstream.misbehave(Place::download(BIG), Mischief::SlowBody { bytes_per_second: 1_000_000 });
    let syncing = site.begin_sync(&["--crate", "big"]);
    upstream.wait_for_downloads(2);
    let outcome = syncing.stop(stop);
    is_left_clean(&upstream, &site);
    outcome
}

/// Nothing is left behind, by whoever else was at work neither, and the next run completes.
fn is_left_clean(upstream: &Upstream, site: &Site) {
    site.restart();
    assert!(!site.audit(upstream).contains(&BIG.to_owned()));
    upstream.behave();
    site.sync(&["--crate", "big"]).succeeds();
    assert_eq!(site.audit(upstream), [BIG, SMALL]);
}

fn by_ctrl_c(kind: &SiteKind) {
    stopped(kind, Process::interrupt).exits_with(130);
}

fn by_a_service_manager(kind: &SiteKind) {
    // A service that stays is not cut short.
    stopped(kind, Process::terminate).exits_with(i32::from(kind.is_one_process()));
}

fn while_it_serves_and_syncs(kind: &SiteKind) {
    let (upstream, site) = big_and_small(kind);
    upstream.misbehave(Place::download(BIG), Mischief::Hold);
    let staying = site.stay(&["--crate", "big"]);
    upstream.wait_for_downloads(2);
    staying.terminate();
    is_left_clean(&upstream, &site);
}

//! Asked politely to stop.

use romt_testkit::{Mischief, Outcome, Place, Process, Upstream};
use romt_tests::{BIG, SMALL, Site, SiteKind, big_and_small};

/// Stops a sync by `stop` while a file is on its way; nothing is left behind, and the next run completes.
fn stopped(stop: impl FnOnce(Process) -> Outcome) -> Outcome {
    let (upstream, site) = big_and_small(&SiteKind::OneProcess);
    let romt = site.romt();
    upstream.misbehave(Place::download(BIG), Mischief::SlowBody { bytes_per_second: 1_000_000 });
    let process = romt.spawn(&["up", "--once", "--crate", "big"]);
    upstream.wait_for_downloads(2);
    let outcome = stop(process);
    assert!(!romt.audit(&upstream).contains(&BIG.to_owned()));
    completes(&upstream, &site);
    outcome
}

fn completes(upstream: &Upstream, site: &Site) {
    upstream.behave();
    site.sync(&["--crate", "big"]).succeeds();
    assert_eq!(site.audit(upstream), [BIG, SMALL]);
}

#[test]
fn by_ctrl_c() {
    stopped(Process::interrupt).exits_with(130);
}

#[test]
fn by_a_service_manager() {
    stopped(Process::terminate).exits_with(1);
}

#[test]
fn while_it_serves_and_syncs() {
    let (upstream, site) = big_and_small(&SiteKind::OneProcess);
    let romt = site.romt();
    upstream.misbehave(Place::download(BIG), Mischief::Hold);
    let mirror = romt.up(&["--crate", "big"]);
    upstream.wait_for_downloads(2);
    mirror.into_process().terminate().succeeds();
    romt.audit(&upstream);
    completes(&upstream, &site);
}

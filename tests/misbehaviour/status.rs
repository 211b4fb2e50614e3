//! Answers with an error status.

use std::time::Duration;

use romt_testkit::{Mischief, Place, Request, Upstream};
use romt_tests::{BIG, SMALL, SiteKind, big_and_small, both};

use crate::recovery::{big_arrives_after, big_fails_and_recovers};

both! {
    not_found,
    forbidden,
    what_is_not_there_is_asked_for_once,
    internal_error_that_stays,
    unavailable_twice,
    too_many_requests_with_retry_after,
    retry_after_beyond_our_patience,
    every_file_is_refused,
}

/// The requests for the file of `big`.
fn requests_for_big(upstream: &Upstream) -> Vec<Request> {
    let mut requests = upstream.downloads();
    requests.retain(|request| request.path.contains("/big/"));
    requests
}

fn not_found(kind: &SiteKind) {
    big_fails_and_recovers(kind, Mischief::Status(404)).says("404");
}

fn forbidden(kind: &SiteKind) {
    big_fails_and_recovers(kind, Mischief::Status(403)).says("403");
}

fn what_is_not_there_is_asked_for_once(kind: &SiteKind) {
    let (upstream, site) = big_and_small(kind);
    upstream.misbehave(Place::download(BIG), Mischief::Status(404));
    site.sync(&["--crate", "big"]).exits_with(1);
    assert_eq!(requests_for_big(&upstream).len(), 1);
}

fn internal_error_that_stays(kind: &SiteKind) {
    big_fails_and_recovers(kind, Mischief::Status(500)).says("500");
}

fn unavailable_twice(kind: &SiteKind) {
    let upstream = big_arrives_after(kind, 2, Mischief::Unavailable);
    assert_eq!(requests_for_big(&upstream).len(), 3);
}

fn too_many_requests_with_retry_after(kind: &SiteKind) {
    let upstream = big_arrives_after(kind, 1, Mischief::TooManyRequests { retry_after: 1 });
    let requests = requests_for_big(&upstream);
    let waited = requests[1].at - requests[0].at;
    assert!(requests.len() == 2 && waited >= Duration::from_secs(1), "{waited:?}, {requests:#?}");
}

fn retry_after_beyond_our_patience(kind: &SiteKind) {
    // The whole host is to be left alone that long, so how much else arrives is a matter of chance.
    let (upstream, site) = big_and_small(kind);
    upstream.misbehave(Place::download(BIG), Mischief::TooManyRequests { retry_after: 3_600 });
    let outcome = site.sync(&["--crate", "big"]).exits_with(1).says(BIG);
    assert!(outcome.took < Duration::from_mins(1), "{outcome}");
    assert!(!site.audit(&upstream).contains(&BIG.to_owned()));
    upstream.behave();
    // Whoever was asked to stay away for an hour does.
    site.restart();
    site.sync(&["--crate", "big"]).succeeds();
    assert_eq!(site.audit(&upstream), [BIG, SMALL]);
}

fn every_file_is_refused(kind: &SiteKind) {
    let (upstream, site) = big_and_small(kind);
    upstream.misbehave(Place::Downloads, Mischief::Status(403));
    site.sync(&["--crate", "big"]).exits_with(1).says(BIG).says(SMALL);
    assert_eq!(site.audit(&upstream), [""; 0]);
    upstream.behave();
    site.sync(&["--crate", "big"]).succeeds();
    assert_eq!(site.audit(&upstream), [BIG, SMALL]);
}

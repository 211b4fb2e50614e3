//! Answers with an error status.

use std::time::Duration;

use romt_testkit::{Mischief, Place, Request, Upstream};
use romt_tests::{BIG, SMALL, big_and_small};

use crate::recovery::{big_arrives_after, big_fails_and_recovers};

/// The requests for the file of `big`.
fn requests_for_big(upstream: &Upstream) -> Vec<Request> {
    let mut requests = upstream.downloads();
    requests.retain(|request| request.path.contains("/big/"));
    requests
}

#[test]
fn not_found() {
    big_fails_and_recovers(Mischief::Status(404)).says("404");
}

#[test]
fn forbidden() {
    big_fails_and_recovers(Mischief::Status(403)).says("403");
}

#[test]
fn what_is_not_there_is_asked_for_once() {
    let (upstream, romt) = big_and_small();
    upstream.misbehave(Place::download(BIG), Mischief::Status(404));
    romt.up_once(&["--crate", "big"]).exits_with(1);
    assert_eq!(requests_for_big(&upstream).len(), 1);
}

#[test]
fn internal_error_that_stays() {
    big_fails_and_recovers(Mischief::Status(500)).says("500");
}

#[test]
fn unavailable_twice() {
    let upstream = big_arrives_after(2, Mischief::Unavailable);
    assert_eq!(requests_for_big(&upstream).len(), 3);
}

#[test]
fn too_many_requests_with_retry_after() {
    let upstream = big_arrives_after(1, Mischief::TooManyRequests { retry_after: 1 });
    let requests = requests_for_big(&upstream);
    let waited = requests[1].at - requests[0].at;
    assert!(requests.len() == 2 && waited >= Duration::from_secs(1), "{waited:?}, {requests:#?}");
}

#[test]
fn retry_after_beyond_our_patience() {
    // The whole host is to be left alone that long, so how much else arrives is a matter of chance.
    let (upstream, romt) = big_and_small();
    upstream.misbehave(Place::download(BIG), Mischief::TooManyRequests { retry_after: 3_600 });
    let outcome = romt.up_once(&["--crate", "big"]).exits_with(1).says(BIG);
    assert!(outcome.took < Duration::from_mins(1), "{outcome}");
    assert!(!romt.audit(&upstream).contains(&BIG.to_owned()));
    upstream.behave();
    romt.up_once(&["--crate", "big"]).succeeds();
    assert_eq!(romt.audit(&upstream), [BIG, SMALL]);
}

#[test]
fn every_file_is_refused() {
    let (upstream, romt) = big_and_small();
    upstream.misbehave(Place::Downloads, Mischief::Status(403));
    romt.up_once(&["--crate", "big"]).exits_with(1).says(BIG).says(SMALL);
    assert_eq!(romt.audit(&upstream), [""; 0]);
    upstream.behave();
    romt.up_once(&["--crate", "big"]).succeeds();
    assert_eq!(romt.audit(&upstream), [BIG, SMALL]);
}

//! Bodies that are not what they should be.

use romt_testkit::{Mischief, Place, stored_files};
use romt_tests::{BIG, SMALL, big_and_small};

use crate::recovery::{big_arrives_after, big_fails_and_recovers, big_fails_and_recovers_with};

#[test]
fn cut_once_is_resumed() {
    let upstream = big_arrives_after(1, Mischief::CutBody { after_bytes: 2_000_000 });
    let resumed = upstream.downloads().into_iter().filter(|request| request.header("range").is_some());
    let ranges: Vec<_> = resumed.map(|request| request.header("range").map(str::to_owned)).collect();
    assert_eq!(ranges, [Some("bytes=2000000-".to_owned())]);
}

#[test]
fn cut_again_and_again_but_further_each_time() {
    let (upstream, romt) = big_and_small();
    upstream.misbehave(Place::download(BIG), Mischief::CutBody { after_bytes: 500_000 });
    romt.up_once(&["--crate", "big"]).succeeds();
    assert_eq!(romt.audit(&upstream), [BIG, SMALL]);
}

#[test]
fn cut_before_the_first_byte() {
    big_fails_and_recovers(Mischief::CutBody { after_bytes: 0 });
}

#[test]
fn reset_before_the_answer() {
    big_fails_and_recovers(Mischief::Reset);
}

#[test]
fn reset_once() {
    big_arrives_after(1, Mischief::Reset);
}

#[test]
fn wrong_bytes() {
    big_fails_and_recovers(Mischief::WrongBytes);
}

#[test]
fn wrong_bytes_never_appear_under_the_final_name() {
    let (upstream, romt) = big_and_small();
    upstream.misbehave(Place::Downloads, Mischief::WrongBytes);
    romt.up_once(&["--crate", "big"]).exits_with(1).says(BIG).says(SMALL);
    assert_eq!(stored_files(&romt.mirror()), ["crates/config.toml"]);
}

#[test]
fn endless_body() {
    let (upstream, mut romt) = big_and_small();
    romt.set("ROMT_MAX_CRATE_SIZE", "8MB");
    big_fails_and_recovers_with(&upstream, &romt, Mischief::EndlessBody);
}

#[test]
fn larger_than_allowed() {
    let (upstream, mut romt) = big_and_small();
    romt.set("ROMT_MAX_CRATE_SIZE", "1MB");
    romt.up_once(&["--crate", "big"]).exits_with(1).says(BIG);
    assert_eq!(romt.audit(&upstream), [SMALL]);
}

#[test]
fn slow_body_that_arrives_in_the_end() {
    let (upstream, mut romt) = big_and_small();
    romt.set("ROMT_TIMEOUT", "1");
    upstream.misbehave_times(2, Place::download(SMALL), Mischief::SlowBody { bytes_per_second: 300 });
    romt.up_once(&["--crate", "big"]).succeeds();
    assert_eq!(romt.audit(&upstream), [BIG, SMALL]);
}

#[test]
fn slow_body_beyond_our_patience() {
    let (upstream, mut romt) = big_and_small();
    romt.set("ROMT_TIMEOUT", "1");
    romt.set("ROMT_RETRY_BUDGET", "4s");
    big_fails_and_recovers_with(&upstream, &romt, Mischief::SlowBody { bytes_per_second: 200 });
}

#[test]
fn no_answer_at_all() {
    let (upstream, mut romt) = big_and_small();
    romt.set("ROMT_TIMEOUT", "1");
    romt.set("ROMT_RETRIES", "2");
    big_fails_and_recovers_with(&upstream, &romt, Mischief::Hold);
}

#[test]
fn length_too_large() {
    // All of the file comes and then the connection breaks: the file may be had, or not, but never half.
    let (upstream, romt) = big_and_small();
    upstream.misbehave(Place::download(BIG), Mischief::LengthTooLarge { by: 10 });
    let outcome = romt.up_once(&["--crate", "big"]);
    if outcome.status == Some(0) {
        assert_eq!(romt.audit(&upstream), [BIG, SMALL]);
    } else {
        outcome.exits_with(1).says(BIG);
        assert_eq!(romt.audit(&upstream), [SMALL]);
    }
}

#[test]
fn length_too_small() {
    big_fails_and_recovers(Mischief::LengthTooSmall { by: 10 });
}

#[test]
fn a_page_instead_of_the_file() {
    big_fails_and_recovers(Mischief::HtmlPage);
}

#[test]
fn compressed_on_the_way_unasked() {
    big_fails_and_recovers(Mischief::Gzip);
}

#[test]
fn empty_body() {
    big_fails_and_recovers(Mischief::EmptyBody);
}

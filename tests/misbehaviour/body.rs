//! Bodies that are not what they should be.

use romt_testkit::{Mischief, Place};
use romt_tests::{BIG, SMALL, SiteKind, big_and_small, both};

use crate::recovery::{big_arrives_after, big_fails_and_recovers, big_fails_and_recovers_with};

both! {
    cut_once_is_resumed,
    cut_again_and_again_but_further_each_time,
    cut_before_the_first_byte,
    reset_before_the_answer,
    reset_once,
    wrong_bytes,
    wrong_bytes_never_appear_under_the_final_name,
    endless_body,
    larger_than_allowed,
    slow_body_that_arrives_in_the_end,
    slow_body_beyond_our_patience,
    no_answer_at_all,
    length_too_large,
    length_too_small,
    a_page_instead_of_the_file,
    compressed_on_the_way_unasked,
    empty_body,
}

fn cut_once_is_resumed(kind: &SiteKind) {
    let upstream = big_arrives_after(kind, 1, Mischief::CutBody { after_bytes: 2_000_000 });
    let resumed = upstream.downloads().into_iter().filter(|request| request.header("range").is_some());
    let ranges: Vec<_> = resumed.map(|request| request.header("range").map(str::to_owned)).collect();
    assert_eq!(ranges, [Some("bytes=2000000-".to_owned())]);
}

fn cut_again_and_again_but_further_each_time(kind: &SiteKind) {
    let (upstream, site) = big_and_small(kind);
    upstream.misbehave(Place::download(BIG), Mischief::CutBody { after_bytes: 500_000 });
    site.sync(&["--crate", "big"]).succeeds();
    assert_eq!(site.audit(&upstream), [BIG, SMALL]);
}

fn cut_before_the_first_byte(kind: &SiteKind) {
    big_fails_and_recovers(kind, Mischief::CutBody { after_bytes: 0 });
}

fn reset_before_the_answer(kind: &SiteKind) {
    big_fails_and_recovers(kind, Mischief::Reset);
}

fn reset_once(kind: &SiteKind) {
    big_arrives_after(kind, 1, Mischief::Reset);
}

fn wrong_bytes(kind: &SiteKind) {
    big_fails_and_recovers(kind, Mischief::WrongBytes);
}

fn wrong_bytes_never_appear_under_the_final_name(kind: &SiteKind) {
    let (upstream, site) = big_and_small(kind);
    upstream.misbehave(Place::Downloads, Mischief::WrongBytes);
    site.sync(&["--crate", "big"]).exits_with(1).says(BIG).says(SMALL);
    assert_eq!(site.stored(), ["crates/config.toml"]);
}

fn endless_body(kind: &SiteKind) {
    let (upstream, mut site) = big_and_small(kind);
    site.set("ROMT_MAX_CRATE_SIZE", "8MB");
    big_fails_and_recovers_with(&upstream, &site, Mischief::EndlessBody);
}

fn larger_than_allowed(kind: &SiteKind) {
    let (upstream, mut site) = big_and_small(kind);
    site.set("ROMT_MAX_CRATE_SIZE", "1MB");
    site.sync(&["--crate", "big"]).exits_with(1).says(BIG);
    assert_eq!(site.audit(&upstream), [SMALL]);
}

fn slow_body_that_arrives_in_the_end(kind: &SiteKind) {
    let (upstream, mut site) = big_and_small(kind);
    site.set("ROMT_TIMEOUT", "1");
    upstream.misbehave_times(2, Place::download(SMALL), Mischief::SlowBody { bytes_per_second: 300 });
    site.sync(&["--crate", "big"]).succeeds();
    assert_eq!(site.audit(&upstream), [BIG, SMALL]);
}

fn slow_body_beyond_our_patience(kind: &SiteKind) {
    let (upstream, mut site) = big_and_small(kind);
    site.set("ROMT_TIMEOUT", "1");
    site.set("ROMT_RETRY_BUDGET", "4s");
    big_fails_and_recovers_with(&upstream, &site, Mischief::SlowBody { bytes_per_second: 200 });
}

fn no_answer_at_all(kind: &SiteKind) {
    let (upstream, mut site) = big_and_small(kind);
    site.set("ROMT_TIMEOUT", "1");
    site.set("ROMT_RETRIES", "2");
    big_fails_and_recovers_with(&upstream, &site, Mischief::Hold);
}

fn length_too_large(kind: &SiteKind) {
    // All of the file comes and then the connection breaks: the file may be had, or not, but never half.
    let (upstream, site) = big_and_small(kind);
    upstream.misbehave(Place::download(BIG), Mischief::LengthTooLarge { by: 10 });
    let outcome = site.sync(&["--crate", "big"]);
    if outcome.status == Some(0) {
        assert_eq!(site.audit(&upstream), [BIG, SMALL]);
    } else {
        outcome.exits_with(1).says(BIG);
        assert_eq!(site.audit(&upstream), [SMALL]);
    }
}

fn length_too_small(kind: &SiteKind) {
    big_fails_and_recovers(kind, Mischief::LengthTooSmall { by: 10 });
}

fn a_page_instead_of_the_file(kind: &SiteKind) {
    big_fails_and_recovers(kind, Mischief::HtmlPage);
}

fn compressed_on_the_way_unasked(kind: &SiteKind) {
    big_fails_and_recovers(kind, Mischief::Gzip);
}

fn empty_body(kind: &SiteKind) {
    big_fails_and_recovers(kind, Mischief::EmptyBody);
}

//! Index files and the index's config that are not what they should be.

use romt_testkit::{FakeCrate, Mischief, Outcome, Place, Romt, Upstream, scenario};
use romt_tests::{BIG, SMALL, big_and_small};

/// Syncs `big` while the index file of `small` is misbehaved with: `small` fails and is named, and nothing of it is
/// published. Then upstream behaves, and the next sync completes. Returns how the first one ended.
#[track_caller]
fn small_fails_and_recovers(mischief: Mischief) -> Outcome {
    let (upstream, mut romt) = big_and_small();
    romt.set("ROMT_TIMEOUT", "1");
    romt.set("ROMT_RETRY_BUDGET", "4s");
    upstream.misbehave(Place::index_file("small"), mischief);
    let outcome = romt.up_once(&["--crate", "big"]).exits_with(1).says("small");
    assert!(!romt.audit(&upstream).contains(&SMALL.to_owned()));
    upstream.behave();
    romt.up_once(&["--crate", "big"]).succeeds();
    assert_eq!(romt.audit(&upstream), [BIG, SMALL]);
    outcome
}

/// The same where the right line stands beside a wrong one: the right one may be taken, the wrong one never,
/// and it is complained about by the name of the crate.
#[track_caller]
fn only_the_right_line_counts(mischief: Mischief) {
    let (upstream, romt) = big_and_small();
    upstream.misbehave(Place::index_file("small"), mischief);
    romt.up_once(&["--crate", "big"]).exits_with(1).says("small");
    let published = romt.audit(&upstream);
    assert!(published.iter().all(|id| [BIG, SMALL].contains(&id.as_str())), "{published:?}");
    let outside = romt.folder().read_dir().map(Iterator::count);
    assert_eq!(outside.ok(), Some(1), "something lies beside the mirror");
    upstream.behave();
    romt.up_once(&["--crate", "big"]).succeeds();
    assert_eq!(romt.audit(&upstream), [BIG, SMALL]);
}

#[test]
fn line_that_is_not_json() {
    only_the_right_line_counts(Mischief::IndexNotJson);
}

#[test]
fn name_that_leads_out() {
    only_the_right_line_counts(Mischief::IndexNameTraversal);
}

#[test]
fn version_that_leads_out() {
    only_the_right_line_counts(Mischief::IndexVersionTraversal);
}

#[test]
fn line_of_another_crate() {
    only_the_right_line_counts(Mischief::IndexOfAnotherCrate);
}

#[test]
fn not_found() {
    small_fails_and_recovers(Mischief::Status(404));
}

#[test]
fn forbidden() {
    small_fails_and_recovers(Mischief::Status(403)).says("403");
}

#[test]
fn a_page_instead_of_the_file() {
    small_fails_and_recovers(Mischief::HtmlPage);
}

#[test]
fn empty_body() {
    small_fails_and_recovers(Mischief::EmptyBody);
}

#[test]
fn endless_body() {
    small_fails_and_recovers(Mischief::EndlessBody);
}

#[test]
fn no_answer_at_all() {
    small_fails_and_recovers(Mischief::Hold);
}

#[test]
fn cut_body() {
    small_fails_and_recovers(Mischief::CutBody { after_bytes: 20 });
}

#[test]
fn reset_before_the_answer() {
    small_fails_and_recovers(Mischief::Reset);
}

#[test]
fn unavailable_twice() {
    let (upstream, romt) = big_and_small();
    upstream.misbehave_times(2, Place::index_file("small"), Mischief::Unavailable);
    romt.up_once(&["--crate", "big"]).succeeds();
    assert_eq!(romt.audit(&upstream), [BIG, SMALL]);
}

#[test]
fn compressed_on_the_way() {
    let (upstream, romt) = big_and_small();
    upstream.misbehave(Place::Index, Mischief::Gzip);
    romt.up_once(&["--crate", "big"]).succeeds();
    assert_eq!(romt.audit(&upstream), [BIG, SMALL]);
}

#[test]
fn config_that_cannot_be_had() {
    for mischief in [Mischief::Status(404), Mischief::HtmlPage, Mischief::EmptyBody, Mischief::Reset] {
        let (upstream, romt) = big_and_small();
        upstream.misbehave(Place::Config, mischief);
        romt.up_once(&["--crate", "big"]).exits_with(1).says("error: ").says("config.json");
        assert_eq!(romt.audit(&upstream), [""; 0]);
        upstream.behave();
        romt.up_once(&["--crate", "big"]).succeeds();
        assert_eq!(romt.audit(&upstream), [BIG, SMALL]);
    }
}

#[test]
fn an_index_that_goes_away_is_not_asked_for_ever() {
    let upstream = Upstream::start();
    scenario::crowd(&upstream, 120);
    let romt = Romt::with(&upstream);
    upstream.misbehave(Place::Index, Mischief::Reset);
    upstream.misbehave(Place::index_file("everyone"), Mischief::NoRanges);
    romt.up_once(&["--crate", "everyone"]).exits_with(1).says("error: ").says(upstream.base_url());
    assert_eq!(romt.audit(&upstream), [""; 0]);
    upstream.behave();
    romt.up_once(&["--crate", "everyone"]).succeeds();
    assert_eq!(romt.audit(&upstream).len(), 121);
}

#[test]
fn a_damaged_index_file_takes_nothing_away() {
    let damages = [
        Mischief::EmptyBody,
        Mischief::HtmlPage,
        Mischief::Status(500),
        Mischief::CutBody { after_bytes: 20 },
        Mischief::IndexNotJson,
    ];
    for damage in damages {
        let (upstream, romt) = big_and_small();
        romt.up_once(&["--crate", "big"]).succeeds();
        // Another version, so that upstream has something to say.
        upstream.publish(FakeCrate::new("small", "1.0.1"));
        upstream.misbehave(Place::index_file("small"), damage);
        romt.up_once(&["--crate", "big"]).exits_with(1).says("small");
        let published = romt.audit(&upstream);
        assert!(published.contains(&BIG.to_owned()) && published.contains(&SMALL.to_owned()), "{published:?}");
    }
}

#[test]
fn a_bad_day_takes_nothing_away() {
    let (upstream, romt) = big_and_small();
    romt.up_once(&["--crate", "big"]).succeeds();
    for mischief in [Mischief::Status(404), Mischief::Status(500), Mischief::HtmlPage, Mischief::EmptyBody] {
        upstream.misbehave(Place::Everything, mischief);
        romt.up_once(&["--crate", "big"]).exits_with(1);
        assert_eq!(romt.audit(&upstream), [BIG, SMALL]);
    }
}

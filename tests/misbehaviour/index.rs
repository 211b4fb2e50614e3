//! Index files and the index's config that are not what they should be.

use romt_testkit::{FakeCrate, Mischief, Outcome, Place, Upstream, scenario};
use romt_tests::{BIG, SMALL, Site, SiteKind, big_and_small, both};

both! {
    line_that_is_not_json,
    name_that_leads_out,
    version_that_leads_out,
    line_of_another_crate,
    not_found,
    forbidden,
    a_page_instead_of_the_file,
    empty_body,
    endless_body,
    no_answer_at_all,
    cut_body,
    reset_before_the_answer,
    unavailable_twice,
    compressed_on_the_way,
    config_that_cannot_be_had,
    an_index_that_goes_away_is_not_asked_for_ever,
    a_damaged_index_file_takes_nothing_away,
    a_bad_day_takes_nothing_away,
}

/// Syncs `big` while the index file of `small` is misbehaved with: `small` fails and is named, and nothing of it is
/// published. Then upstream behaves, and the next sync completes. Returns how the first one ended.
#[track_caller]
fn small_fails_and_recovers(kind: &SiteKind, mischief: Mischief) -> Outcome {
    let (upstream, mut site) = big_and_small(kind);
    site.set("ROMT_TIMEOUT", "1");
    site.set("ROMT_RETRY_BUDGET", "4s");
    upstream.misbehave(Place::index_file("small"), mischief);
    let outcome = site.sync(&["--crate", "big"]).exits_with(1).says("small");
    assert!(!site.audit(&upstream).contains(&SMALL.to_owned()));
    upstream.behave();
    site.sync(&["--crate", "big"]).succeeds();
    assert_eq!(site.audit(&upstream), [BIG, SMALL]);
    outcome
}

/// The same where the right line stands beside a wrong one: the right one may be taken, the wrong one never,
/// and it is complained about by the name of the crate.
#[track_caller]
fn only_the_right_line_counts(kind: &SiteKind, mischief: Mischief) {
    let (upstream, site) = big_and_small(kind);
    upstream.misbehave(Place::index_file("small"), mischief);
    site.sync(&["--crate", "big"]).exits_with(1).says("small");
    let published = site.audit(&upstream);
    assert!(published.iter().all(|id| [BIG, SMALL].contains(&id.as_str())), "{published:?}");
    assert_eq!(site.beside(), [""; 0], "something lies beside the mirror");
    upstream.behave();
    site.sync(&["--crate", "big"]).succeeds();
    assert_eq!(site.audit(&upstream), [BIG, SMALL]);
}

fn line_that_is_not_json(kind: &SiteKind) {
    only_the_right_line_counts(kind, Mischief::IndexNotJson);
}

fn name_that_leads_out(kind: &SiteKind) {
    only_the_right_line_counts(kind, Mischief::IndexNameTraversal);
}

fn version_that_leads_out(kind: &SiteKind) {
    only_the_right_line_counts(kind, Mischief::IndexVersionTraversal);
}

fn line_of_another_crate(kind: &SiteKind) {
    only_the_right_line_counts(kind, Mischief::IndexOfAnotherCrate);
}

fn not_found(kind: &SiteKind) {
    small_fails_and_recovers(kind, Mischief::Status(404));
}

fn forbidden(kind: &SiteKind) {
    small_fails_and_recovers(kind, Mischief::Status(403)).says("403");
}

fn a_page_instead_of_the_file(kind: &SiteKind) {
    small_fails_and_recovers(kind, Mischief::HtmlPage);
}

fn empty_body(kind: &SiteKind) {
    small_fails_and_recovers(kind, Mischief::EmptyBody);
}

fn endless_body(kind: &SiteKind) {
    small_fails_and_recovers(kind, Mischief::EndlessBody);
}

fn no_answer_at_all(kind: &SiteKind) {
    small_fails_and_recovers(kind, Mischief::Hold);
}

fn cut_body(kind: &SiteKind) {
    small_fails_and_recovers(kind, Mischief::CutBody { after_bytes: 20 });
}

fn reset_before_the_answer(kind: &SiteKind) {
    small_fails_and_recovers(kind, Mischief::Reset);
}

fn unavailable_twice(kind: &SiteKind) {
    let (upstream, site) = big_and_small(kind);
    upstream.misbehave_times(2, Place::index_file("small"), Mischief::Unavailable);
    site.sync(&["--crate", "big"]).succeeds();
    assert_eq!(site.audit(&upstream), [BIG, SMALL]);
}

fn compressed_on_the_way(kind: &SiteKind) {
    let (upstream, site) = big_and_small(kind);
    upstream.misbehave(Place::Index, Mischief::Gzip);
    site.sync(&["--crate", "big"]).succeeds();
    assert_eq!(site.audit(&upstream), [BIG, SMALL]);
}

fn config_that_cannot_be_had(kind: &SiteKind) {
    for mischief in [Mischief::Status(404), Mischief::HtmlPage, Mischief::EmptyBody, Mischief::Reset] {
        let (upstream, site) = big_and_small(kind);
        upstream.misbehave(Place::Config, mischief);
        site.sync(&["--crate", "big"]).exits_with(1).says("error: ").says("config.json");
        assert_eq!(site.audit(&upstream), [""; 0]);
        upstream.behave();
        site.sync(&["--crate", "big"]).succeeds();
        assert_eq!(site.audit(&upstream), [BIG, SMALL]);
    }
}

fn an_index_that_goes_away_is_not_asked_for_ever(kind: &SiteKind) {
    let upstream = Upstream::start();
    scenario::crowd(&upstream, 120);
    let site = Site::new(kind, &upstream);
    upstream.misbehave(Place::Index, Mischief::Reset);
    upstream.misbehave(Place::index_file("everyone"), Mischief::NoRanges);
    site.sync(&["--crate", "everyone"]).exits_with(1).says("error: ").says(upstream.base_url());
    assert_eq!(site.audit(&upstream), [""; 0]);
    upstream.behave();
    site.sync(&["--crate", "everyone"]).succeeds();
    assert_eq!(site.audit(&upstream).len(), 121);
}

fn a_damaged_index_file_takes_nothing_away(kind: &SiteKind) {
    let damages = [
        Mischief::EmptyBody,
        Mischief::HtmlPage,
        Mischief::Status(500),
        Mischief::CutBody { after_bytes: 20 },
        Mischief::IndexNotJson,
    ];
    for damage in damages {
        let (upstream, site) = big_and_small(kind);
        site.sync(&["--crate", "big"]).succeeds();
        // Another version, so that upstream has something to say.
        upstream.publish(FakeCrate::new("small", "1.0.1"));
        upstream.misbehave(Place::index_file("small"), damage);
        site.sync(&["--crate", "big"]).exits_with(1).says("small");
        let published = site.audit(&upstream);
        assert!(published.contains(&BIG.to_owned()) && published.contains(&SMALL.to_owned()), "{published:?}");
    }
}

fn a_bad_day_takes_nothing_away(kind: &SiteKind) {
    let (upstream, site) = big_and_small(kind);
    site.sync(&["--crate", "big"]).succeeds();
    for mischief in [Mischief::Status(404), Mischief::Status(500), Mischief::HtmlPage, Mischief::EmptyBody] {
        upstream.misbehave(Place::Everything, mischief);
        site.sync(&["--crate", "big"]).exits_with(1);
        assert_eq!(site.audit(&upstream), [BIG, SMALL]);
    }
}

//! What every scenario of a file that cannot be had goes through.

use romt_testkit::{Mischief, Outcome, Place, Upstream};
use romt_tests::{BIG, SMALL, Site, SiteKind, big_and_small};

/// Syncs `big` while its file is misbehaved with: `big` fails and is named, the rest is published.
/// Then upstream behaves, and the next sync completes. Returns how the first one ended.
#[track_caller]
pub(crate) fn big_fails_and_recovers(kind: &SiteKind, mischief: Mischief) -> Outcome {
    let (upstream, site) = big_and_small(kind);
    big_fails_and_recovers_with(&upstream, &site, mischief)
}

/// The same with a site that has other settings.
#[track_caller]
pub(crate) fn big_fails_and_recovers_with(upstream: &Upstream, site: &Site, mischief: Mischief) -> Outcome {
    upstream.misbehave(Place::download(BIG), mischief);
    let outcome = site.sync(&["--crate", "big"]).exits_with(1).says(BIG).never_says(SMALL);
    assert_eq!(site.audit(upstream), [SMALL]);
    upstream.behave();
    site.sync(&["--crate", "big"]).succeeds();
    assert_eq!(site.audit(upstream), [BIG, SMALL]);
    outcome
}

/// Syncs `big` while its file is misbehaved with for the next `times` requests: it ends well.
/// Returns the upstream, to look at its requests.
#[track_caller]
pub(crate) fn big_arrives_after(kind: &SiteKind, times: usize, mischief: Mischief) -> Upstream {
    let (upstream, site) = big_and_small(kind);
    upstream.misbehave_times(times, Place::download(BIG), mischief);
    site.sync(&["--crate", "big"]).succeeds();
    assert_eq!(site.audit(&upstream), [BIG, SMALL]);
    upstream
}

//! What every scenario of a file that cannot be had goes through.

use romt_testkit::{Mischief, Outcome, Place, Romt, Upstream};
use romt_tests::{BIG, SMALL, big_and_small};

/// Syncs `big` while its file is misbehaved with: `big` fails and is named, the rest is published.
/// Then upstream behaves, and the next sync completes. Returns how the first one ended.
#[track_caller]
pub(crate) fn big_fails_and_recovers(mischief: Mischief) -> Outcome {
    let (upstream, romt) = big_and_small();
    big_fails_and_recovers_with(&upstream, &romt, mischief)
}

/// The same with a romt that has other settings.
#[track_caller]
pub(crate) fn big_fails_and_recovers_with(upstream: &Upstream, romt: &Romt, mischief: Mischief) -> Outcome {
    upstream.misbehave(Place::download(BIG), mischief);
    let outcome = romt.up_once(&["--crate", "big"]).exits_with(1).says(BIG).never_says(SMALL);
    assert_eq!(romt.audit(upstream), [SMALL]);
    upstream.behave();
    romt.up_once(&["--crate", "big"]).succeeds();
    assert_eq!(romt.audit(upstream), [BIG, SMALL]);
    outcome
}

/// Syncs `big` while its file is misbehaved with for the next `times` requests: it ends well.
/// Returns the upstream, to look at its requests.
#[track_caller]
pub(crate) fn big_arrives_after(times: usize, mischief: Mischief) -> Upstream {
    let (upstream, romt) = big_and_small();
    upstream.misbehave_times(times, Place::download(BIG), mischief);
    romt.up_once(&["--crate", "big"]).succeeds();
    assert_eq!(romt.audit(&upstream), [BIG, SMALL]);
    upstream
}

//! What changes upstream reaches clients with the next sync.

use crate::client::check;
use romt_testkit::{FakeCrate, Mischief, Place, Romt, Upstream};

/// A mirror of `tool@1`, which upstream has in version 1.0.0.
fn tool() -> (Upstream, Romt) {
    let upstream = Upstream::start();
    upstream.publish(FakeCrate::new("tool", "1.0.0"));
    let romt = Romt::with(&upstream);
    romt.up_once(&["--crate", "tool@1"]).succeeds();
    (upstream, romt)
}

/// Syncs again and asks what is served then.
fn served_after_sync(upstream: &Upstream, romt: &Romt) -> Vec<String> {
    romt.up_once(&["--crate", "tool@1"]).succeeds();
    romt.audit(upstream);
    check(&romt.serve(&[]), "tool")
}

#[test]
fn a_new_version_is_added_beside_the_old_one() {
    let (upstream, romt) = tool();
    upstream.publish(FakeCrate::new("tool", "1.1.0"));
    assert_eq!(served_after_sync(&upstream, &romt), upstream.lines("tool"));
}

#[test]
fn a_yank_is_seen_and_the_version_stays() {
    let (upstream, romt) = tool();
    upstream.publish(FakeCrate::new("tool", "1.1.0"));
    upstream.set_yanked("tool@1.0.0", true);
    let served = served_after_sync(&upstream, &romt);
    assert_eq!(served, upstream.lines("tool"));
    assert!(served[0].contains("\"yanked\":true"), "{served:?}");
    upstream.set_yanked("tool@1.0.0", false);
    assert_eq!(served_after_sync(&upstream, &romt), upstream.lines("tool"));
}

#[test]
fn a_version_published_again_with_other_bytes_is_replaced() {
    let (upstream, romt) = tool();
    upstream.publish(FakeCrate::new("tool", "1.0.0").edition(2));
    assert_eq!(served_after_sync(&upstream, &romt), upstream.lines("tool"));
}

#[test]
fn a_version_deleted_upstream_is_no_more_listed() {
    let (upstream, romt) = tool();
    upstream.publish(FakeCrate::new("tool", "1.1.0"));
    romt.up_once(&["--crate", "tool@1"]).succeeds();
    upstream.delete("tool@1.1.0");
    assert_eq!(served_after_sync(&upstream, &romt), upstream.lines("tool"));
}

#[test]
fn what_an_earlier_selection_brought_is_still_followed() {
    let (upstream, romt) = tool();
    upstream.publish(FakeCrate::new("other", "0.1.0"));
    upstream.set_yanked("tool@1.0.0", true);
    romt.up_once(&["--crate", "other"]).succeeds();
    assert_eq!(romt.audit(&upstream), ["other@0.1.0", "tool@1.0.0"]);
    assert_eq!(check(&romt.serve(&[]), "tool"), upstream.lines("tool"));
    upstream.delete("tool@1.0.0");
    romt.up_once(&["--crate", "other"]).succeeds();
    assert_eq!(romt.audit(&upstream), ["other@0.1.0"]);
}

#[test]
fn one_crate_that_fails_keeps_none_of_the_others_back() {
    let (upstream, romt) = tool();
    upstream.publish(FakeCrate::new("tool", "1.1.0"));
    upstream.misbehave(Place::download("tool@1.1.0"), Mischief::Status(404));
    upstream.publish(FakeCrate::new("other", "0.1.0"));
    romt.up_once(&["--crate", "tool@1", "--crate", "other"]).exits_with(1).says("tool@1.1.0");
    assert_eq!(romt.audit(&upstream), ["other@0.1.0", "tool@1.0.0"]);
}

#[test]
fn a_mirror_that_keeps_running_syncs_on_a_schedule() {
    let (upstream, romt) = tool();
    let mirror = romt.up(&["--crate", "tool@1", "--every", "1s", "--json"]);
    mirror.process().wait_for_lines(1, "\"event\":\"finished\"");
    upstream.publish(FakeCrate::new("tool", "1.1.0"));
    mirror.process().wait_for_lines(3, "\"event\":\"finished\"");
    assert_eq!(check(&mirror, "tool"), upstream.lines("tool"));
    mirror.into_process().terminate().succeeds();
}

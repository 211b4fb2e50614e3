//! What changes upstream reaches clients with the next sync.

use romt_testkit::{FakeCrate, Mischief, Place, Upstream};
use romt_tests::{Site, SiteKind, both};

use crate::client::check;

both! {
    a_new_version_is_added_beside_the_old_one,
    a_yank_is_seen_and_the_version_stays,
    a_version_published_again_with_other_bytes_is_replaced,
    a_version_deleted_upstream_is_no_more_listed,
    what_an_earlier_selection_brought_is_still_followed,
    one_crate_that_fails_keeps_none_of_the_others_back,
    a_mirror_that_keeps_running_syncs_on_a_schedule,
}

/// A mirror of `tool@1`, which upstream has in version 1.0.0.
fn tool(kind: &SiteKind) -> (Upstream, Site) {
    let upstream = Upstream::start();
    upstream.publish(FakeCrate::new("tool", "1.0.0"));
    let site = Site::new(kind, &upstream);
    site.sync(&["--crate", "tool@1"]).succeeds();
    (upstream, site)
}

/// Syncs again and asks what is served then.
fn served_after_sync(upstream: &Upstream, site: &Site) -> Vec<String> {
    site.sync(&["--crate", "tool@1"]).succeeds();
    site.audit(upstream);
    check(&site.serve(), "tool")
}

fn a_new_version_is_added_beside_the_old_one(kind: &SiteKind) {
    let (upstream, site) = tool(kind);
    upstream.publish(FakeCrate::new("tool", "1.1.0"));
    assert_eq!(served_after_sync(&upstream, &site), upstream.lines("tool"));
}

fn a_yank_is_seen_and_the_version_stays(kind: &SiteKind) {
    let (upstream, site) = tool(kind);
    upstream.publish(FakeCrate::new("tool", "1.1.0"));
    upstream.set_yanked("tool@1.0.0", true);
    let served = served_after_sync(&upstream, &site);
    assert_eq!(served, upstream.lines("tool"));
    assert!(served[0].contains("\"yanked\":true"), "{served:?}");
    upstream.set_yanked("tool@1.0.0", false);
    assert_eq!(served_after_sync(&upstream, &site), upstream.lines("tool"));
}

fn a_version_published_again_with_other_bytes_is_replaced(kind: &SiteKind) {
    let (upstream, site) = tool(kind);
    upstream.publish(FakeCrate::new("tool", "1.0.0").edition(2));
    assert_eq!(served_after_sync(&upstream, &site), upstream.lines("tool"));
}

fn a_version_deleted_upstream_is_no_more_listed(kind: &SiteKind) {
    let (upstream, site) = tool(kind);
    upstream.publish(FakeCrate::new("tool", "1.1.0"));
    site.sync(&["--crate", "tool@1"]).succeeds();
    upstream.delete("tool@1.1.0");
    assert_eq!(served_after_sync(&upstream, &site), upstream.lines("tool"));
}

fn what_an_earlier_selection_brought_is_still_followed(kind: &SiteKind) {
    let (upstream, site) = tool(kind);
    upstream.publish(FakeCrate::new("other", "0.1.0"));
    upstream.set_yanked("tool@1.0.0", true);
    site.sync(&["--crate", "other"]).succeeds();
    assert_eq!(site.audit(&upstream), ["other@0.1.0", "tool@1.0.0"]);
    assert_eq!(check(&site.serve(), "tool"), upstream.lines("tool"));
    upstream.delete("tool@1.0.0");
    site.sync(&["--crate", "other"]).succeeds();
    assert_eq!(site.audit(&upstream), ["other@0.1.0"]);
}

fn one_crate_that_fails_keeps_none_of_the_others_back(kind: &SiteKind) {
    let (upstream, site) = tool(kind);
    upstream.publish(FakeCrate::new("tool", "1.1.0"));
    upstream.misbehave(Place::download("tool@1.1.0"), Mischief::Status(404));
    upstream.publish(FakeCrate::new("other", "0.1.0"));
    site.sync(&["--crate", "tool@1", "--crate", "other"]).exits_with(1).says("tool@1.1.0");
    assert_eq!(site.audit(&upstream), ["other@0.1.0", "tool@1.0.0"]);
}

fn a_mirror_that_keeps_running_syncs_on_a_schedule(kind: &SiteKind) {
    let (upstream, site) = tool(kind);
    let mirror = site.stay(&["--crate", "tool@1", "--every", "1s"]);
    mirror.wait_for_syncs(1);
    upstream.publish(FakeCrate::new("tool", "1.1.0"));
    mirror.wait_for_syncs(3);
    assert_eq!(check(mirror.serving(), "tool"), upstream.lines("tool"));
    mirror.terminate();
}

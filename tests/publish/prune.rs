//! `romt prune`. It is of one kind of site alone: in a deployment what was once selected stays.

use romt_testkit::{FakeCrate, Mischief, Place, Romt, Upstream, stored_files};

/// A mirror of `kept` and `dropped`.
fn kept_and_dropped() -> (Upstream, Romt) {
    let upstream = Upstream::start();
    upstream.publish(FakeCrate::new("kept", "1.0.0").depends_on("below", "1"));
    upstream.publish(FakeCrate::new("below", "1.0.0"));
    upstream.publish(FakeCrate::new("dropped", "1.0.0"));
    let romt = Romt::with(&upstream);
    romt.up_once(&["--crate", "kept", "--crate", "dropped"]).succeeds();
    assert_eq!(romt.audit(&upstream), ["below@1.0.0", "dropped@1.0.0", "kept@1.0.0"]);
    (upstream, romt)
}

#[test]
fn what_is_not_selected_goes() {
    let (upstream, romt) = kept_and_dropped();
    romt.run(&["prune", "--crate", "kept"]).succeeds();
    assert_eq!(romt.audit(&upstream), ["below@1.0.0", "kept@1.0.0"]);
    assert_eq!(
        stored_files(&romt.mirror()),
        ["crates/be/lo/below/below-1.0.0.crate", "crates/config.toml", "crates/ke/pt/kept/kept-1.0.0.crate"]
    );
    romt.up_once(&["--crate", "dropped"]).succeeds();
    assert_eq!(romt.audit(&upstream), ["below@1.0.0", "dropped@1.0.0", "kept@1.0.0"]);
}

#[test]
fn a_dry_run_only_tells() {
    let (upstream, romt) = kept_and_dropped();
    let outcome = romt.run(&["prune", "--crate", "kept", "--dry-run"]).succeeds();
    assert!(format!("{}{}", outcome.stdout, outcome.stderr).contains("dropped@1.0.0"), "{outcome}");
    assert_eq!(romt.audit(&upstream), ["below@1.0.0", "dropped@1.0.0", "kept@1.0.0"]);
}

#[test]
fn without_a_selection_nothing_goes() {
    let (upstream, romt) = kept_and_dropped();
    let outcome = romt.run(&["prune"]).says("error: ").says("hint: ");
    assert_ne!(outcome.status, Some(0), "{outcome}");
    assert_eq!(romt.audit(&upstream), ["below@1.0.0", "dropped@1.0.0", "kept@1.0.0"]);
}

#[test]
fn an_upstream_that_cannot_be_asked_takes_nothing_away() {
    let (upstream, romt) = kept_and_dropped();
    upstream.misbehave(Place::Index, Mischief::Status(500));
    romt.run(&["prune", "--crate", "kept"]).exits_with(1);
    assert_eq!(romt.audit(&upstream), ["below@1.0.0", "dropped@1.0.0", "kept@1.0.0"]);
}

//! Pulling from every kind of upstream.

use romt_testkit::scenario::{LAB, lab};
use romt_testkit::{CrateMirror, FakeCrate, RomtProgram, Upstream};
use romt_tests::alike;

#[test]
fn row_79_branches_after_a_pull() {
    let upstream = lab();
    let branches = alike("row_79_branches_after_a_pull", |program| {
        let romt = CrateMirror::of(&upstream, program);
        romt.run(&["init", "pull"]).succeeds();
        let index = romt.index();
        assert_eq!(index.tree("working"), upstream.tree());
        let tips = ["working", "origin_master", "remotes/origin/master"].map(|branch| index.revision(branch));
        assert_eq!(tips, [(); 3].map(|()| Some(upstream.tip())), "a first pull is fast-forward");
        index.branches()
    });
    assert_eq!(branches, ["heads/origin_master", "heads/working", "remotes/origin/master"]);
}

#[test]
fn row_79_a_pull_follows_upstream_through_a_squash() {
    alike("row_79_a_pull_follows_upstream_through_a_squash", |program| {
        let upstream = lab();
        let romt = CrateMirror::of(&upstream, program);
        romt.run(&["init", "pull", "mark"]).succeeds();
        upstream.squash();
        upstream.publish(FakeCrate::new("after", "1.0.0"));
        for _ in 0..2 {
            romt.run(&["pull"]).succeeds();
            assert_eq!(romt.list(&[]), ["after@1.0.0"]);
            assert_eq!(romt.index().tree("working"), upstream.tree());
        }
    });
}

/// Pulls from `url`, with `git` or without, and lists all crates twice: after a first pull, and after one more version.
fn pulls_from(url: &str, with_git: bool, renew: impl FnOnce()) {
    let mut romt = CrateMirror::importer(&RomtProgram::ours());
    romt.use_upstream(url, "none");
    if !with_git {
        romt.hide_programs();
    }
    romt.run(&["init", "pull"]).succeeds();
    assert_eq!(romt.list(&[]), LAB);
    romt.run(&["mark"]).succeeds();
    renew();
    romt.run(&["pull"]).succeeds();
    assert_eq!(romt.list(&[]), ["zzz@1.0.0"]);
}

#[test]
fn a_folder_is_an_upstream_with_git_and_without() {
    for with_git in [true, false] {
        let upstream = lab();
        let url = upstream.index().display().to_string();
        pulls_from(&url, with_git, || drop(upstream.publish(FakeCrate::new("zzz", "1.0.0"))));
    }
}

#[test]
fn a_file_address_is_an_upstream() {
    let upstream = lab();
    let url = format!("file://{}", upstream.index().display());
    pulls_from(&url, true, || drop(upstream.publish(FakeCrate::new("zzz", "1.0.0"))));
}

#[test]
fn a_bundle_is_an_upstream() {
    let upstream = lab();
    let bundle = upstream.folder().join("index.bundle");
    upstream.write_bundle(&bundle);
    pulls_from(&bundle.display().to_string(), true, || {
        upstream.publish(FakeCrate::new("zzz", "1.0.0"));
        upstream.write_bundle(&bundle);
    });
}

#[test]
fn an_address_over_http_is_an_upstream() {
    let upstream = lab();
    pulls_from(&upstream.index_url(), true, || drop(upstream.publish(FakeCrate::new("zzz", "1.0.0"))));
}

#[test]
fn an_upstream_that_is_not_there_changes_nothing() {
    let upstream = lab();
    let mut romt = CrateMirror::importer(&RomtProgram::ours());
    let moved = upstream.folder().join("moved");
    romt.use_upstream(&upstream.index().display().to_string(), "none");
    romt.run(&["init", "pull", "mark"]).succeeds();
    let before = romt.index().branches();
    std::fs::rename(upstream.index(), &moved).expect("a folder to move");
    romt.run(&["pull"]).exits_with(1).says("error: ").says(&upstream.index().display().to_string());
    assert_eq!((romt.index().branches(), romt.index().tree("working")), (before, romt.index().tree("master")));
    std::fs::rename(moved, upstream.index()).expect("a folder to move");
    romt.run(&["pull"]).succeeds();
}

#[test]
fn a_sparse_index_is_an_upstream_for_what_a_filter_names() {
    let upstream = Upstream::start();
    for version in ["1.0.0", "1.0.1"] {
        upstream.publish(FakeCrate::new("serde", version));
        upstream.publish(FakeCrate::new("other", version));
    }
    let mut romt = CrateMirror::importer(&RomtProgram::ours());
    let crates = format!("{}/files/{{crate}}/{{crate}}-{{version}}.crate", upstream.base_url());
    romt.use_upstream(&upstream.index_url(), &crates);
    romt.run(&["init"]).succeeds();
    romt.run(&["--filter", "serde", "pull", "download"]).succeeds();
    assert_eq!(romt.list(&["--start", "0"]), ["serde@1.0.0", "serde@1.0.1"]);
    assert_eq!(romt.crate_paths(), ["se/rd/serde/serde-1.0.0.crate", "se/rd/serde/serde-1.0.1.crate"]);
}

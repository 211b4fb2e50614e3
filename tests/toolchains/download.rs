//! What `download` brings: releases, targets, and upstreams that lack something.

use romt_testkit::{DistMirror, RomtProgram};
use romt_tests::alike;
use romt_types::Digest;

use crate::lab::{
    CANONICAL, DARWIN, DATELESS, LINUX, MIPS, MUSL, WINDOWS, lab, linux_mirror_by, names, shared, stable,
};

#[test]
fn row_15_by_channel() {
    let upstream = lab();
    let dist = alike("row_15_by_channel", |program| {
        let romt = linux_mirror_by(&upstream, program);
        assert_eq!(romt.packages().len(), 15);
        let hashes = romt.dist_files_like(".sha256");
        assert_eq!(hashes.len(), romt.packages().len() + romt.manifests().len());
        shared(romt.dist())
    });
    let manifests: Vec<_> = dist.keys().filter(|path| path.ends_with(".toml")).collect();
    let day = "2024-02-08/channel-rust-";
    assert_eq!(
        manifests,
        [&format!("{day}1.76.0.toml"), CANONICAL, "channel-rust-1.76.0.toml", DATELESS].map(str::to_owned).each_ref()
    );
    // Byte for byte as upstream has them.
    for path in manifests {
        assert_eq!(dist[path], Digest::of(&upstream.file(&format!("/dist/{path}"))), "{path}");
    }
}

#[test]
fn row_16_by_version() {
    let upstream = lab();
    alike("row_16_by_version", |program| {
        let romt = DistMirror::of(&upstream, program);
        romt.toolchain("-s 1.76.0 -t linux download").succeeds();
        assert!(romt.path("dist").join(CANONICAL).exists());
        assert_eq!(romt.packages().len(), 15);
        shared(romt.dist()).into_keys().collect::<Vec<_>>()
    });
}

#[test]
fn row_17_by_dated_channel() {
    let upstream = lab();
    let tree = alike("row_17_by_dated_channel", |program| {
        let romt = DistMirror::of(&upstream, program);
        romt.toolchain("-s stable-2024-02-08 -t linux download").succeeds();
        shared(romt.dist()).into_keys().collect::<Vec<_>>()
    });
    let by_channel = linux_mirror_by(&upstream, &RomtProgram::ours());
    assert_eq!(tree, shared(by_channel.dist()).into_keys().collect::<Vec<_>>(), "as by channel");
}

#[test]
fn row_18_an_upstream_without_dated_manifests() {
    let upstream = lab();
    let whole = linux_mirror_by(&upstream, &RomtProgram::ours());
    for name in ["stable", "1.76.0"] {
        upstream.http().remove_file(&format!("/dist/2024-02-08/channel-rust-{name}.toml"));
        upstream.http().remove_file(&format!("/dist/2024-02-08/channel-rust-{name}.toml.sha256"));
    }
    let dist = alike("row_18_an_upstream_without_dated_manifests", |program| {
        shared(linux_mirror_by(&upstream, program).dist()).into_keys().collect::<Vec<_>>()
    });
    assert_eq!(dist, shared(whole.dist()).into_keys().collect::<Vec<_>>());
}

#[test]
fn row_19_an_upstream_without_hashes_of_packages() {
    let upstream = lab();
    for path in stable().files().keys() {
        upstream.http().remove_file(&format!("/dist/{path}.sha256"));
    }
    alike("row_19_an_upstream_without_hashes_of_packages", |program| {
        let romt = linux_mirror_by(&upstream, program);
        let cargo = stable().path("cargo", LINUX);
        let (hash, name) = (romt.dist()[&cargo], cargo.rsplit('/').next().unwrap_or_default());
        assert_eq!(romt.read(&format!("dist/{cargo}.sha256")), format!("{hash} *{name}\n"));
        shared(romt.dist())
    });
}

#[test]
fn row_20_a_wild_spec_is_refused() {
    let upstream = lab();
    alike("row_20_a_wild_spec_is_refused", |program| {
        let romt = DistMirror::of(&upstream, program);
        for (specs, text) in [
            ("'nightly-*'", "invalid wild SPEC"),
            ("stable-latest", "invalid wild SPEC"),
            ("stable,", "invalid SPEC ''"),
            ("1.76.0.0", "invalid SPEC"),
        ] {
            romt.toolchain(&format!("-s {specs} -t linux download")).exits_with(1).mentions(text);
        }
        assert!(romt.dist().is_empty());
    });
}

#[test]
fn row_21_a_target_is_mandatory() {
    let upstream = lab();
    alike("row_21_a_target_is_mandatory", |program| {
        let romt = DistMirror::of(&upstream, program);
        romt.toolchain("-s stable download").exits_with(1).mentions("missing required TARGET");
        romt.toolchain("-s stable -t ' , ' download").exits_with(1).mentions("missing required TARGET");
        romt.toolchain("-t linux download").exits_with(1).mentions("missing required SPEC");
        assert!(romt.packages().is_empty());
    });
}

#[test]
fn row_22_targets_are_split_and_have_other_names() {
    let upstream = lab();
    let packages = alike("row_22_targets_are_split_and_have_other_names", |program| {
        let romt = DistMirror::of(&upstream, program);
        romt.toolchain("-s stable -t 'linux,windows darwin' --components cargo download").succeeds();
        romt.packages()
    });
    let cargo = |target| stable().path("cargo", target);
    assert_eq!(packages, [cargo(DARWIN), cargo(WINDOWS), cargo(LINUX)]);
}

#[test]
fn row_23_a_target_that_is_not_in_the_manifest() {
    let upstream = lab();
    alike("row_23_a_target_that_is_not_in_the_manifest", |program| {
        let romt = DistMirror::of(&upstream, program);
        romt.toolchain("-s stable -t nosuch download").exits_with(1).mentions("'nosuch' not found in manifest");
        assert!(romt.packages().is_empty());
    });
}

#[test]
fn row_24_the_source_is_for_every_target() {
    let upstream = lab();
    alike("row_24_the_source_is_for_every_target", |program| {
        let romt = DistMirror::of(&upstream, program);
        // One that nothing else is available for.
        romt.toolchain("-s stable -t hexagon-unknown-none download").succeeds();
        assert_eq!(names(&romt.packages()), ["rust-src"]);
        let romt = linux_mirror_by(&upstream, program);
        assert!(romt.packages().contains(&stable().path("rust-src", "*")));
    });
}

#[test]
fn row_25_a_shared_file_is_fetched_once() {
    let upstream = lab();
    let docs = stable().path("rust-docs", MIPS);
    assert_eq!(docs, stable().path("rust-docs", LINUX));
    alike("row_25_a_shared_file_is_fetched_once", |program| {
        upstream.http().forget_requests();
        let romt = DistMirror::of(&upstream, program);
        romt.toolchain(&format!("-s stable -t linux -t {MIPS} -v download")).succeeds();
        let fetched = upstream.asked().into_iter().filter(|path| *path == format!("/dist/{docs}"));
        assert_eq!(fetched.count(), 1);
        shared(romt.dist())
    });
}

#[test]
fn row_26_only_what_it_takes_to_compile_for_another_target() {
    let upstream = lab();
    alike("row_26_only_what_it_takes_to_compile_for_another_target", |program| {
        let romt = DistMirror::of(&upstream, program);
        romt.toolchain(&format!("-s stable -t {MUSL} --cross download")).succeeds();
        assert_eq!(romt.packages(), [stable().path("rust-std", MUSL)]);
        shared(romt.dist())
    });
}

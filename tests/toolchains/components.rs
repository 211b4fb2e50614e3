//! Which packages are taken: `--components`, `--profile`, and what may be chosen.

use romt_testkit::{DistMirror, RomtProgram};
use romt_tests::alike;

use crate::lab::{lab, linux_mirror_by, names, shared, stable};

#[test]
fn row_27_components_are_taken_and_left_out() {
    let upstream = lab();
    alike("row_27_components_are_taken_and_left_out", |program| {
        let romt = DistMirror::of(&upstream, program);
        let components = "--components 'cargo rustc' --components rust-std,'!rust-src'";
        romt.toolchain(&format!("-s stable -t linux {components} download")).succeeds();
        assert_eq!(names(&romt.packages()), ["cargo", "rust-std", "rustc"]);
        // The same list again is what verify and pack go by.
        romt.toolchain(&format!("-s stable {components} verify pack")).succeeds();
        romt.toolchain("-s stable -t linux --components '!rust-src !rust-docs' download").succeeds();
        assert_eq!(romt.packages().len(), 13);
        shared(romt.dist())
    });
}

#[test]
fn row_27_what_was_left_out_is_remembered() {
    let upstream = lab();
    let romt = DistMirror::of(&upstream, &RomtProgram::ours());
    romt.toolchain("-s stable -t linux --components 'cargo rustc rust-std' download").succeeds();
    romt.toolchain("-s stable -t linux verify pack").succeeds();
    std::fs::remove_file(romt.path("dist").join(stable().path("cargo", crate::lab::LINUX))).expect("a package");
    romt.toolchain("-s stable -t linux verify").exits_with(1).says("missing file");
}

#[test]
fn row_28_a_component_of_another_name() {
    let upstream = lab();
    let romt = DistMirror::of(&upstream, &RomtProgram::ours());
    let outcome = romt.toolchain("-s stable -t linux --components rustfmt,nosuch download").succeeds();
    outcome.says("component 'rustfmt' is called 'rustfmt-preview'").says("component 'nosuch' is not in the manifest");
    assert_eq!(names(&romt.packages()), ["rustfmt"]);
    romt.toolchain("-s stable -t linux --components nosuch download").says("component 'nosuch' is not in the manifest");
    assert_eq!(names(&romt.packages()), ["rustfmt"]);
}

#[test]
fn row_29_an_empty_component() {
    let upstream = lab();
    for list in ["'!rustc-dev,'", "',!rustc-dev'", "'!rustc-dev, '"] {
        let romt = DistMirror::of(&upstream, &RomtProgram::ours());
        romt.toolchain(&format!("-s stable -t linux --components {list} download")).succeeds();
        let names = names(&romt.packages());
        assert!(names.len() == 14 && !names.contains(&"rustc-dev".to_owned()), "{list}: {names:?}");
    }
}

#[test]
fn row_30_all_components() {
    let upstream = lab();
    let lines = alike("row_30_all_components", |program| {
        let romt = linux_mirror_by(&upstream, program);
        assert_eq!(romt.toolchain("-s stable-latest -q all-components").succeeds().stdout, "");
        let outcome = romt.toolchain("-s stable-latest all-components").succeeds();
        // What Python romt says beside them is on standard output, too.
        outcome.stdout.lines().filter(|line| line.starts_with("    ")).map(str::to_owned).collect::<Vec<_>>()
    });
    assert_eq!(lines.len(), 16);
    assert!(lines.contains(&"    rustfmt-preview".to_owned()) && lines.is_sorted());
}

#[test]
fn row_31_all_targets() {
    let upstream = lab();
    let lines = alike("row_31_all_targets", |program| {
        let romt = linux_mirror_by(&upstream, program);
        let quiet = romt.toolchain("-s stable-latest -q all-targets").succeeds().stdout;
        let normal = romt.toolchain("-s stable-latest all-targets").succeeds().stdout;
        assert!(normal.ends_with(&quiet));
        quiet.lines().map(str::to_owned).collect::<Vec<_>>()
    });
    assert!(lines.len() == 115 && lines.is_sorted());
}

#[test]
fn a_profile_is_what_rustup_installs() {
    let upstream = lab();
    let romt = DistMirror::of(&upstream, &RomtProgram::ours());
    for (profile, all) in [
        ("minimal", &["cargo", "rust-std", "rustc"][..]),
        ("default", &["cargo", "clippy", "rust-docs", "rust-std", "rustc", "rustfmt"]),
    ] {
        let download = format!("-s stable -t linux --profile {profile}");
        upstream.http().forget_requests();
        let outcome = romt.toolchain(&format!("{download} --dry-run download")).succeeds();
        assert!(outcome.stdout.contains(" files to download ("), "{outcome}");
        assert!(!upstream.asked().iter().any(|path| path.ends_with(".xz")));
        romt.toolchain(&format!("{download} download verify pack")).succeeds();
        assert_eq!(names(&romt.packages()), all);
    }
    romt.toolchain("-s stable -t linux --profile minimal --components rust-src download").succeeds();
    assert_eq!(romt.packages().len(), 7);
}

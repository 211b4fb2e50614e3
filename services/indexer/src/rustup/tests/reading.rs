use std::fs;

use super::bench::{Bench, DARWIN, LINUX, WINDOWS, publish};
use crate::rustup::{ReleaseTargets, RustupCounts, unpacked_rustup};

#[tokio::test]
async fn row_66_releases_are_listed_by_number() {
    let mut bench = Bench::new();
    assert_eq!(bench.list("*").await.unwrap_err().to_string(), "no matches for wild SPEC '*'");
    assert!(!bench.dest().exists(), "looking makes no folder");
    for version in ["1.9.0", "1.27.1", "1.26.0"] {
        publish(&bench.dest(), version, &[LINUX]);
    }
    publish(&bench.dest(), "1.9.0", &[DARWIN, WINDOWS]);
    assert_eq!(
        bench.list("*").await.unwrap(),
        [
            format!("1.27.1 1.27.1: {LINUX}"),
            format!("1.26.0 1.26.0: {LINUX}"),
            format!("1.9.0 1.9.0: {DARWIN} {WINDOWS} {LINUX}"),
        ]
    );
    bench.fixup("1.26.0").await.unwrap();
    assert_eq!(
        bench.list("latest stable").await.unwrap(),
        [format!("1.27.1 1.27.1: {LINUX}"), format!("stable 1.26.0: {LINUX}")]
    );
    assert_eq!(bench.list("1.2.3").await.unwrap(), ["1.2.3 1.2.3: "], "one that is not here has no targets");
}

#[tokio::test]
async fn what_is_wrong_is_found_and_named() {
    let mut bench = Bench::new();
    publish(&bench.dest(), "1.27.1", &[LINUX, WINDOWS, DARWIN]);
    assert_eq!(bench.verify("*", "*").await.unwrap(), RustupCounts { good: 3, bad: 0 });
    let path = |target: &str, name: &str| bench.dest().join(format!("archive/1.27.1/{target}/{name}"));
    fs::write(path(LINUX, "rustup-init"), "spoilt").unwrap();
    fs::remove_file(path(DARWIN, "rustup-init.sha256")).unwrap();
    let (linux, darwin) = (path(LINUX, "rustup-init"), path(DARWIN, "rustup-init.sha256"));
    assert_eq!(bench.verify("*", "*").await.unwrap(), RustupCounts { good: 1, bad: 2 });
    assert!(bench.told[1].ends_with(&format!("missing file {}", darwin.display())), "{:?}", bench.told);
    assert!(bench.told[3].contains(&format!("Bad hash for {} (got ", linux.display())), "{:?}", bench.told);
    let counts = bench.verify("latest", "nosuch").await.unwrap();
    assert_eq!(counts, RustupCounts { good: 0, bad: 1 }, "row 68");
    assert!(bench.told[1].contains("missing file"), "{:?}", bench.told);
}

#[tokio::test]
async fn row_71_archives_have_programs_and_hashes_by_target() {
    let bench = Bench::new();
    publish(&bench.dest(), "1.27.1", &[LINUX, DARWIN]);
    publish(&bench.dest(), "1.26.0", &[WINDOWS]);
    let keys = bench.mirror.plan_packing(&bench.planned("1.26.0,*", "*").await.unwrap()).await.unwrap();
    assert_eq!(
        keys.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "archive/1.26.0/x86_64-pc-windows-msvc/rustup-init.exe",
            "archive/1.26.0/x86_64-pc-windows-msvc/rustup-init.exe.sha256",
            "archive/1.27.1/aarch64-apple-darwin/rustup-init",
            "archive/1.27.1/aarch64-apple-darwin/rustup-init.sha256",
            "archive/1.27.1/x86_64-unknown-linux-gnu/rustup-init",
            "archive/1.27.1/x86_64-unknown-linux-gnu/rustup-init.sha256",
        ]
    );
    let error = bench.mirror.plan_packing(&bench.planned("1.26.0", "linux").await.unwrap()).await.unwrap_err();
    let missing = bench.dest().join(format!("archive/1.26.0/{LINUX}/rustup-init"));
    assert_eq!(error.to_string(), format!("missing file {}", missing.display()));
}

#[test]
fn row_73_each_release_of_an_archive_has_its_own_targets() {
    let program = |version: &str, target: &str| (version.parse().unwrap(), target.parse().unwrap());
    let programs = [program("1.10.0", LINUX), program("1.9.0", DARWIN)];
    let shown = |release: &ReleaseTargets| {
        format!("{} {:?}", release.version, release.targets.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    let releases: Vec<_> = unpacked_rustup(programs).iter().map(shown).collect();
    assert_eq!(releases, [format!("1.9.0 [{DARWIN:?}]"), format!("1.10.0 [{LINUX:?}]")]);
}

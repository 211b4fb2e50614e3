use std::fs;

use super::bench::{Bench, DARWIN, LINUX, WINDOWS};
use crate::rustup::RustupCounts;

const BOTH: RustupCounts = RustupCounts { good: 2, bad: 0 };

#[tokio::test]
async fn rows_63_and_65_stable_comes_whole_and_is_published() {
    let mut bench = Bench::new();
    bench.release("1.27.1", &[LINUX, WINDOWS, DARWIN]);
    assert_eq!(bench.download("stable", "linux,windows").await.unwrap(), BOTH);
    assert_eq!(
        bench.files(),
        [
            "archive/1.27.1/x86_64-pc-windows-msvc/rustup-init.exe",
            "archive/1.27.1/x86_64-pc-windows-msvc/rustup-init.exe.sha256",
            "archive/1.27.1/x86_64-unknown-linux-gnu/rustup-init",
            "archive/1.27.1/x86_64-unknown-linux-gnu/rustup-init.sha256",
            "dist/x86_64-pc-windows-msvc/rustup-init.exe",
            "dist/x86_64-pc-windows-msvc/rustup-init.exe.sha256",
            "dist/x86_64-unknown-linux-gnu/rustup-init",
            "dist/x86_64-unknown-linux-gnu/rustup-init.sha256",
            "release-stable.toml",
        ]
    );
    let pointer = fs::read_to_string(bench.dest().join("release-stable.toml")).unwrap();
    assert_eq!(pointer, "schema-version = \"1\"\nversion = \"1.27.1\"\n");
    for file in bench.files().iter().filter(|file| file.starts_with("archive")) {
        let (ours, theirs) = (fs::read(bench.dest().join(file)), fs::read(bench.upstream().join(file)));
        assert_eq!(ours.unwrap(), theirs.unwrap(), "{file}");
    }
    assert_eq!(bench.told[0], "stable is 1.27.1 for 2");
    assert_eq!(bench.download("stable", "linux,windows").await.unwrap(), BOTH);
    assert!(bench.told[1].starts_with("cached archive/1.27.1/"), "{:?}", bench.told);
    assert_eq!(bench.told.len(), 3, "nothing is published anew: {:?}", bench.told);
}

#[tokio::test]
async fn row_64_an_older_release_does_not_demote_stable() {
    let mut bench = Bench::new();
    bench.release("1.9.0", &[LINUX]);
    bench.release("1.27.1", &[LINUX]);
    bench.download("stable", "linux").await.unwrap();
    bench.download("1.9.0", "linux").await.unwrap();
    assert_eq!(bench.mirror.stable().await.unwrap(), "1.27.1".parse().ok());
    assert_eq!(
        fs::read_to_string(bench.dest().join(format!("dist/{LINUX}/rustup-init"))).unwrap(),
        format!("1.27.1 for {LINUX}")
    );
    // Upstream takes its release back: what is out stays out.
    bench.release("1.26.0", &[LINUX]);
    bench.download("stable", "linux").await.unwrap();
    assert_eq!(bench.mirror.stable().await.unwrap(), "1.27.1".parse().ok());
    assert_eq!(bench.list("*").await.unwrap(), ["1.27.1", "1.26.0", "1.9.0"].map(|v| format!("{v} {v}: {LINUX}")));
}

#[tokio::test]
async fn row_69_all_leaves_out_what_upstream_lacks() {
    let mut bench = Bench::new();
    bench.release("1.27.1", &[LINUX, WINDOWS]);
    assert_eq!(bench.download("stable", "all").await.unwrap(), BOTH);
    assert_eq!(bench.told[..2], ["stable is 1.27.1 for 33", "31 lacking of 1.27.1"]);
    assert_eq!(bench.list("latest").await.unwrap(), [format!("1.27.1 1.27.1: {WINDOWS} {LINUX}")]);
    // One that was asked for by name must be there.
    assert_eq!(bench.download("stable", "all,darwin").await.unwrap(), RustupCounts { good: 2, bad: 1 });
    // A release that is not there is not one without targets.
    assert_eq!(bench.download("1.2.3", "all").await.unwrap(), RustupCounts { good: 0, bad: 1 });
    assert!(bench.told[1].ends_with("upstream has no rustup 1.2.3 for any target"), "{:?}", bench.told);
}

#[tokio::test]
async fn row_70_what_fails_leaves_no_target_and_publishes_nothing() {
    let mut bench = Bench::new();
    bench.release("1.26.0", &[LINUX]);
    bench.download("stable", "linux").await.unwrap();
    let before = bench.files();
    bench.release("1.27.1", &[LINUX, DARWIN]);
    // It has a hash and no program.
    fs::remove_file(bench.upstream().join(format!("archive/1.27.1/{DARWIN}/rustup-init"))).unwrap();
    assert_eq!(bench.download("stable", "darwin").await.unwrap(), RustupCounts { good: 0, bad: 1 });
    assert_eq!(bench.files(), before);
    // What could be had is kept for the next time, and not published.
    assert_eq!(bench.download("stable", "darwin,linux").await.unwrap(), RustupCounts { good: 1, bad: 1 });
    assert_eq!(bench.list("latest").await.unwrap(), [format!("1.27.1 1.27.1: {LINUX}")]);
    assert_eq!(bench.mirror.stable().await.unwrap(), "1.26.0".parse().ok());
    assert_eq!(
        fs::read_to_string(bench.dest().join(format!("dist/{LINUX}/rustup-init"))).unwrap(),
        format!("1.26.0 for {LINUX}")
    );
}

#[tokio::test]
async fn folders_without_a_program_are_no_targets() {
    let mut bench = Bench::new();
    bench.release("1.27.1", &[LINUX]);
    bench.download("stable", "linux").await.unwrap();
    // What Python romt leaves behind, and what people do.
    for folder in [format!("archive/1.27.1/{DARWIN}"), "archive/1.28.0".into(), "archive/junk/x".into()] {
        fs::create_dir_all(bench.dest().join(folder)).unwrap();
    }
    fs::write(bench.dest().join("archive/notes.txt"), "x").unwrap();
    assert_eq!(bench.list("*").await.unwrap(), [format!("1.27.1 1.27.1: {LINUX}")]);
}

#[tokio::test]
async fn a_program_that_is_not_what_its_hash_says_is_not_kept() {
    let mut bench = Bench::new();
    bench.release("1.27.1", &[LINUX, WINDOWS]);
    fs::write(bench.upstream().join(format!("archive/1.27.1/{LINUX}/rustup-init")), "tampered").unwrap();
    assert_eq!(bench.download("stable", "linux").await.unwrap(), RustupCounts { good: 0, bad: 1 });
    assert!(bench.files().is_empty(), "{:?}", bench.files());
    fs::write(bench.upstream().join(format!("archive/1.27.1/{WINDOWS}/rustup-init.exe.sha256")), "<html>").unwrap();
    assert_eq!(bench.download("stable", "windows").await.unwrap(), RustupCounts { good: 0, bad: 1 });
    assert!(bench.told[1].contains("cannot be used: it is not one line"), "{:?}", bench.told);
}

#[tokio::test]
async fn a_spoilt_program_is_repaired_unless_files_are_believed() {
    let mut bench = Bench::new();
    bench.release("1.27.1", &[LINUX]);
    bench.download("stable", "linux").await.unwrap();
    let program = bench.dest().join(format!("archive/1.27.1/{LINUX}/rustup-init"));
    fs::remove_file(&program).unwrap();
    fs::write(&program, "spoilt").unwrap();
    bench.download_as("stable", "linux", true).await.unwrap();
    assert!(bench.told[1].starts_with("assumed"), "{:?}", bench.told);
    assert_eq!(fs::read_to_string(&program).unwrap(), "spoilt");
    bench.download("stable", "linux").await.unwrap();
    assert_eq!(fs::read_to_string(&program).unwrap(), format!("1.27.1 for {LINUX}"));
    // Without its hash a program is not whole.
    fs::remove_file(program.with_file_name("rustup-init.sha256")).unwrap();
    bench.download_as("stable", "linux", true).await.unwrap();
    assert!(bench.told[1].starts_with("cached"), "{:?}", bench.told);
    assert!(program.with_file_name("rustup-init.sha256").exists());
}

#[tokio::test]
async fn upstream_must_say_which_release_is_stable() {
    let mut bench = Bench::new();
    let error = bench.download("stable", "linux").await.unwrap_err();
    assert!(error.to_string().starts_with("failed to download file:///"), "{error}");
    bench.release("1.27.1", &[]);
    fs::write(bench.upstream().join("release-stable.toml"), "<html>").unwrap();
    let error = bench.download("stable", "linux").await.unwrap_err();
    assert!(error.to_string().ends_with("release-stable.toml cannot be used"), "{error}");
    assert!(!bench.dest().exists(), "nothing was begun");
}

#[tokio::test]
async fn wild_specs_are_not_for_upstream() {
    let mut bench = Bench::new();
    for (specs, message) in [("*", "invalid wild SPEC: *"), ("stable,latest", "invalid wild SPEC: latest")] {
        assert_eq!(bench.download(specs, "linux").await.unwrap_err().to_string(), message);
    }
}

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::bench::{Bench, DARWIN, LINUX, WINDOWS, publish};

#[tokio::test]
async fn a_release_that_was_brought_by_hand_is_published() {
    let mut bench = Bench::new();
    publish(&bench.dest(), "1.26.0", &[LINUX, DARWIN]);
    publish(&bench.dest(), "1.9.0", &[LINUX]);
    bench.fixup("*").await.unwrap();
    assert_eq!(bench.told, ["copied 1.26.0", "pointed to 1.26.0"]);
    let files = bench.files();
    bench.fixup("1.9.0,latest,stable").await.unwrap();
    assert!(bench.told.is_empty(), "{:?}", bench.told);
    assert_eq!(bench.files(), files);
}

#[tokio::test]
async fn dist_is_made_anew_of_the_stable_release() {
    let mut bench = Bench::new();
    publish(&bench.dest(), "1.26.0", &[LINUX, DARWIN]);
    bench.fixup("latest").await.unwrap();
    publish(&bench.dest(), "1.27.1", &[LINUX, WINDOWS]);
    fs::write(bench.dest().join(format!("dist/{LINUX}/note")), "x").unwrap();
    bench.fixup("latest").await.unwrap();
    let mut names: Vec<_> =
        fs::read_dir(bench.dest().join("dist")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, [WINDOWS, LINUX]);
    assert_eq!(fs::read_dir(bench.dest().join(format!("dist/{LINUX}"))).unwrap().count(), 2);
    assert!(!bench.dest().join(".dist.new").exists());
    let inode = |path: &str| fs::metadata(bench.dest().join(path)).unwrap().ino();
    assert_eq!(
        inode(&format!("dist/{LINUX}/rustup-init")),
        inode(&format!("archive/1.27.1/{LINUX}/rustup-init")),
        "a link"
    );
}

#[tokio::test]
async fn dist_is_there_at_all_times() {
    let mut bench = Bench::new();
    publish(&bench.dest(), "1.0.0", &[LINUX]);
    bench.fixup("latest").await.unwrap();
    let (path, stop) = (bench.dest().join(format!("dist/{LINUX}/rustup-init")), Arc::new(AtomicBool::new(false)));
    let stopped = Arc::clone(&stop);
    let reader = std::thread::spawn(move || {
        let mut reads = 0_u64;
        while !stopped.load(Ordering::Relaxed) {
            fs::read(&path).expect("it is there");
            reads += 1;
        }
        reads
    });
    for patch in 1..100 {
        publish(&bench.dest(), &format!("1.0.{patch}"), &[LINUX]);
        bench.fixup("latest").await.unwrap();
        assert_eq!(bench.told[0], format!("copied 1.0.{patch}"));
    }
    stop.store(true, Ordering::Relaxed);
    assert!(reader.join().unwrap() > 0);
}

#[tokio::test]
async fn what_is_not_here_is_not_published() {
    let mut bench = Bench::new();
    publish(&bench.dest(), "1.26.0", &[LINUX]);
    assert_eq!(bench.fixup("1.27.1").await.unwrap_err().to_string(), "version 1.27.1 not present");
    let error = bench.fixup("stable").await.unwrap_err().to_string();
    assert_eq!(error, format!("missing file {}/release-stable.toml", bench.dest().display()));
    // A folder that Python romt was left with in the middle.
    fs::write(bench.dest().join("release-stable.toml"), "schema-version = '1'\nversion = '1.28.0'\n").unwrap();
    let error = bench.fixup("1.26.0").await.unwrap_err().to_string();
    assert_eq!(error, format!("missing directory {}/archive/1.28.0", bench.dest().display()));
    fs::write(bench.dest().join("release-stable.toml"), "nonsense").unwrap();
    let error = bench.fixup("1.26.0").await.unwrap_err().to_string();
    assert_eq!(error, format!("{}/release-stable.toml cannot be used", bench.dest().display()));
}

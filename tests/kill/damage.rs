//! What a power cut may spoil: files that were written and not yet made durable, that is, not yet published.

use std::fs::{self, File};
use std::path::PathBuf;

use romt_testkit::{Audit, Mischief, Place, Romt, Upstream, scenario, stored_files};

/// Kills a sync after some files have been stored and before anything is published; returns the paths of the files.
fn killed_before_publishing(upstream: &Upstream, romt: &Romt) -> Vec<PathBuf> {
    scenario::crowd(upstream, 40);
    upstream.misbehave(Place::download("member-039@1.0.0"), Mischief::Hold);
    let process = romt.spawn(&["up", "--once", "--crate", "everyone"]);
    // All are asked for and one is not answered, so that nothing can be published. The rest is settled meanwhile.
    upstream.wait_for_downloads(41);
    let crates = || stored_files(&romt.mirror()).into_iter().filter(|file| file.ends_with("-1.0.0.crate"));
    while crates().count() < 40 {
        std::thread::yield_now();
    }
    process.kill();
    upstream.behave();
    assert_eq!(Audit::of(&romt.mirror()).sound(), [""; 0]);
    crates().map(|file| romt.mirror().join(file)).collect()
}

#[test]
fn truncated_files_are_found_and_fetched_again() {
    let upstream = Upstream::start();
    let romt = Romt::with(&upstream);
    let files = killed_before_publishing(&upstream, &romt);
    for (n, path) in files.iter().enumerate() {
        let length = fs::metadata(path).map(|meta| meta.len()).unwrap_or_default();
        let file = File::options().write(true).open(path);
        // Every third is empty, every third is cut, every third is untouched.
        match n % 3 {
            0 => file.and_then(|file| file.set_len(0)).expect("truncating a file"),
            1 => file.and_then(|file| file.set_len(length / 2)).expect("truncating a file"),
            _ => {}
        }
    }
    upstream.forget_requests();
    romt.up_once(&["--crate", "everyone"]).succeeds();
    assert_eq!(romt.audit(&upstream).len(), 41);
    let again = upstream.downloads().len();
    assert!((28..41).contains(&again), "{again} files were fetched: the spoilt ones and the one that was missing");
}

#[test]
fn zeroed_files_are_found_and_fetched_again() {
    let upstream = Upstream::start();
    let romt = Romt::with(&upstream);
    for path in killed_before_publishing(&upstream, &romt) {
        let length = fs::metadata(&path).map(|meta| meta.len()).unwrap_or_default();
        let file = File::create(&path).and_then(|file| file.set_len(length));
        file.expect("a file of zeros");
    }
    romt.up_once(&["--crate", "everyone"]).succeeds();
    assert_eq!(romt.audit(&upstream).len(), 41);
}

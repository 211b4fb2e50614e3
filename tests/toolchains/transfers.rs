//! Upstreams that do wrong: nothing is published, nothing is lost, and the next download goes on.

use std::time::Duration;

use romt_testkit::{DistMirror, FakeToolchain, Mischief, Place, RomtProgram};
use romt_tests::alike;

use crate::lab::{DATELESS, LINUX, lab, linux_mirror, names, stable};

#[test]
fn a_package_that_is_wrong() {
    let upstream = lab();
    let romt = linux_mirror(&upstream);
    let before = romt.dist();
    let newer = FakeToolchain::stable("1.77.0", "2024-03-21").padding(2_000);
    upstream.publish(&newer);
    let cargo = newer.path("cargo", LINUX);
    for mischief in [
        Mischief::WrongBytes,
        Mischief::LengthTooLarge { by: 10 },
        Mischief::LengthTooSmall { by: 10 },
        Mischief::CutBody { after_bytes: 0 },
        Mischief::EmptyBody,
        Mischief::HtmlPage,
        Mischief::Status(404),
        Mischief::Status(403),
    ] {
        upstream.http().misbehave(Place::file(&format!("/dist/{cargo}")), mischief.clone());
        let outcome = romt.toolchain("-s stable -t linux download").exits_with(1).says(&cargo);
        outcome.says("Aborting: 1 of 15 files of stable could not be had").never_says("panicked");
        assert_eq!(romt.leftovers(), [""; 0], "{mischief:?}");
        let mut now = romt.dist();
        assert!(!now.contains_key(&cargo), "{mischief:?}");
        now.retain(|path, _| before.contains_key(path));
        assert_eq!(now, before, "what was here is as it was");
        assert!(!romt.manifests().iter().any(|path| path.contains("1.77") || path.starts_with("2024-03-21")));
        upstream.http().behave();
    }
    upstream.http().forget_requests();
    romt.toolchain("-s stable -t linux download verify").succeeds();
    let asked: Vec<_> = upstream.asked().into_iter().filter(|path| path.ends_with(".xz")).collect();
    assert_eq!(asked, [format!("/dist/{cargo}")], "the others came before");
}

#[test]
fn a_manifest_that_comes_wrong() {
    let upstream = lab();
    for mischief in [
        Mischief::WrongBytes,
        Mischief::CutBody { after_bytes: 1_000 },
        Mischief::EmptyBody,
        Mischief::HtmlPage,
        Mischief::Status(404),
        Mischief::EndlessBody,
    ] {
        let romt = DistMirror::of(&upstream, &RomtProgram::ours());
        upstream.http().misbehave(Place::file(&format!("/dist/{DATELESS}")), mischief.clone());
        let outcome = romt.toolchain("-s stable -t linux download").exits_with(1);
        outcome.says(DATELESS).never_says("panicked");
        assert!(romt.dist().is_empty(), "{mischief:?}");
        upstream.http().behave();
    }
}

#[test]
fn a_good_package_is_kept_until_a_better_one_is_here() {
    let upstream = lab();
    let romt = linux_mirror(&upstream);
    let (whole, cargo) = (romt.dist(), stable().path("cargo", LINUX));
    // What upstream has now is another file under the same name, and cannot be had.
    let replaced = stable().package("cargo", LINUX, "another");
    upstream.publish(&replaced);
    upstream.http().misbehave(Place::file(&format!("/dist/{cargo}")), Mischief::Status(500));
    romt.toolchain("-s stable -t linux download").exits_with(1);
    assert_eq!(romt.dist(), whole);
    romt.toolchain("-s stable verify").succeeds();
    upstream.http().behave();
    romt.toolchain("-s stable -t linux download").succeeds();
    assert_eq!(romt.read(&format!("dist/{cargo}")), "another");
}

#[test]
fn upstream_is_asked_again() {
    let upstream = lab();
    alike("upstream_is_asked_again", |program| {
        let romt = DistMirror::of(&upstream, program);
        for place in [DATELESS.to_owned(), format!("{DATELESS}.sha256"), stable().path("cargo", LINUX)] {
            upstream.http().misbehave_times(2, Place::file(&format!("/dist/{place}")), Mischief::Unavailable);
        }
        romt.toolchain("-s stable -t linux --components cargo download verify").succeeds();
        assert_eq!(names(&romt.packages()), ["cargo"]);
    });
}

#[test]
fn downloads_resume_where_they_broke() {
    let upstream = lab();
    let big = FakeToolchain::nightly("1.78.0", "2024-02-09").package("rustc", LINUX, vec![7; 400_000]);
    upstream.publish(&big);
    let rustc = format!("/dist/{}", big.path("rustc", LINUX));
    upstream.http().misbehave_times(1, Place::file(&rustc), Mischief::CutBody { after_bytes: 300_000 });
    let romt = DistMirror::of(&upstream, &RomtProgram::ours());
    romt.toolchain("-s nightly -t linux --components rustc download verify").succeeds();
    let requests = upstream.http().requests().into_iter().filter(|request| request.path == rustc);
    let ranges: Vec<_> = requests.map(|request| request.header("range").map(str::to_owned)).collect();
    assert!(ranges.len() == 2 && ranges[1].as_ref().is_some_and(|range| range != "bytes=0-"), "{ranges:?}");
}

#[test]
fn downloads_run_side_by_side() {
    let upstream = lab();
    upstream.publish_rustup("1.27.1", &["x86_64-unknown-linux-gnu", "x86_64-pc-windows-msvc", "aarch64-apple-darwin"]);
    let slow = Mischief::SlowAnswer { by: Duration::from_millis(50) };
    upstream.http().misbehave(Place::files_like(".xz"), slow.clone());
    upstream.http().misbehave(Place::files_like("rustup-init"), slow);
    for (jobs, peak) in [("-j 1", 1), ("-j 3", 3)] {
        let romt = DistMirror::of(&upstream, &RomtProgram::ours());
        upstream.http().forget_requests();
        romt.toolchain(&format!("{jobs} -s stable -t linux download")).succeeds();
        assert_eq!(upstream.http().peak(), peak);
        upstream.http().forget_requests();
        romt.rustup(&format!("{jobs} -s stable -t linux,windows,darwin download")).succeeds();
        assert!(upstream.http().peak() <= peak && (peak == 1 || upstream.http().peak() > 1));
    }
}

#[test]
fn an_interrupted_download_exits_with_130() {
    let upstream = lab();
    let rustc = format!("/dist/{}", stable().path("rustc", LINUX));
    upstream.http().misbehave(Place::file(&rustc), Mischief::Hold);
    let romt = DistMirror::of(&upstream, &RomtProgram::ours());
    let download = romt.spawn_toolchain("-s stable -t linux download");
    upstream.http().wait_until(|requests| requests.iter().any(|request| request.path == rustc));
    download.interrupt().exits_with(130);
    assert_eq!(romt.manifests(), [""; 0]);
    upstream.http().behave();
    romt.toolchain("-s stable -t linux download verify").succeeds();
    assert_eq!(romt.leftovers(), [""; 0]);
}

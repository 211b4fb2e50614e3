//! `romt rustup`: archives.

use romt_testkit::{DistMirror, DistUpstream, RomtProgram};
use romt_tests::alike;

use crate::lab::{LINUX, WINDOWS};

/// An upstream with two releases for the same targets, and one for others.
fn lab() -> DistUpstream {
    let upstream = DistUpstream::start();
    upstream.publish_rustup("1.9.0", &[LINUX]);
    upstream.publish_rustup("1.26.0", &[LINUX, WINDOWS]);
    upstream.publish_rustup("1.27.1", &[LINUX, WINDOWS]);
    upstream
}

#[test]
fn row_71_members_and_their_order() {
    let upstream = lab();
    let names = alike("row_71_members_and_their_order", |program| {
        let romt = DistMirror::of(&upstream, program);
        romt.rustup("-s stable,1.9.0,1.26.0 -t linux download").succeeds();
        romt.rustup("-s stable -t windows download").succeeds();
        ["stable", "'1.9.0 1.27.1'", "'*'"].map(|spec| {
            romt.rustup(&format!("-s {spec} pack")).succeeds();
            romt.archive_at("rustup.tar.gz").names().into_iter().map(str::to_owned).collect::<Vec<_>>()
        })
    });
    let windows = format!("rustup/archive/1.27.1/{WINDOWS}/rustup-init.exe");
    let linux = format!("rustup/archive/1.27.1/{LINUX}/rustup-init");
    assert_eq!(names[0], [windows.clone(), windows + ".sha256", linux.clone(), linux + ".sha256"]);
    assert!(names[1][0].contains("1.9.0") && names[2][0].contains("1.27.1"));
}

#[test]
fn row_72_what_is_published_is_made_again() {
    let upstream = lab();
    let exporter = DistMirror::of(&upstream, &RomtProgram::ours());
    exporter.rustup("-s stable,1.26.0 -t linux,windows download").succeeds();
    exporter.rustup("-s '*' pack").succeeds();
    let files = alike("row_72_what_is_published_is_made_again", |program| {
        let importer = DistMirror::importer(program);
        importer.take(&exporter, "rustup.tar.gz");
        let outcome = importer.rustup("-s 1.2.3 -t nosuch unpack").succeeds();
        outcome.mentions("1.26.0").mentions("1.27.1").mentions(WINDOWS);
        importer.rustup("-s stable verify").succeeds();
        importer.rustup_files()
    });
    assert_eq!(files, exporter.rustup_files());
}

#[test]
fn row_72_an_older_archive_changes_nothing_that_is_newer() {
    let upstream = lab();
    let exporter = DistMirror::of(&upstream, &RomtProgram::ours());
    exporter.rustup("-s 1.9.0 -t linux download pack").succeeds();
    alike("row_72_an_older_archive_changes_nothing_that_is_newer", |program| {
        let importer = DistMirror::of(&upstream, program);
        importer.rustup("-s stable -t linux download").succeeds();
        importer.take(&exporter, "rustup.tar.gz");
        importer.rustup("unpack").succeeds();
        assert!(importer.read("rustup/release-stable.toml").contains("\"1.27.1\""));
        importer.rustup_files()
    });
}

#[test]
fn row_73_releases_with_other_targets() {
    let upstream = lab();
    let exporter = DistMirror::of(&upstream, &RomtProgram::ours());
    exporter.rustup("-s 1.9.0 -t linux download").succeeds();
    exporter.rustup("-s stable -t linux,windows download").succeeds();
    exporter.rustup("-s 1.26.0 -t windows download").succeeds();
    exporter.rustup("-s '*' pack").succeeds();
    let importer = DistMirror::importer(&RomtProgram::ours());
    importer.take(&exporter, "rustup.tar.gz");
    importer.rustup("unpack list").succeeds().says("Unpacked targets: 2");
    assert_eq!(importer.rustup_files(), exporter.rustup_files());
    importer.rustup("-s '*' verify").succeeds();
}

#[test]
fn a_failed_pack_keeps_the_old_archive() {
    let upstream = lab();
    let romt = DistMirror::of(&upstream, &RomtProgram::ours());
    romt.rustup("-s stable -t linux download pack").succeeds();
    let old = std::fs::read(romt.path("rustup.tar.gz")).expect("an archive");
    romt.rustup("pack").exits_with(1).says("missing required SPEC");
    romt.rustup("-s stable -t windows pack").exits_with(1).says(WINDOWS);
    romt.rustup("-s 1.9.0 pack").exits_with(1).says("1.9.0");
    assert!(std::fs::read(romt.path("rustup.tar.gz")).expect("an archive") == old);
}

#[test]
fn a_folder_anywhere() {
    let upstream = lab();
    let exporter = DistMirror::of(&upstream, &RomtProgram::ours());
    exporter.rustup("-s stable -t linux download pack").succeeds();
    let importer = DistMirror::importer(&RomtProgram::ours());
    importer.take(&exporter, "rustup.tar.gz");
    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    let absolute = elsewhere.path().join("x");
    for dest in [absolute.display().to_string(), "a/b".to_owned()] {
        importer.rustup(&format!("--dest {dest} unpack")).succeeds();
        assert!(importer.folder().join(&dest).join("release-stable.toml").exists(), "{dest}");
    }
    assert!(importer.rustup_files().is_empty());
}

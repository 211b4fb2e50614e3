//! `pack` and `unpack`.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use romt_testkit::{DistMirror, FakeToolchain, Process, RomtProgram};
use romt_tests::alike;

use crate::lab::{
    CANONICAL, DARWIN, LINUX, MUSL, WINDOWS, lab, linux_mirror, linux_mirror_by, shared, stable, without_hash_files,
};

const ARCHIVE: &str = "toolchain.tar.gz";

/// The names in an archive, in order.
fn names(romt: &DistMirror, archive: &str) -> Vec<String> {
    romt.archive_at(archive).names().into_iter().map(str::to_owned).collect()
}

#[test]
fn rows_44_and_45_members_and_their_order() {
    let upstream = lab();
    let members = alike("rows_44_and_45_members_and_their_order", |program| {
        let romt = linux_mirror_by(&upstream, program);
        romt.toolchain(&format!("-s stable -t {MUSL} --cross download")).succeeds();
        romt.toolchain(&format!("-s stable -t {LINUX},{MUSL} pack")).succeeds();
        names(&romt, ARCHIVE)
    });
    let first = [CANONICAL, &format!("{CANONICAL}.sha256"), &stable().path("rust-src", "*")];
    assert_eq!(members[..3], first.map(|path| format!("dist/{path}")));
    assert_eq!(members.len(), 2 * (1 + 16));
    assert_eq!(members[members.len() - 2], format!("dist/{}", stable().path("rust-std", MUSL)), "the last target");
    // Neither dateless manifests nor those of versions.
    assert_eq!(members.iter().filter(|name| name.contains("channel-rust")).count(), 2);
}

#[test]
fn row_46_all_that_is_present_is_packed() {
    let upstream = lab();
    let members = alike("row_46_all_that_is_present_is_packed", |program| {
        let romt = linux_mirror_by(&upstream, program);
        romt.toolchain(&format!("-s stable -t {MUSL} --cross download")).succeeds();
        romt.toolchain("-s stable pack").succeeds();
        // Targets that share all of their packages with others come in, too, so Python romt's order is another.
        let mut members = names(&romt, ARCHIVE);
        members.sort();
        members
    });
    assert_eq!(members.len(), 2 * (1 + 16));
}

#[test]
fn row_47_all_targets() {
    let upstream = lab();
    let romt = linux_mirror(&upstream);
    // Those that are here.
    romt.toolchain("-s stable -t all verify pack").succeeds().says("packages: 23, targets: 94");
    assert_eq!(names(&romt, ARCHIVE).len(), 2 * (1 + 15));
    romt.toolchain("-s stable -t all --components cargo,rust-src download").succeeds();
    // What upstream has of all 115 targets.
    assert_eq!(romt.packages().iter().filter(|path| path.contains("/cargo-")).count(), 26);
    romt.toolchain("-s stable -t all --components cargo,rust-src verify pack").succeeds();
    assert_eq!(names(&romt, ARCHIVE).len(), 2 * (1 + 1 + 26));
}

#[test]
fn row_48_a_target_that_is_not_there() {
    let upstream = lab();
    let romt = linux_mirror(&upstream);
    for command in ["pack", "verify"] {
        let outcome = romt.toolchain(&format!("-s stable -t {DARWIN} {command}")).exits_with(1);
        outcome.says(&format!("target '{DARWIN}' of stable-2024-02-08 is not on disk")).says("hint: ");
    }
    romt.toolchain("-s stable -t nosuch pack").exits_with(1).says("'nosuch' not found in manifest");
    assert!(!romt.path(ARCHIVE).exists());
}

#[test]
fn row_49_a_failed_pack_keeps_the_old_archive() {
    let upstream = lab();
    let romt = linux_mirror(&upstream);
    romt.toolchain("-s stable pack").succeeds();
    let old = fs::read(romt.path(ARCHIVE)).expect("an archive");
    romt.toolchain("pack").exits_with(1).says("missing required SPEC");
    romt.toolchain(&format!("-s stable -t {DARWIN} pack")).exits_with(1);
    fs::remove_file(romt.path("dist").join(stable().path("cargo", LINUX))).expect("a package");
    romt.toolchain("-s stable pack").exits_with(1);
    assert!(fs::read(romt.path(ARCHIVE)).expect("an archive") == old);
    assert_eq!(romt.leftovers(), [""; 0]);
}

#[test]
fn row_50_an_archive_says_what_is_in_it() {
    let upstream = lab();
    let exporter = linux_mirror(&upstream);
    exporter.toolchain(&format!("-s stable -t {MUSL} --cross download")).succeeds();
    exporter.toolchain("-s stable pack").succeeds();
    let dist = alike("row_50_an_archive_says_what_is_in_it", |program| {
        let importer = DistMirror::importer(program);
        importer.take(&exporter, ARCHIVE);
        // SPEC and TARGET of the options do not count.
        let outcome = importer.toolchain("-s nightly -t nosuch unpack").succeeds();
        outcome.mentions("stable-2024-02-08").mentions(LINUX);
        importer.toolchain("-s stable verify").succeeds();
        shared(importer.dist())
    });
    assert_eq!(without_hash_files(dist), without_hash_files(shared(exporter.dist())));
}

#[test]
fn row_50_what_follows_is_about_what_came() {
    let upstream = lab();
    let exporter = linux_mirror(&upstream);
    exporter.toolchain("-s stable pack").succeeds();
    let importer = DistMirror::importer(&RomtProgram::ours());
    importer.take(&exporter, ARCHIVE);
    let outcome = importer.toolchain("-q unpack list verify").succeeds();
    assert_eq!(outcome.stdout, "stable-2024-02-08(1.76.0)\n");
    // The same archive again changes nothing.
    let before = importer.dist();
    importer.toolchain("unpack").succeeds();
    assert_eq!(importer.dist(), before);
}

#[test]
fn row_51_a_folder_anywhere() {
    let upstream = lab();
    let exporter = linux_mirror(&upstream);
    exporter.toolchain("-s stable pack").succeeds();
    let importer = DistMirror::importer(&RomtProgram::ours());
    importer.take(&exporter, ARCHIVE);
    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    let absolute = elsewhere.path().join("x");
    for dest in [absolute.display().to_string(), "a/b".to_owned(), "../".to_owned() + &unique(&importer)] {
        importer.toolchain(&format!("--dest {dest} unpack verify")).succeeds();
        let unpacked = importer.folder().join(&dest);
        assert!(unpacked.join(CANONICAL).exists() && unpacked.join("channel-rust-stable.toml").exists(), "{dest}");
        fs::remove_dir_all(unpacked).expect("what was unpacked");
    }
    assert!(importer.dist().is_empty());
}

/// The name of a folder beside a mirror's that nobody else has.
fn unique(romt: &DistMirror) -> String {
    format!("{}-beside", romt.folder().file_name().expect("a name").display())
}

#[test]
fn row_52_two_releases_with_all_targets() {
    let upstream = lab();
    upstream.publish(&FakeToolchain::nightly("1.78.0", "2024-02-09"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    upstream.copy_to(folder.path());
    let mut exporter = DistMirror::importer(&RomtProgram::ours());
    exporter.use_upstream(&folder.path().display().to_string());
    exporter.toolchain("-s 'stable nightly' -t all download pack").succeeds();
    assert_eq!(exporter.packages().len(), 2 * 407);
    let importer = DistMirror::importer(&RomtProgram::ours());
    importer.take(&exporter, ARCHIVE);
    importer.toolchain("unpack").succeeds().says("Unpacked specs: 2").says("Unpacked targets: 94");
    assert_eq!(without_hash_files(importer.dist()), without_hash_files(exporter.dist()));
    importer.toolchain("-s '*' -t all verify").succeeds();
}

#[test]
fn row_55_other_kinds_of_archives() {
    let upstream = lab();
    let exporter = linux_mirror(&upstream);
    for archive in ["x.tar", "x.tgz", ARCHIVE] {
        exporter.toolchain(&format!("-s stable --archive {archive} pack")).succeeds();
    }
    // A name says nothing of what is in a file, but where it ends with `.gz`.
    fs::copy(exporter.path(ARCHIVE), exporter.path("gzip.tar")).expect("an archive");
    let expected = without_hash_files(shared(exporter.dist()));
    for archive in ["x.tar", "x.tgz", "gzip.tar", ARCHIVE] {
        let dist = alike("row_55_other_kinds_of_archives", |program| {
            let importer = DistMirror::importer(program);
            importer.take(&exporter, archive);
            importer.toolchain(&format!("--archive {archive} unpack")).succeeds();
            without_hash_files(shared(importer.dist()))
        });
        assert_eq!(dist, expected, "{archive}");
    }
    let importer = DistMirror::importer(&RomtProgram::ours());
    fs::copy(exporter.path("x.tar"), importer.path(ARCHIVE)).expect("an archive");
    importer.toolchain("unpack").exits_with(1).says("gzip").says(ARCHIVE);
}

#[test]
fn row_55_other_readers_read_it() {
    let upstream = lab();
    let romt = linux_mirror(&upstream);
    romt.toolchain("-s stable pack").succeeds();
    let mut tar = Command::new("tar");
    tar.args(["-xzf", ARCHIVE, "--one-top-level=by-tar"]).current_dir(romt.folder());
    Process::spawn(tar).wait().succeeds();
    let packed: BTreeMap<_, _> = romt
        .dist()
        .into_iter()
        .filter(|(path, _)| path.starts_with("2024") && !path.contains("channel-rust-1.76.0"))
        .collect();
    assert_eq!(romt.files_below("by-tar/dist"), packed);
}

#[test]
fn uneven_targets_come_as_they_are() {
    let upstream = lab();
    upstream.publish(&FakeToolchain::nightly("1.78.0", "2024-02-09"));
    let exporter = linux_mirror(&upstream);
    exporter.toolchain(&format!("-s nightly -t {WINDOWS} --profile minimal download")).succeeds();
    exporter.toolchain("-s '*' pack").succeeds();
    let importer = DistMirror::importer(&RomtProgram::ours());
    importer.take(&exporter, ARCHIVE);
    importer.toolchain("unpack").succeeds();
    assert_eq!(without_hash_files(importer.dist()), without_hash_files(exporter.dist()));
    importer.toolchain("-s '*' verify pack").succeeds();
    assert!(importer.archive_at(ARCHIVE) == exporter.archive_at(ARCHIVE), "the same archive again");
}

//! What `pack` writes.

use std::fs;
use std::process::Command;

use romt_testkit::scenario::{LAB_FILES, lab};
use romt_testkit::{CrateMirror, FakeCrate, Process, RomtProgram};
use romt_tests::alike;

const BUNDLE: &str = "git/crates.io-index/origin.bundle";

/// The names of an archive of the lab, in order: crates are sorted by name and version, not by path.
fn lab_names(mixed: bool) -> Vec<String> {
    let [a, ab, abc, abcd1, abcd2, serde, serde_build, serde_json] = LAB_FILES;
    let crates = [abcd1, abcd2, abc, a, ab, serde, serde_build, serde_json];
    let crates =
        crates.map(|path| if mixed { path.replace("ab/cd", "AB/cd").replace("3/a", "3/A") } else { path.to_owned() });
    let crates = crates.map(|path| format!("crates/{path}"));
    ["ARCHIVE_FORMAT", BUNDLE].into_iter().map(str::to_owned).chain(crates).collect()
}

#[test]
fn row_107_format_2() {
    let upstream = lab();
    let (names, crates) = alike("row_107_format_2", |program| {
        let romt = CrateMirror::of(&upstream, program);
        romt.run(&["init", "export"]).succeeds();
        let archive = romt.archive();
        assert_eq!(archive.format(), "2\n");
        (archive.names().iter().map(|&name| name.to_owned()).collect::<Vec<_>>(), archive.crates())
    });
    assert_eq!(names, lab_names(false));
    assert_eq!(crates.len(), 8);
}

#[test]
fn row_108_format_1() {
    let upstream = lab();
    let names = alike("row_108_format_1", |program| {
        let romt = CrateMirror::of(&upstream, program);
        romt.run(&["init", "pull"]).succeeds();
        romt.write("crates/config.toml", "prefix = \"lower\"\narchive_prefix = \"mixed\"\n");
        romt.run(&["export"]).succeeds();
        assert_eq!(romt.crate_paths(), LAB_FILES);
        let archive = romt.archive();
        assert_eq!(archive.format(), "1\n");
        archive.names().iter().map(|&name| name.to_owned()).collect::<Vec<_>>()
    });
    assert_eq!(names, lab_names(true));
}

#[test]
fn row_108_other_readers_read_it() {
    let upstream = lab();
    let romt = CrateMirror::of(&upstream, &RomtProgram::ours());
    romt.run(&["init", "export"]).succeeds();
    romt.run(&["--start", "0", "--archive", "plain.tar", "pack"]).succeeds();
    for (archive, options) in [("crates.tar.gz", "-tzf"), ("plain.tar", "-tf")] {
        let mut tar = Command::new("tar");
        tar.args([options, archive]).current_dir(romt.folder());
        let outcome = Process::spawn(tar).wait().succeeds();
        assert_eq!(outcome.stdout.lines().collect::<Vec<_>>(), lab_names(false));
        assert_eq!(outcome.stderr, "");
    }
    let mut gzip = Command::new("gzip");
    gzip.args(["--test", "crates.tar.gz"]).current_dir(romt.folder());
    Process::spawn(gzip).wait().succeeds();
}

#[test]
fn row_112_names_of_the_bundle() {
    let headers = alike("row_112_names_of_the_bundle", |program| {
        let upstream = lab();
        let romt = CrateMirror::of(&upstream, program);
        romt.run(&["init", "pull", "download", "pack"]).succeeds();
        let whole = romt.archive().bundle_header();
        assert_eq!(romt.index().revision("refs/heads/bundle/master"), romt.index().revision("working"));
        romt.run(&["mark"]).succeeds();
        let first = upstream.tip();
        romt.run(&["--start", "0", "--end", "master", "pack"]).succeeds();
        let as_master = romt.archive().bundle_header();
        upstream.publish(FakeCrate::new("more", "1.0.0"));
        romt.run(&["export"]).succeeds();
        let more = romt.archive().bundle_header();
        // The branches' ids differ with the time of their commits.
        [whole, as_master, more].map(|header| {
            let lines = header.iter().map(|line| line.replace(&first, "FIRST").replace(&upstream.tip(), "SECOND"));
            lines
                .map(|line| line.split_once(" Publish").map_or(line.clone(), |(line, _)| line.to_owned()))
                .collect::<Vec<_>>()
        })
    });
    assert_eq!(headers[0], ["# v2 git bundle", "FIRST refs/heads/bundle/master"]);
    assert_eq!(headers[1], ["# v2 git bundle", "FIRST refs/heads/master"]);
    assert_eq!(headers[2], ["# v2 git bundle", "-FIRST", "SECOND refs/heads/bundle/master"]);
}

#[test]
fn row_112_git_takes_the_bundle() {
    let upstream = lab();
    let romt = CrateMirror::of(&upstream, &RomtProgram::ours());
    romt.run(&["init", "export"]).succeeds();
    let bundle = romt.write("taken.bundle", romt.archive().bundle());
    let mut git = Command::new("git");
    git.args(["clone", "--quiet", "--bare", "--branch", "bundle/master"]).arg(bundle).arg(romt.path("clone"));
    Process::spawn(git).wait().succeeds();
}

#[test]
fn row_118_a_missing_crate() {
    let upstream = lab();
    let names = alike("row_118_a_missing_crate", |program| {
        let romt = CrateMirror::of(&upstream, program);
        romt.run(&["init", "pull", "download"]).succeeds();
        fs::remove_file(romt.path("crates/3/a/Abc/Abc-1.0.0.crate")).expect("a crate");
        romt.run(&["pack"]).exits_with(1).mentions("Abc-1.0.0");
        assert!(!romt.path("crates.tar.gz").exists() && romt.leftovers().is_empty());
        romt.run(&["--keep-going", "pack"]).succeeds().mentions("Abc-1.0.0").mentions("bad");
        romt.archive().names().iter().map(|&name| name.to_owned()).collect::<Vec<_>>()
    });
    let mut expected = lab_names(false);
    expected.retain(|name| !name.contains("Abc-"));
    assert_eq!(names, expected);
}

#[test]
fn row_118_a_failed_pack_keeps_the_old_archive() {
    let upstream = lab();
    let romt = CrateMirror::of(&upstream, &RomtProgram::ours());
    romt.run(&["init", "export"]).succeeds();
    let old = fs::read(romt.path("crates.tar.gz")).expect("an archive");
    fs::remove_file(romt.path("crates/3/a/Abc/Abc-1.0.0.crate")).expect("a crate");
    romt.run(&["--start", "0", "pack"]).exits_with(1);
    assert_eq!(fs::read(romt.path("crates.tar.gz")).expect("an archive"), old);
    assert_eq!(romt.leftovers(), [""; 0]);
    // The names in the folder, too: no half-written archive under any name.
    let mut names: Vec<String> = fs::read_dir(romt.folder())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.retain(|name| name != ".romt");
    names.sort();
    assert_eq!(names, ["crates", "crates.tar.gz", "git"]);
}

#[test]
fn nothing_new_is_nothing_to_pack() {
    let upstream = lab();
    alike("nothing_new_is_nothing_to_pack", |program| {
        let romt = CrateMirror::of(&upstream, program);
        romt.run(&["init", "export"]).succeeds();
        let old = fs::read(romt.path("crates.tar.gz")).expect("an archive");
        romt.run(&["export"]).succeeds().mentions("No crates to pack");
        assert_eq!(fs::read(romt.path("crates.tar.gz")).expect("an archive"), old);
        romt.run(&["--archive", "other.tar.gz", "pack"]).succeeds();
        assert!(!romt.path("other.tar.gz").exists());
    });
}

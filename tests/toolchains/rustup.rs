//! `romt rustup`: downloads, checks, lists.

use std::fs;

use romt_testkit::{DistMirror, DistUpstream, Mischief, Place, RomtProgram};
use romt_tests::alike;
use romt_types::Digest;

use crate::lab::{DARWIN, LINUX, WINDOWS, spoil};

const STABLE: &str = "release-stable.toml";

/// An upstream with three releases, one of them long ago.
fn lab() -> DistUpstream {
    let upstream = DistUpstream::start();
    upstream.publish_rustup("1.9.0", &[LINUX]);
    upstream.publish_rustup("1.26.0", &[LINUX, WINDOWS]);
    upstream.publish_rustup("1.27.1", &[LINUX, WINDOWS]);
    upstream
}

fn mirror(upstream: &DistUpstream, program: &RomtProgram) -> DistMirror {
    let romt = DistMirror::of(upstream, program);
    romt.rustup("-s stable -t linux,windows download").succeeds();
    romt
}

#[test]
fn row_63_stable() {
    let upstream = lab();
    let files = alike("row_63_stable", |program| mirror(&upstream, program).rustup_files());
    let programs = [format!("{WINDOWS}/rustup-init.exe"), format!("{LINUX}/rustup-init")];
    let mut expected: Vec<_> = ["archive/1.27.1", "dist"]
        .into_iter()
        .flat_map(|folder| programs.iter().map(move |program| format!("{folder}/{program}")))
        .flat_map(|path| [path.clone(), path + ".sha256"])
        .collect();
    expected.push(STABLE.to_owned());
    expected.sort();
    assert_eq!(files.keys().cloned().collect::<Vec<_>>(), expected);
    let text = "schema-version = \"1\"\nversion = \"1.27.1\"\n";
    assert_eq!(files[STABLE], Digest::of(text.as_bytes()));
    for path in files.keys().filter(|path| *path != STABLE) {
        assert_eq!(
            files[path],
            Digest::of(&upstream.file(&format!("/rustup/{}", path.replace("dist/", "archive/1.27.1/"))))
        );
    }
}

#[test]
fn row_64_an_older_release_does_not_become_the_stable_one() {
    let upstream = lab();
    alike("row_64_an_older_release_does_not_become_the_stable_one", |program| {
        let romt = mirror(&upstream, program);
        romt.rustup("-s 1.9.0 -t linux download").succeeds();
        assert!(romt.read("rustup/release-stable.toml").contains("\"1.27.1\""));
        assert!(romt.read(&format!("rustup/dist/{LINUX}/rustup-init")).contains("1.27.1"));
        // By number: 1.9 is before 1.26.
        let other = DistMirror::of(&upstream, program);
        other.rustup("-s 1.9.0 -t linux download").succeeds();
        assert!(other.read("rustup/release-stable.toml").contains("\"1.9.0\""));
        other.rustup("-s 1.26.0 -t linux download").succeeds();
        assert!(other.read("rustup/release-stable.toml").contains("\"1.26.0\""));
        (romt.rustup_files(), other.rustup_files())
    });
}

#[test]
fn row_65_a_hash_alone() {
    let upstream = lab();
    alike("row_65_a_hash_alone", |program| {
        let romt = mirror(&upstream, program);
        let hash = romt.read(&format!("rustup/archive/1.27.1/{WINDOWS}/rustup-init.exe.sha256"));
        assert!(hash.len() == 65 && !hash.contains('*'), "{hash}");
        romt.rustup("-s stable verify").succeeds();
    });
}

#[test]
fn row_66_what_is_listed() {
    let upstream = lab();
    let lists = alike("row_66_what_is_listed", |program| {
        let romt = mirror(&upstream, program);
        romt.rustup("-s 1.9.0,1.26.0 -t linux download").succeeds();
        ["'*'", "latest", "'stable 1.2.3'"].map(|spec| {
            let quiet = romt.rustup(&format!("-s {spec} -q list")).succeeds().stdout;
            (romt.rustup(&format!("-s {spec} list")).succeeds().stdout, quiet)
        })
    });
    assert_eq!(lists[0].1, "1.27.1\n1.26.0\n1.9.0\n", "newest first");
    let stable = format!("T.List: stable\n1.27.1   targets[2]\n  {WINDOWS}\n  {LINUX}\n");
    assert_eq!(lists[1].0, stable.replace(": stable", ": 1.27.1"));
    assert_eq!(lists[2].0, format!("{stable}T.List: 1.2.3\n1.2.3    targets[0]\n"));
}

#[test]
fn row_66_nothing_is_there() {
    let upstream = lab();
    alike("row_66_nothing_is_there", |program| {
        let romt = DistMirror::of(&upstream, program);
        romt.rustup("-s 1.2 list").exits_with(1).mentions("invalid SPEC");
        romt.rustup("list").exits_with(1).mentions("missing required SPEC");
        romt.rustup("-s latest -t linux download").exits_with(1).mentions("invalid wild SPEC");
        romt.rustup("-s stable download").exits_with(1).mentions("missing required TARGET");
        assert_ne!(romt.rustup("-s stable list").status, Some(0));
    });
}

#[test]
fn row_67_all_targets() {
    let (quiet, normal) = alike("row_67_all_targets", |program| {
        let romt = DistMirror::importer(program);
        (romt.rustup("-q all-targets").succeeds().stdout, romt.rustup("all-targets").succeeds().stdout)
    });
    assert!(quiet.lines().count() >= 33);
    assert_eq!(normal, format!("All known targets:\n{quiet}"));
}

#[test]
fn row_68_a_target_that_is_not_known() {
    let upstream = lab();
    upstream.put_rustup("1.27.1", "mips-unknown-other", "for others");
    alike("row_68_a_target_that_is_not_known", |program| {
        let romt = mirror(&upstream, program);
        let outcome = romt.rustup("-s latest -t nosuch verify").exits_with(1);
        outcome.mentions("warning: unknown target 'nosuch'").mentions("error: ");
        // It may be there all the same.
        let outcome = romt.rustup("-s stable -t mips-unknown-other download").succeeds();
        outcome.mentions("warning: unknown target 'mips-unknown-other'");
        romt.rustup_files()
    });
}

#[test]
fn row_69_all_is_what_upstream_has() {
    let upstream = lab();
    let romt = DistMirror::of(&upstream, &RomtProgram::ours());
    let outcome = romt.rustup("-s stable -t all download").succeeds();
    outcome.says("upstream has no rustup 1.27.1 for 31 targets").says(DARWIN);
    let list = romt.rustup("-s stable list").succeeds().stdout;
    assert!(list.contains("1.27.1   targets[2]\n"), "{list}");
    romt.rustup("-s stable -t all verify pack").exits_with(1).says(DARWIN);
    romt.rustup("-s stable verify pack").succeeds();
    // That none is there is no success.
    upstream.put("/rustup/release-stable.toml", "schema-version = '1'\nversion = '1.99.0'\n");
    romt.rustup("-s stable -t all download").exits_with(1);
    assert!(romt.read("rustup/release-stable.toml").contains("\"1.27.1\""));
}

#[test]
fn row_70_a_failed_download_leaves_no_target() {
    let upstream = lab();
    let romt = mirror(&upstream, &RomtProgram::ours());
    let before = romt.rustup_files();
    romt.rustup(&format!("-s stable -t {DARWIN} download")).exits_with(1).says(DARWIN);
    let list = romt.rustup("-s latest list").succeeds().stdout;
    assert!(list.contains("targets[2]") && !list.contains(DARWIN), "{list}");
    romt.rustup("-s latest verify pack").succeeds();
    assert_eq!(romt.rustup_files(), before);
    // One that Python romt left counts for nothing.
    fs::create_dir_all(romt.path(&format!("rustup/archive/1.27.1/{DARWIN}"))).expect("a folder");
    fs::create_dir_all(romt.path("rustup/archive/junk")).expect("a folder");
    assert_eq!(romt.rustup("-s latest list").succeeds().stdout, list);
    romt.rustup("-s '*' verify pack").succeeds();
}

#[test]
fn row_74_the_variable_names_upstream() {
    let upstream = lab();
    alike("row_74_the_variable_names_upstream", |program| {
        let mut romt = DistMirror::importer(program);
        romt.set("RUSTUP_UPDATE_ROOT", &upstream.rustup_url());
        romt.call(&["rustup", "-s", "stable", "-t", "linux", "download"]).succeeds();
        romt.rustup_files()
    });
}

#[test]
fn what_is_spoilt_is_found_and_repaired() {
    let upstream = lab();
    alike("what_is_spoilt_is_found_and_repaired", |program| {
        let romt = mirror(&upstream, program);
        let (whole, file) = (romt.rustup_files(), format!("rustup/archive/1.27.1/{LINUX}/rustup-init"));
        spoil(&romt.path(&file));
        romt.rustup("-s stable verify").exits_with(1).mentions("Bad hash for").mentions("rustup-init (got ");
        romt.rustup("-s stable -t linux --assume-ok download").succeeds();
        assert!(!romt.read(&file).starts_with("rustup-init"));
        romt.rustup("-s stable -t linux download verify").succeeds();
        assert_eq!(romt.rustup_files(), whole);
    });
}

#[test]
fn programs_that_come_wrong() {
    let upstream = lab();
    let romt = DistMirror::of(&upstream, &RomtProgram::ours());
    romt.rustup("-s 1.26.0 -t linux download").succeeds();
    let before = romt.rustup_files();
    let place = Place::file(&format!("/rustup/archive/1.27.1/{LINUX}/rustup-init"));
    for mischief in [
        Mischief::WrongBytes,
        Mischief::LengthTooLarge { by: 5 },
        Mischief::CutBody { after_bytes: 0 },
        Mischief::EmptyBody,
        Mischief::HtmlPage,
        Mischief::Status(403),
    ] {
        upstream.http().misbehave(place.clone(), mischief.clone());
        romt.rustup("-s stable -t linux download").exits_with(1).says(LINUX).never_says("panicked");
        assert_eq!(romt.leftovers(), [""; 0]);
        assert_eq!(romt.rustup_files(), before, "{mischief:?}");
        assert_eq!(romt.rustup("-s '*' -q list").succeeds().stdout, "1.26.0\n");
        upstream.http().behave();
    }
    for text in ["", "junk", "schema-version = '2'\nversion = '1.27.1'\n", "schema-version = '1'\nversion = '../x'\n"] {
        upstream.put("/rustup/release-stable.toml", text);
        romt.rustup("-s stable -t linux download").exits_with(1).says(STABLE).never_says("panicked");
        assert_eq!(romt.rustup_files(), before, "{text:?}");
    }
    upstream.set_stable_rustup("1.27.1");
    romt.rustup("-s stable -t linux download verify").succeeds();
}

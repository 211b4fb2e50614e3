//! The command line as a whole.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use romt_testkit::scenario::{LAB, LAB_FILES, lab};
use romt_testkit::{CrateMirror, GitUpstream, Mischief, Place, Process, RomtProgram};
use romt_tests::alike;

#[test]
fn row_01_version() {
    let romt = CrateMirror::importer(&RomtProgram::ours());
    let version = romt.call(&["--version"]).succeeds().stdout;
    assert!(version.starts_with("romt ") && version.lines().count() == 1, "{version}");
}

#[test]
fn row_02_embedded_readme() {
    let romt = CrateMirror::importer(&RomtProgram::ours());
    let outcome = romt.call(&["--readme"]).succeeds();
    assert!(outcome.stdout.lines().count() > 20 && outcome.stderr.is_empty(), "{outcome}");
}

#[test]
fn row_03_no_operation() {
    alike("row_03_no_operation", |program| {
        let outcome = CrateMirror::importer(program).call(&[]).exits_with(1);
        assert!(!(outcome.stdout + &outcome.stderr).trim().is_empty());
    });
}

#[test]
fn row_04_bad_option() {
    alike("row_04_bad_option", |program| {
        CrateMirror::importer(program).call(&["crate", "--foo"]).exits_with(2).says("--foo");
    });
}

#[test]
fn row_05_bad_commands_are_found_before_anything_is_done() {
    let upstream = lab();
    alike("row_05_bad_commands_are_found_before_anything_is_done", |program| {
        let romt = CrateMirror::of(&upstream, program);
        romt.run(&["init", "nope"]).exits_with(1).mentions("nope");
        assert_eq!(romt.everything().len(), 0);
        romt.run(&["init", "pull"]).succeeds();
        let outcome = romt.run(&["list", "nope"]).exits_with(1);
        assert!(!outcome.stdout.contains('@'), "{outcome}");
    });
}

#[test]
fn row_06_several_commands_share_options() {
    let upstream = lab();
    let paths = alike("row_06_several_commands_share_options", |program| {
        let romt = CrateMirror::of(&upstream, program);
        let shared = ["--index", "i/x", "--crates", "c/y", "--archive", "out.tar.gz", "--bundle-path", "b.bundle"];
        romt.run(&[&shared[..], &["init", "pull", "download", "pack"]].concat()).succeeds();
        assert!(romt.path("i/x").is_dir() && romt.path("out.tar.gz").is_file() && romt.path("b.bundle").is_file());
        let mut paths: Vec<String> = romt.files_below("c/y").into_keys().collect();
        paths.retain(|path| !path.starts_with(".romt/"));
        paths
    });
    assert_eq!(paths.iter().filter(|&path| path != "config.toml").collect::<Vec<_>>(), LAB_FILES.each_ref());
}

#[test]
fn row_07_long_options_may_be_cut_short() {
    let upstream = lab();
    let list = alike("row_07_long_options_may_be_cut_short", |program| {
        let romt = CrateMirror::of(&upstream, program);
        romt.run(&["init", "pull"]).succeeds();
        romt.run(&["--show", "list"]).exits_with(2).says("--show");
        romt.run(&["--filt", "serde", "list"]).exits_with(2).says("--filt");
        let cut = romt.list(&["--show-h", "--sta=0", "--en", "HEAD~1", "--filter", "serde*"]);
        assert_eq!(cut, romt.list(&["--show-hash", "--start", "0", "--end=HEAD~1", "--filter=serde*"]));
        romt.run(&["-qj4", "--all", "--start=nosuch", "list"]).succeeds();
        cut
    });
    assert_eq!(list.len(), 2);
}

#[test]
fn row_08_verbosity_comes_after_the_operation() {
    alike("row_08_verbosity_comes_after_the_operation", |program| {
        let romt = CrateMirror::importer(program);
        romt.call(&["-v", "crate", "list"]).exits_with(2);
        romt.call(&["-q", "crate", "list"]).exits_with(2);
    });
}

#[test]
fn row_08_options_stand_before_or_after_the_commands() {
    let upstream = lab();
    alike("row_08_options_stand_before_or_after_the_commands", |program| {
        let romt = CrateMirror::of(&upstream, program);
        romt.run(&["init", "pull"]).succeeds();
        let before = romt.run(&["-q", "--start", "HEAD~1", "--show-path", "list"]).succeeds().stdout;
        assert_eq!(before, "se/rd/serde_json/serde_json-1.0.0.crate\n");
        assert_eq!(romt.run(&["list", "--show-path", "--start", "HEAD~1", "-q"]).succeeds().stdout, before);
        assert_eq!(romt.run(&["--start", "HEAD~1", "list", "--show-path", "-q"]).succeeds().stdout, before);
    });
}

#[test]
fn row_08_options_may_stand_between_commands() {
    // Python romt wants all commands in one place.
    let romt = CrateMirror::importer(&RomtProgram::ours());
    romt.call(&["crate", "init-import", "--start", "0", "nope"]).exits_with(1);
    assert!(!romt.path("git").exists(), "bad commands are found wherever they stand");
    romt.call(&["crate", "init-import", "--start", "0"]).succeeds();
}

#[test]
fn row_09_a_quiet_list_is_data_only() {
    let upstream = lab();
    let list = alike("row_09_a_quiet_list_is_data_only", |program| {
        let romt = CrateMirror::of(&upstream, program);
        romt.run(&["init", "pull"]).succeeds();
        let outcome = romt.run(&["-q", "list"]).succeeds();
        assert_eq!(outcome.stderr, "");
        // `list` says nothing else, so it is the same without.
        assert_eq!(romt.run(&["list"]).succeeds().stdout, outcome.stdout);
        outcome.stdout
    });
    assert_eq!(list, LAB.join("\n") + "\n");
}

#[test]
fn row_10_twice_quiet_says_nothing() {
    let upstream = lab();
    alike("row_10_twice_quiet_says_nothing", |program| {
        let romt = CrateMirror::of(&upstream, program);
        romt.run(&["-qq", "init", "pull"]).succeeds();
        for (options, status) in [(&["--start", "nosuch"][..], 1), (&[], 0)] {
            let outcome = romt.run(&[&["-qq"], options, &["list"]].concat()).exits_with(status);
            assert_eq!((&*outcome.stdout, &*outcome.stderr), ("", ""));
        }
    });
}

#[test]
fn row_11_talk_is_not_on_standard_output() {
    let upstream = lab();
    let romt = CrateMirror::of(&upstream, &RomtProgram::ours());
    let outcome = romt.run(&["list"]).exits_with(1).says("error: ").says("git/crates.io-index");
    assert_eq!(outcome.stdout, "");
    let outcome = romt.run(&["-v", "init", "export", "list", "verify"]).succeeds();
    assert_eq!(outcome.stdout, "", "everything is marked, so there is nothing to list");
    let outcome = romt.run(&["-v", "--start", "0", "list", "verify"]).succeeds();
    assert_eq!(outcome.stdout.lines().collect::<Vec<_>>(), LAB);
}

#[test]
fn row_12_jobs_and_timeout_may_be_anything() {
    let upstream = lab();
    alike("row_12_jobs_and_timeout_may_be_anything", |program| {
        let romt = CrateMirror::over_http(&upstream, program);
        romt.run(&["-j0", "--timeout", "-5", "init", "pull"]).succeeds();
        romt.run(&["-j", "-3", "--timeout=0", "download"]).succeeds();
        assert_eq!(romt.crate_paths(), LAB_FILES);
    });
}

#[test]
fn row_13_ctrl_c() {
    let upstream = lab();
    upstream.http().misbehave(Place::Downloads, Mischief::Hold);
    alike("row_13_ctrl_c", |program| {
        let romt = CrateMirror::over_http(&upstream, program);
        romt.run(&["init", "pull"]).succeeds();
        upstream.http().forget_requests();
        let process = romt.spawn(&["download"]);
        upstream.http().wait_for_downloads(1);
        process.interrupt().exits_with(130);
        assert_eq!(romt.crate_paths().into_iter().filter(|path| path.ends_with(".crate")).count(), 0);
        assert!(program.is_python() || romt.leftovers().is_empty(), "{:?}", romt.leftovers());
    });
}

/// An upstream with a list that is longer than a pipe holds.
fn long_list() -> GitUpstream {
    let upstream = GitUpstream::start();
    let line = |n| {
        let cksum = "0".repeat(64);
        format!(r#"{{"name":"many","vers":"1.0.{n}","deps":[],"cksum":"{cksum}","features":{{}},"yanked":false}}"#)
    };
    upstream.append_line("many", &(0..2_000).map(line).collect::<Vec<_>>().join("\n"));
    upstream
}

#[test]
fn row_14_nobody_reads_on() {
    let upstream = long_list();
    let romt = CrateMirror::of(&upstream, &RomtProgram::ours());
    romt.run(&["init", "pull"]).succeeds();
    assert_eq!(romt.list(&["--show-hash"]).len(), 2_000);
    let mut list = romt.command(&romt.arguments(&["--show-hash", "list"]));
    let mut child = list.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("romt");
    let mut first = String::new();
    BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut first).expect("a line");
    assert!(first.ends_with("*ma/ny/many/many-1.0.0.crate\n"), "{first}");
    // The reading end is closed by now.
    let mut said = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut said).expect("text");
    let status = child.wait().expect("a status");
    assert!(said.is_empty() && status.code() != Some(101), "{status}: {said}");
}

#[test]
fn nothing_to_do_is_no_error() {
    alike("nothing_to_do_is_no_error", |program| {
        CrateMirror::importer(program).call(&["crate"]).succeeds().mentions("nothing to do");
    });
}

#[test]
fn what_is_no_mirror_is_said() {
    let upstream = lab();
    alike("what_is_no_mirror_is_said", |program| {
        let romt = CrateMirror::of(&upstream, program);
        romt.run(&["pull"]).exits_with(1).mentions("git/crates.io-index");
        romt.run(&["init", "pull"]).succeeds();
        romt.run(&["--crates", "elsewhere", "list"]).exits_with(1).mentions("elsewhere");
    });
}

#[test]
fn a_list_before_the_first_pull_says_what_is_missing() {
    let upstream = lab();
    alike("a_list_before_the_first_pull_says_what_is_missing", |program| {
        let romt = CrateMirror::of(&upstream, program);
        romt.run(&["init"]).succeeds();
        let outcome = Process::spawn(romt.command(&romt.arguments(&["list"]))).wait().exits_with(1).mentions("HEAD");
        assert!(!outcome.stdout.contains('@'), "{outcome}");
    });
}

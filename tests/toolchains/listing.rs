//! `list`: which toolchains SPECs stand for, and what is shown of them.

use romt_testkit::{DistMirror, DistUpstream, FakeToolchain, RomtProgram};
use romt_tests::alike;

use crate::lab::{MUSL, lab, linux_mirror_by, stable};

/// A mirror of four releases in two days.
fn mirror(upstream: &DistUpstream, program: &RomtProgram) -> DistMirror {
    let romt = DistMirror::of(upstream, program);
    let specs = "stable,nightly-2024-02-08 nightly-2024-02-09 beta";
    romt.toolchain(&format!("-s '{specs}' -t linux --components cargo download")).succeeds();
    romt
}

#[test]
fn row_36_wildcards_stand_for_what_is_on_disk() {
    let upstream = lab();
    upstream.publish(&FakeToolchain::nightly("1.78.0", "2024-02-08"));
    upstream.publish(&FakeToolchain::nightly("1.78.0", "2024-02-09"));
    upstream.publish(&FakeToolchain::beta("1.77.0", 3, "2024-02-08"));
    let lists = alike("row_36_wildcards_stand_for_what_is_on_disk", |program| {
        let romt = mirror(&upstream, program);
        let specs =
            ["'*'", "latest", "'*-latest'", "'stable-*'", "2024-02-08", "1.76.0", "'1.76.0-*'", "'stable nightly'"];
        let lists = specs.map(|spec| {
            let outcome = romt.toolchain(&format!("-s {spec} -q list")).succeeds();
            let mut lines: Vec<String> = outcome.stdout.lines().map(str::to_owned).collect();
            // Python romt's order of channels within a day is not always the same.
            let day = |line: &String| line.split_once('-').map(|(_, rest)| rest[..10].to_owned());
            lines.sort_by_key(|line| (std::cmp::Reverse(day(line)), line.clone()));
            (spec, lines)
        });
        romt.toolchain("-s '1.75.0-*' list").exits_with(1).mentions("no matches for wild SPEC");
        romt.toolchain("-s stable-2024-02-09 list").exits_with(1);
        lists
    });
    let (old, stable, beta) = ("nightly-2024-02-08(1.78.0)", "stable-2024-02-08(1.76.0)", "beta-2024-02-08(1.77.0)");
    let new = "nightly-2024-02-09(1.78.0)";
    for (spec, lines) in lists {
        let expected = match spec {
            "'*'" => vec![new, beta, old, stable],
            "latest" | "'*-latest'" => vec![new],
            "2024-02-08" => vec![beta, old, stable],
            "'stable nightly'" => vec![new, stable],
            _ => vec![stable],
        };
        assert_eq!(lines, expected, "{spec}");
    }
}

#[test]
fn row_36_newest_first() {
    let upstream = lab();
    upstream.publish(&FakeToolchain::nightly("1.78.0", "2024-02-08"));
    upstream.publish(&FakeToolchain::nightly("1.78.0", "2024-02-09"));
    upstream.publish(&FakeToolchain::beta("1.77.0", 3, "2024-02-08"));
    let romt = mirror(&upstream, &RomtProgram::ours());
    let first = romt.toolchain("-s '*' list").succeeds().stdout;
    let lines: Vec<_> = first.lines().filter(|line| !line.starts_with(' ')).collect();
    assert!(lines.len() == 4 && lines[0].starts_with("nightly-2024-02-09(1.78.0)   targets["), "{lines:?}");
    for _ in 0..3 {
        assert_eq!(romt.toolchain("-s '*' list").succeeds().stdout, first, "always the same");
    }
    let quiet = |spec: &str| romt.toolchain(&format!("-s {spec} -q list")).succeeds().stdout;
    assert_eq!(quiet("stable-latest"), "stable-2024-02-08(1.76.0)\n");
    assert_eq!(quiet("'*-2024-02-09'"), "nightly-2024-02-09(1.78.0)\n");
    assert_eq!(quiet("stable-2024-02-08"), quiet("stable"));
    for spec in ["2020-01-01", "1.75.0", "nightly-2020-01-01", "'beta-2024-02-09'"] {
        romt.toolchain(&format!("-s {spec} list")).exits_with(1);
    }
    romt.toolchain("-s 'stable-2024-*' list").exits_with(1).says("invalid SPEC");
}

#[test]
fn rows_37_and_39_columns_and_types() {
    let upstream = lab();
    let list = alike("rows_37_and_39_columns_and_types", |program| {
        let romt = linux_mirror_by(&upstream, program);
        romt.toolchain(&format!("-s stable -t {MUSL} --cross download")).succeeds();
        let list = romt.toolchain("-s stable list").succeeds().stdout;
        assert_eq!(romt.toolchain("-s stable-latest -q list").succeeds().stdout, "stable-2024-02-08(1.76.0)\n");
        list
    });
    let lines = [
        "stable-2024-02-08(1.76.0)    targets[10/94]   packages[34/425]  ",
        "  x86_64-unknown-linux-gnu                      native-target",
        "  x86_64-unknown-linux-musl                     cross-target",
        "",
    ];
    assert_eq!(list, lines.join("\n"));
}

#[test]
fn row_38_minimal_targets_are_shown_with_v() {
    let upstream = lab();
    let lines = alike("row_38_minimal_targets_are_shown_with_v", |program| {
        let romt = linux_mirror_by(&upstream, program);
        let minimal = |args: &str| {
            let outcome = romt.toolchain(args).succeeds();
            outcome.stdout.lines().filter(|line| line.ends_with(" minimal")).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(minimal("-s stable list"), [""; 0]);
        let verbose = romt.toolchain("-s stable -v list").succeeds();
        assert!(verbose.stdout.starts_with("T.List: stable\n"), "{verbose}");
        minimal("-s stable -v list")
    });
    assert_eq!(lines.len(), 8);
    assert_eq!(lines[0], format!("  {:<45} minimal", "i686-apple-darwin"));
}

#[test]
fn what_is_listed_need_not_be_published() {
    let upstream = lab();
    let romt = DistMirror::of(&upstream, &RomtProgram::ours());
    romt.toolchain("-s stable-2024-02-08 fetch-manifest").succeeds();
    let list = romt.toolchain("-s '*' list").succeeds().stdout;
    assert!(list.starts_with("stable-2024-02-08(1.76.0)    targets[0/94]    packages[0/425]"), "{list}");
    assert_eq!(romt.manifests(), [stable().release().canonical().to_string()]);
}

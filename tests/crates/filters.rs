//! Filters.

use romt_testkit::scenario::{LAB, lab};
use romt_testkit::{CrateMirror, RomtProgram};
use romt_tests::alike;

#[test]
fn row_97_filters() {
    let upstream = lab();
    let lists = alike("row_97_filters", |program| {
        let romt = CrateMirror::of(&upstream, program);
        romt.run(&["init", "pull"]).succeeds();
        romt.write("list", "serde@1.0.0\nab abc\n");
        let filters: [&[&str]; 9] = [
            &["--filter", "serde*"],
            &["--filter", "@0.1.*"],
            &["--filter", "serde@*build*"],
            &["--filter", "[as]*@1.0.0"],
            &["--filter", "a,ab;serde abc"],
            &["--filter", "serde@1.0.0", "--filter", "serde@1.0.1*", "--filter", "nosuch"],
            &["--filter", "serde?json,[!a]"],
            &["--filter-file", "list"],
            &["--filter-file", "list", "--filter", "serde_json"],
        ];
        filters.map(|filter| romt.list(filter))
    });
    let expected: [&[&str]; 9] = [
        &["serde@1.0.0", "serde@1.0.1+build.5", "serde_json@1.0.0"],
        &["ABcd@0.1.0"],
        &["serde@1.0.1+build.5"],
        &["Abc@1.0.0", "a@1.0.0", "ab@1.0.0", "serde@1.0.0", "serde_json@1.0.0"],
        &["Abc@1.0.0", "a@1.0.0", "ab@1.0.0", "serde@1.0.0", "serde@1.0.1+build.5"],
        &["serde@1.0.0", "serde@1.0.1+build.5"],
        &["serde_json@1.0.0"],
        &["Abc@1.0.0", "ab@1.0.0", "serde@1.0.0"],
        &["Abc@1.0.0", "ab@1.0.0", "serde@1.0.0", "serde_json@1.0.0"],
    ];
    assert_eq!(lists.each_ref().map(Vec::as_slice), expected);
}

#[test]
fn row_97_filters_of_every_step() {
    let upstream = lab();
    let (paths, packed) = alike("row_97_filters_of_every_step", |program| {
        let romt = CrateMirror::of(&upstream, program);
        romt.run(&["init", "pull"]).succeeds();
        romt.run(&["--filter", "serde a", "download", "verify", "pack"]).succeeds();
        let archive = romt.archive();
        (romt.crate_paths(), archive.crates().into_keys().collect::<Vec<_>>())
    });
    let expected = ["1/a/a-1.0.0.crate", "se/rd/serde/serde-1.0.0.crate", "se/rd/serde/serde-1.0.1+build.5.crate"];
    assert_eq!(paths, expected);
    assert_eq!(packed, expected.map(|path| format!("crates/{path}")));
}

#[test]
fn row_97_a_filter_file_that_is_not_there() {
    alike("row_97_a_filter_file_that_is_not_there", |program| {
        let romt = CrateMirror::importer(program);
        romt.run(&["init-import"]).succeeds();
        romt.run(&["--filter-file", "nosuch", "list"]).exits_with(1).mentions("nosuch");
    });
}

#[test]
fn row_98_filters_in_capitals() {
    let upstream = lab();
    let romt = CrateMirror::of(&upstream, &RomtProgram::ours());
    romt.run(&["init", "pull"]).succeeds();
    for filter in ["ABcd", "abcd", "AB?D", "ABcd@0.*"] {
        assert_eq!(romt.list(&["--filter", filter]), ["ABcd@0.1.0", "ABcd@0.2.0"], "{filter}");
    }
    assert_eq!(romt.list(&["--filter", "SERDE@*BUILD*"]), [""; 0], "versions are taken as they are written");
}

#[test]
fn row_99_empty_pieces_are_nothing() {
    let upstream = lab();
    let romt = CrateMirror::of(&upstream, &RomtProgram::ours());
    romt.run(&["init", "pull"]).succeeds();
    romt.write("list", "\nserde\n\n");
    let serde = ["serde@1.0.0", "serde@1.0.1+build.5"];
    for filter in ["serde,", " serde", ",;serde ;"] {
        assert_eq!(romt.list(&["--filter", filter]), serde, "`{filter}`");
    }
    assert_eq!(romt.list(&["--filter-file", "list"]), serde);
    assert_eq!(romt.list(&["--filter", "serde@,nosuch"]), serde, "an empty side is all");
    assert_eq!(romt.list(&["--filter", "@"]), LAB);
}

#[test]
fn row_100_bad_crates_as_a_filter() {
    let upstream = lab();
    let romt = CrateMirror::of(&upstream, &RomtProgram::ours());
    romt.run(&["init", "update"]).succeeds();
    let good = romt.crates();
    romt.write("crates/ab/cd/ABcd/ABcd-0.1.0.crate", "damaged");
    romt.run(&["--start", "0", "--bad-crates", "bad", "verify"]).exits_with(1);
    assert_eq!(romt.read("bad"), "ABcd@0.1.0\n");
    romt.run(&["--start", "0", "--filter-file", "bad", "download", "pack"]).succeeds();
    assert_eq!(romt.crates(), good);
    assert_eq!(romt.archive().names()[2..], ["crates/ab/cd/ABcd/ABcd-0.1.0.crate"]);
    romt.run(&["--start", "0", "verify"]).succeeds();
}

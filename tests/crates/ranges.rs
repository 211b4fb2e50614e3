//! What is added and removed between two revisions.

use std::process::{Command, Stdio};

use romt_testkit::scenario::{LAB, lab};
use romt_testkit::{CrateMirror, FakeCrate, RomtProgram};
use romt_tests::alike;

#[test]
fn row_80_list_styles() {
    let upstream = lab();
    for version in ["1.2.0", "1.10.0"] {
        upstream.publish(FakeCrate::new("serde", version));
    }
    let [names, paths, hashes] = alike("row_80_list_styles", |program| {
        let romt = CrateMirror::of(&upstream, program);
        romt.run(&["init", "pull", "download"]).succeeds();
        let styles = [&[][..], &["--show-path"], &["--show-hash"]].map(|style| romt.list(style));
        romt.write("crates/SUMS", styles[2].join("\n") + "\n");
        let mut check = Command::new("sha256sum");
        check.args(["--check", "--strict", "--quiet", "SUMS"]).current_dir(romt.path("crates")).stdin(Stdio::null());
        assert!(check.status().expect("sha256sum").success());
        styles
    });
    assert_eq!(names[..6], LAB[..6]);
    assert_eq!(names[6..], ["serde@1.0.1+build.5", "serde@1.10.0", "serde@1.2.0", "serde_json@1.0.0"]);
    assert_eq!(paths[0], "ab/cd/ABcd/ABcd-0.1.0.crate");
    let first = upstream.http().file(&"ABcd@0.1.0".parse().expect("an id")).expect("a file");
    assert_eq!(hashes[0], format!("{} *{}", romt_types::Digest::of(&first), paths[0]));
}

#[test]
fn row_81_removed_and_published_again() {
    let lists = alike("row_81_removed_and_published_again", |program| {
        let upstream = lab();
        let romt = CrateMirror::of(&upstream, program);
        romt.run(&["init", "pull", "mark"]).succeeds();
        upstream.delete("Abc@1.0.0");
        upstream.delete("serde@1.0.0");
        upstream.publish(FakeCrate::new("a", "1.0.0").edition(2));
        romt.run(&["pull"]).succeeds();
        (romt.list(&[]), romt.list(&["--show-hash"]))
    });
    assert_eq!(lists.0, ["a@1.0.0", "-Abc@1.0.0", "-serde@1.0.0"]);
    assert!(lists.1[0].ends_with(" *1/a/a-1.0.0.crate"), "{lists:?}");
    assert!(lists.1[1].starts_with('-') && lists.1[1].ends_with(" *3/a/Abc/Abc-1.0.0.crate"), "{lists:?}");
}

#[test]
fn row_82_a_removal_beside_a_similar_addition() {
    let upstream = lab();
    let romt = CrateMirror::of(&upstream, &RomtProgram::ours());
    romt.run(&["init", "pull", "download", "mark"]).succeeds();
    upstream.replace("serde_json@1.0.0", FakeCrate::new("serde_jsom", "1.0.0").depends_on("serde", "1"));
    romt.run(&["pull"]).succeeds();
    assert_eq!(romt.list(&[]), ["serde_jsom@1.0.0", "-serde_json@1.0.0"]);
    romt.run(&["prune"]).succeeds();
    assert!(!romt.path("crates/se/rd/serde_json").exists());
}

#[test]
fn row_83_a_yank_is_no_change() {
    let list = alike("row_83_a_yank_is_no_change", |program| {
        let upstream = lab();
        let romt = CrateMirror::of(&upstream, program);
        romt.run(&["init", "pull", "mark"]).succeeds();
        upstream.set_yanked("serde@1.0.0", true);
        romt.run(&["pull"]).succeeds();
        assert_eq!(romt.index().tree("working"), upstream.tree());
        romt.list(&[])
    });
    assert_eq!(list, [""; 0]);
}

#[test]
fn row_84_the_last_of_two_lines_counts() {
    let upstream = lab();
    let line = upstream.http().lines("a").concat();
    let other = FakeCrate::new("a", "1.0.0").edition(2).pack();
    upstream.append_line("a", &other.line());
    assert_ne!(line, other.line());
    let list = alike("row_84_the_last_of_two_lines_counts", |program| {
        let romt = CrateMirror::of(&upstream, program);
        romt.run(&["init", "pull"]).succeeds();
        romt.list(&["--show-hash", "--filter", "a"])
    });
    assert_eq!(list, [format!("{} *1/a/a-1.0.0.crate", other.digest())]);
}

#[test]
fn row_85_ranges() {
    let upstream = lab();
    let lists = alike("row_85_ranges", |program| {
        let romt = CrateMirror::of(&upstream, program);
        romt.run(&["init", "pull"]).succeeds();
        romt.run(&["--end", "HEAD~2", "mark"]).succeeds();
        let ranges: [&[&str]; 8] = [
            &[],
            &["--start", "0"],
            &["--start="],
            &["--start", "HEAD~1"],
            &["--start", "HEAD", "--end", "HEAD~1"],
            &["--start", "mark", "--end", "HEAD^"],
            &["--start", "0", "--end", "mark~3"],
            &["--start", "HEAD"],
        ];
        ranges.map(|range| romt.list(range))
    });
    let last_two = ["serde@1.0.1+build.5", "serde_json@1.0.0"];
    assert_eq!(lists[0], last_two);
    assert_eq!(lists[1], LAB);
    assert_eq!(lists[2], last_two, "an empty START is none");
    assert_eq!(lists[3], ["serde_json@1.0.0"]);
    assert_eq!(lists[4], ["-serde_json@1.0.0"]);
    assert_eq!(lists[5], ["serde@1.0.1+build.5"]);
    assert_eq!(lists[6], ["Abc@1.0.0", "a@1.0.0", "ab@1.0.0"]);
    assert_eq!(lists[7], [""; 0]);
}

#[test]
fn row_85_history_does_not_matter() {
    let lists = alike("row_85_history_does_not_matter", |program| {
        let upstream = lab();
        let romt = CrateMirror::of(&upstream, program);
        romt.run(&["init", "pull", "mark"]).succeeds();
        upstream.publish(FakeCrate::new("before", "1.0.0"));
        upstream.squash();
        upstream.delete("a@1.0.0");
        romt.run(&["pull"]).succeeds();
        [romt.list(&[]), romt.list(&["--start", "HEAD", "--end", "mark"])]
    });
    assert_eq!(lists, [["before@1.0.0", "-a@1.0.0"], ["a@1.0.0", "-before@1.0.0"]]);
}

#[test]
fn row_86_a_missing_start() {
    let upstream = lab();
    let list = alike("row_86_a_missing_start", |program| {
        let romt = CrateMirror::of(&upstream, program);
        romt.run(&["init", "pull"]).succeeds();
        let outcome = romt.run(&["--start", "nosuch", "list"]).exits_with(1).mentions("nosuch");
        assert!(!outcome.stdout.contains('@'), "{outcome}");
        romt.run(&["--end", "nosuch", "--allow-missing-start", "list"]).exits_with(1).mentions("nosuch");
        // Without a START it is `mark`, which need not be there.
        assert_eq!(romt.list(&[]), LAB);
        romt.list(&["--start", "nosuch", "--allow-missing-start"])
    });
    assert_eq!(list, LAB);
}

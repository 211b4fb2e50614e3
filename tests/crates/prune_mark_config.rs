//! Removing, marking, configuring, and the verbs that stand for several.

use romt_testkit::scenario::{LAB_FILES, lab};
use romt_testkit::{CrateMirror, FakeCrate, Outcome, RomtProgram};
use romt_tests::alike;

#[test]
fn row_101_prune() {
    let paths = alike("row_101_prune", |program| {
        let upstream = lab();
        let romt = CrateMirror::of(&upstream, program);
        romt.run(&["init", "update"]).succeeds();
        for id in ["Abc@1.0.0", "ABcd@0.1.0", "ab@1.0.0"] {
            upstream.delete(id);
        }
        std::fs::remove_file(romt.path("crates/2/ab/ab-1.0.0.crate")).expect("a crate");
        romt.write("crates/3/a/note", "not romt's");
        romt.run(&["pull"]).succeeds();
        romt.run(&["--filter", "serde", "prune"]).succeeds();
        assert_eq!(romt.crate_paths().len(), 8, "what the filter leaves out stays");
        romt.run(&["prune"]).succeeds();
        assert!(!romt.path("crates/3/a/Abc").exists(), "empty folders go");
        romt.run(&["prune", "mark", "prune"]).succeeds();
        romt.crate_paths()
    });
    let gone = ["2/ab/ab-1.0.0.crate", "3/a/Abc/Abc-1.0.0.crate", "ab/cd/ABcd/ABcd-0.1.0.crate"];
    let mut expected = LAB_FILES.to_vec();
    expected.retain(|path| !gone.contains(path));
    expected.insert(1, "3/a/note");
    assert_eq!(paths, expected);
}

#[test]
fn row_102_mark() {
    alike("row_102_mark", |program| {
        let upstream = lab();
        let romt = CrateMirror::of(&upstream, program);
        romt.run(&["init", "pull", "mark"]).succeeds();
        let index = romt.index();
        let tips = |names: [&str; 3]| names.map(|name| index.revision(&format!("refs/heads/{name}")));
        assert_eq!(tips(["working", "mark", "master"]), [(); 3].map(|()| Some(upstream.tip())));
        let before = upstream.tip();
        upstream.publish(FakeCrate::new("later", "1.0.0"));
        romt.run(&["pull", "--end", "HEAD^"]).succeeds();
        romt.run(&["--end", "HEAD^", "mark"]).succeeds();
        assert_eq!(tips(["working", "mark", "master"]), [Some(upstream.tip()), Some(before.clone()), Some(before)]);
        romt.run(&["--end", "nosuch", "mark"]).exits_with(1);
    });
}

#[test]
fn row_102_mark_refuses_the_current_branch() {
    alike("row_102_mark_refuses_the_current_branch", |program| {
        let upstream = lab();
        let romt = CrateMirror::of(&upstream, program);
        romt.run(&["init", "pull", "mark"]).succeeds();
        let head = romt.index().revision("mark");
        romt.index().set_head("refs/heads/master");
        romt.run(&["--end", "HEAD^", "mark"]).succeeds().mentions("master");
        assert_eq!(romt.index().revision("refs/heads/master"), head);
        assert_eq!(romt.index().revision("mark"), romt.index().revision("master^"));
    });
}

#[test]
fn row_103_config() {
    let (first, second) = alike("row_103_config", |program| {
        let upstream = lab();
        let romt = CrateMirror::of(&upstream, program);
        romt.run(&["init", "pull"]).succeeds();
        romt.run(&["--server-url", "https://h/x", "config"]).succeeds();
        let index = romt.index();
        let file = || index.file("working", "config.json").expect("config.json");
        let first = file();
        let tip = index.revision("working");
        assert_eq!([index.revision("mark"), index.revision("refs/heads/master")], [tip.clone(), tip.clone()]);
        assert_eq!(
            (index.message("working").trim(), index.revision("working^")),
            ("Apply config.json adjustments", Some(upstream.tip()))
        );
        romt.run(&["--server-url", "https://h/x/", "config"]).succeeds();
        assert_eq!(index.revision("working"), tip, "nothing was to be changed");
        romt.run(&["config"]).succeeds();
        assert_eq!(index.revision("working^"), tip);
        (first, file())
    });
    let expected = |base: &str| {
        let crates = format!("{base}crates/{{crate}}/{{crate}}-{{version}}.crate");
        format!("{{\n    \"dl\": \"{crates}\",\n    \"api\": \"{base}\"\n}}\n")
    };
    assert_eq!((first, second), (expected("https://h/x/"), expected("http://localhost:8000/")));
}

#[test]
fn row_103_config_before_the_first_pull() {
    alike("row_103_config_before_the_first_pull", |program| {
        let upstream = lab();
        let romt = CrateMirror::of(&upstream, program);
        romt.run(&["--server-url", "https://h/", "init", "config"]).succeeds();
        let config = romt.index().file("master", "config.json").expect("config.json");
        romt.run(&["pull"]).succeeds();
        assert_eq!(romt.index().file("working", "config.json"), Some(config));
        assert_eq!(romt.index().paths("working").len(), 7, "config.json and six crates");
        romt.run(&["update"]).succeeds();
    });
}

#[test]
fn row_104_the_configuration_survives() {
    for identity in [false, true] {
        alike("row_104_the_configuration_survives", |program| {
            let upstream = lab();
            let mut romt = CrateMirror::of(&upstream, program);
            if identity {
                for name in ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"] {
                    romt.set(name, "somebody@localhost");
                }
            }
            romt.run(&["--server-url", "https://h/", "init", "pull", "config", "download"]).succeeds();
            let config = romt.index().file("working", "config.json");
            let keeps = |what: &str, expected: &[&str]| {
                romt.run(&["pull"]).succeeds();
                assert_eq!(romt.index().file("working", "config.json"), config, "after {what}");
                assert_eq!(romt.list(&[]), expected, "after {what}");
            };
            upstream.publish(FakeCrate::new("more", "1.0.0"));
            keeps("an addition", &["more@1.0.0"]);
            upstream.edit_config("{\"dl\": \"elsewhere\"}\n");
            keeps("a conflict", &["more@1.0.0"]);
            upstream.squash();
            upstream.publish(FakeCrate::new("most", "1.0.0"));
            keeps("a squash", &["more@1.0.0", "most@1.0.0"]);
            keeps("nothing", &["more@1.0.0", "most@1.0.0"]);
        });
    }
}

#[test]
fn row_105_without_an_identity() {
    alike("row_105_without_an_identity", |program| {
        let upstream = lab();
        let mut romt = CrateMirror::of(&upstream, program);
        let empty = romt.path("nobody");
        std::fs::create_dir(&empty).expect("a folder");
        romt.set("HOME", &empty.display().to_string());
        romt.run(&["--server-url", "https://h/", "init", "pull", "config"]).succeeds();
        upstream.publish(FakeCrate::new("more", "1.0.0"));
        romt.run(&["pull", "mark"]).succeeds();
        assert_eq!(romt.index().file("master", "mo/re/more"), Some(upstream.http().lines("more").concat() + "\n"));
        assert!(romt.index().file("master", "config.json").is_some_and(|file| file.contains("https://h/")));
    });
}

/// The steps that a session tells of, in order: lines that are a verb and dots.
fn steps(outcome: &Outcome) -> Vec<String> {
    let verbs =
        ["pull", "prune", "download", "pack", "mark", "unpack", "verify", "update", "export", "import", "init-import"];
    let lines = outcome.stdout.lines().chain(outcome.stderr.lines());
    let words = lines.filter(|line| line.ends_with("...") || line.ends_with('…'));
    let words = words.map(|line| line.trim_end_matches(['.', '…']).trim().to_owned());
    words.filter(|word| verbs.contains(&word.as_str())).collect()
}

#[test]
fn row_106_aliases() {
    let upstream = lab();
    let said = alike("row_106_aliases", |program| {
        let exporter = CrateMirror::of(&upstream, program);
        exporter.run(&["init"]).succeeds();
        let export = exporter.run(&["export"]).succeeds();
        let update = exporter.run(&["update"]).succeeds();
        let importer = CrateMirror::importer(program);
        importer.run(&["init-import"]).succeeds();
        importer.take_archive_of(&exporter);
        let import = importer.run(&["import", "-v"]).succeeds().mentions("serde-1.0.0.crate");
        assert_eq!(importer.crates(), exporter.crates());
        assert_eq!(importer.index().tree("master"), upstream.tree());
        [update, export, import].map(|outcome| steps(&outcome).join(" "))
    });
    assert_eq!(
        said,
        [
            "update pull prune download mark",
            "export pull prune download pack mark",
            "import unpack pull prune verify mark",
        ]
    );
}

#[test]
fn pruning_and_marking_talk_of_what_is_done_when_asked_to() {
    let upstream = lab();
    let romt = CrateMirror::of(&upstream, &RomtProgram::ours());
    romt.run(&["init", "update"]).succeeds();
    upstream.delete("Abc@1.0.0");
    romt.run(&["-v", "pull", "prune"]).succeeds().says("Abc-1.0.0.crate");
    romt.run(&["-q", "mark"]).succeeds().never_says("mark");
}

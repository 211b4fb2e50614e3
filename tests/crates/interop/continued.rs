//! One goes on where the other stopped.

use romt_testkit::scenario::lab;
use romt_testkit::{CrateMirror, FakeCrate, GitUpstream, RomtProgram};
use romt_tests::python_romt;

/// Everything about a mirror of `upstream` is as it should be after an update.
fn assert_current(romt: &CrateMirror, upstream: &GitUpstream) {
    let index = romt.index();
    for branch in ["working", "master", "mark", "origin_master"] {
        assert_eq!(index.tree(branch), upstream.tree(), "{branch}");
    }
    let mut listed = romt.list(&["--start", "0", "--show-path"]);
    listed.sort();
    let mut files = romt.crate_paths();
    files.sort();
    assert_eq!(files, listed);
    romt.run(&["--start", "0", "verify"]).succeeds();
}

/// The work tree holds what `working` holds.
fn assert_work_tree_follows(romt: &CrateMirror) {
    let mut files: Vec<String> = romt.files_below("git/crates.io-index").into_keys().collect();
    files.retain(|path| !path.starts_with(".git/") && path != "origin.bundle" && !path.starts_with(".romt/"));
    assert_eq!(files, romt.index().paths("working"));
    let mut git = std::process::Command::new("git");
    git.args(["status", "--porcelain", "--untracked-files=no"]).current_dir(romt.path("git/crates.io-index"));
    let status = romt_testkit::Process::spawn(git).wait().succeeds();
    assert_eq!(status.stdout, "", "git sees no change in it");
}

#[test]
fn a_mirror_of_pythons_is_continued_by_ours_and_by_pythons_again() {
    let Some(python) = python_romt("a_mirror_of_pythons_is_continued_by_ours_and_by_pythons_again") else { return };
    let ours = RomtProgram::ours();
    let upstream = lab();
    let mut romt = CrateMirror::of(&upstream, &python);
    romt.run(&["init", "update"]).succeeds();
    assert_current(&romt, &upstream);
    for (round, program) in [&ours, &python, &ours, &ours, &python].into_iter().enumerate() {
        romt.continue_with(program);
        match round {
            1 => upstream.squash(),
            2 => upstream.delete("Abc@1.0.0"),
            3 => upstream.set_yanked("serde@1.0.0", true),
            _ => drop(upstream.publish(FakeCrate::new("a", "1.0.0").edition(2))),
        }
        upstream.publish(FakeCrate::new("round", &format!("1.0.{round}")));
        romt.run(&["update"]).succeeds();
        assert_current(&romt, &upstream);
        assert_work_tree_follows(&romt);
        assert!(!romt.index().is_bare());
    }
}

#[test]
fn a_configured_mirror_of_pythons_keeps_its_configuration() {
    let Some(python) = python_romt("a_configured_mirror_of_pythons_keeps_its_configuration") else { return };
    let upstream = lab();
    let mut romt = CrateMirror::of(&upstream, &python);
    romt.run(&["--server-url", "https://h/", "init", "config", "update"]).succeeds();
    let config = romt.index().file("working", "config.json");
    for program in [RomtProgram::ours(), python] {
        romt.continue_with(&program);
        upstream.edit_config(&format!("{{\"dl\": \"python: {}\"}}\n", program.is_python()));
        upstream.publish(FakeCrate::new("more", if program.is_python() { "1.0.0" } else { "2.0.0" }));
        romt.run(&["update"]).succeeds();
        assert_eq!(romt.index().file("master", "config.json"), config);
        assert_work_tree_follows(&romt);
        romt.run(&["--start", "0", "verify"]).succeeds();
    }
    romt.continue_with(&RomtProgram::ours());
    romt.run(&["--server-url", "https://new/", "config"]).succeeds();
    assert_work_tree_follows(&romt);
    assert!(romt.read("git/crates.io-index/config.json").contains("https://new/"));
}

#[test]
fn importers_take_turns() {
    let Some(python) = python_romt("importers_take_turns") else { return };
    let ours = RomtProgram::ours();
    let upstream = lab();
    let mut exporter = CrateMirror::of(&upstream, &python);
    let mut importer = CrateMirror::importer(&python);
    exporter.run(&["init"]).succeeds();
    importer.run(&["init-import"]).succeeds();
    for (round, (from, to)) in
        [(&python, &python), (&ours, &ours), (&python, &ours), (&ours, &python)].iter().enumerate()
    {
        exporter.continue_with(from);
        importer.continue_with(to);
        upstream.publish(FakeCrate::new("round", &format!("1.0.{round}")));
        if round == 2 {
            upstream.delete("Abc@1.0.0");
        }
        exporter.run(&["export"]).succeeds();
        importer.take_archive_of(&exporter);
        importer.run(&["import"]).succeeds();
        assert_eq!(importer.crates(), exporter.crates(), "round {round}");
        assert_eq!(importer.index().tree("master"), upstream.tree(), "round {round}");
        assert_work_tree_follows(&importer);
        assert_work_tree_follows(&exporter);
    }
}

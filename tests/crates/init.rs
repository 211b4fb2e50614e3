//! Making a mirror, and going on with one that is there.

use std::process::Command;

use romt_testkit::scenario::{LAB_FILES, lab};
use romt_testkit::{CrateMirror, FakeCrate, GitUpstream, IndexState, Process, RomtProgram};
use romt_tests::alike;

const NOWHERE: &str = "http://127.0.0.1:1/git/crates.io-index";

/// What git is told about the origin.
fn origin(index: &IndexState) -> Vec<String> {
    let names = ["remote.origin.url", "remote.origin.fetch", "branch.working.remote", "branch.working.merge"];
    names.iter().flat_map(|name| index.setting(name)).collect()
}

#[test]
fn row_75_init() {
    let (config, origin) = alike("row_75_init", |program| {
        let mut romt = CrateMirror::importer(program);
        romt.use_upstream(NOWHERE, NOWHERE);
        romt.run(&["init"]).succeeds();
        let index = romt.index();
        assert_eq!((index.head(), index.branches()), ("refs/heads/working".to_owned(), Vec::new()));
        assert_eq!(index.is_bare(), !romt.is_python());
        let config: toml::Table = romt.read("crates/config.toml").parse().expect("TOML");
        (config, origin(&index))
    });
    assert_eq!(config, toml::from_str("prefix = \"lower\"\narchive_prefix = \"lower\"").expect("TOML"));
    assert_eq!(origin, [NOWHERE, "+refs/heads/*:refs/remotes/origin/*", "origin", "refs/heads/master"]);
}

#[test]
fn row_75_init_import() {
    let origin = alike("row_75_init_import", |program| {
        let romt = CrateMirror::importer(program);
        romt.run(&["init-import"]).succeeds();
        let folder = romt.folder().display().to_string();
        assert_eq!(romt.index().head(), "refs/heads/working");
        let origin = origin(&romt.index());
        origin.iter().map(|line| line.replace(&folder, "…")).collect::<Vec<_>>()
    });
    let fetch = ["+refs/heads/*:refs/remotes/origin/*", "+refs/heads/bundle/*:refs/remotes/origin/*"];
    assert_eq!(origin[..3], ["…/git/crates.io-index/origin.bundle", fetch[0], fetch[1]]);
}

#[test]
fn row_76_init_twice() {
    alike("row_76_init_twice", |program| {
        let mut romt = CrateMirror::importer(program);
        romt.use_upstream(NOWHERE, NOWHERE);
        romt.run(&["init"]).succeeds();
        let before = romt.everything();
        romt.run(&["init"]).exits_with(1).mentions("already exists");
        romt.run(&["init-import"]).exits_with(1).mentions("already exists");
        romt.run(&["--index", "other", "init"]).exits_with(1).mentions("already exists");
        assert_eq!(romt.everything(), before);
    });
}

#[test]
fn row_77_a_relative_address_is_made_absolute() {
    alike("row_77_a_relative_address_is_made_absolute", |program| {
        let mut romt = CrateMirror::importer(program);
        romt.use_upstream("../up/git/crates.io-index", NOWHERE);
        romt.run(&["init"]).succeeds();
        let url = romt.folder().parent().expect("a parent").join("up/git/crates.io-index");
        assert_eq!(romt.index().setting("remote.origin.url"), [url.display().to_string()]);
    });
}

#[test]
fn row_78_an_address_as_ssh_has_it_is_kept() {
    for url in ["git@host.example:some/path", "host.example:path", "ssh://git@host.example/path"] {
        let mut romt = CrateMirror::importer(&RomtProgram::ours());
        romt.use_upstream(url, NOWHERE);
        romt.run(&["init"]).succeeds();
        assert_eq!(romt.index().setting("remote.origin.url"), [url]);
    }
}

/// Makes the index by hand, as a clone of upstream on the branch `master`.
fn clone(upstream: &GitUpstream, romt: &CrateMirror) {
    let mut git = Command::new("git");
    git.args(["clone", "--quiet"]).arg(upstream.index()).arg(romt.path("git/crates.io-index"));
    Process::spawn(git).wait().succeeds();
}

#[test]
fn row_119_a_root_without_a_configuration() {
    let upstream = lab();
    let paths = alike("row_119_a_root_without_a_configuration", |program| {
        let [mixed, lower] = ["AB/cd/ABcd/ABcd-0.1.0.crate", "ab/cd/ABcd/ABcd-0.1.0.crate"].map(|first| {
            let romt = CrateMirror::of(&upstream, program);
            clone(&upstream, &romt);
            romt.write(&format!("crates/{first}"), "to be replaced");
            romt.run(&["pull", "download", "pack"]).succeeds();
            assert!(!romt.path("crates/config.toml").exists());
            (romt.archive().format(), romt.crate_paths())
        });
        (mixed, lower)
    });
    assert_eq!(paths.1, ("2\n".to_owned(), LAB_FILES.map(str::to_owned).to_vec()));
    assert_eq!(paths.0.0, "1\n");
    assert!(paths.0.1.contains(&"3/A/Abc/Abc-1.0.0.crate".to_owned()), "{:?}", paths.0.1);
}

#[test]
fn row_120_an_old_clone_on_master_is_continued() {
    let upstream = lab();
    let branches = alike("row_120_an_old_clone_on_master_is_continued", |program| {
        let romt = CrateMirror::of(&upstream, program);
        clone(&upstream, &romt);
        romt.write("crates/config.toml", "prefix = \"lower\"\n");
        upstream.publish(FakeCrate::new("later", "1.0.0"));
        romt.run(&["pull", "mark"]).succeeds();
        let index = romt.index();
        assert_eq!(index.head(), "refs/heads/working");
        assert_eq!(index.tree("working"), upstream.tree());
        assert_eq!(index.revision("master"), index.revision("working"));
        let file = romt.read("git/crates.io-index/la/te/later");
        assert_eq!(file, upstream.http().lines("later").join("\n") + "\n", "the work tree follows");
        upstream.delete("later@1.0.0");
        romt.run(&["pull"]).succeeds();
        assert!(!romt.path("git/crates.io-index/la/te/later").exists());
        index.branches()
    });
    assert_eq!(
        branches,
        ["heads/mark", "heads/master", "heads/origin_master", "heads/working", "remotes/origin/master"]
    );
}

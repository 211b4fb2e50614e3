//! Killed at any point, and run again.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use romt_testkit::scenario::lab;
use romt_testkit::{CrateMirror, FakeCrate, GitUpstream, Mischief, Place, RomtProgram};
use romt_tests::Chance;
use romt_types::Digest;

const KILLS: usize = 20;

/// An upstream with some more crates than the lab has.
fn upstream() -> GitUpstream {
    let upstream = lab();
    let padding = |n: usize| if n.is_multiple_of(10) { 400_000 } else { 500 + n * 370 };
    upstream.publish_all((0..30).map(|n| FakeCrate::new(&format!("member-{n:02}"), "1.0.0").padding(padding(n))));
    upstream
}

/// What can be seen of a mirror.
#[derive(Debug, PartialEq)]
struct Shown {
    crates: BTreeMap<String, Digest>,
    /// Branches and their commits.
    branches: BTreeMap<String, Option<String>>,
    /// The paths of all files but those that are git's own.
    files: Vec<String>,
}

fn shown(romt: &CrateMirror) -> Shown {
    let index = romt.index();
    let branches = index.branches().into_iter().map(|branch| {
        let commit = index.revision(&format!("refs/{branch}"));
        (branch, commit)
    });
    let mut files: Vec<String> = romt.everything().into_keys().collect();
    // How git keeps its objects, and whether a branch has a file of its own, is git's.
    files.retain(|path| !path.starts_with("git/") || path.ends_with(".bundle") || path.ends_with(".lock"));
    Shown { crates: romt.crates(), branches: branches.collect(), files }
}

fn changed_upstream(upstream: &GitUpstream) {
    upstream.publish(FakeCrate::new("serde", "1.0.0").edition(2));
    upstream.delete("Abc@1.0.0");
    upstream.publish_all((0..10).map(|n| FakeCrate::new(&format!("later-{n}"), "1.0.0").padding(5_000)));
}

/// What an archive says, whatever way its bundle is packed.
#[derive(Debug, PartialEq)]
struct Content {
    names: Vec<String>,
    crates: BTreeMap<String, Digest>,
    bundle: Vec<String>,
}

fn content(romt: &CrateMirror) -> Content {
    let archive = romt.archive();
    let names = archive.names().iter().map(|&name| name.to_owned()).collect();
    Content { names, crates: archive.crates(), bundle: archive.bundle_header() }
}

#[test]
fn row_138_exports() {
    let mut chance = Chance::new("row_138_exports");
    let upstream = upstream();
    let ours = RomtProgram::ours();
    let fresh = || {
        let romt = CrateMirror::over_http(&upstream, &ours);
        romt.run(&["init"]).succeeds();
        romt
    };
    let undisturbed = fresh();
    let took = undisturbed.run(&["export"]).succeeds().took;
    let (state, archive) = (shown(&undisturbed), content(&undisturbed));
    for kill in 0..KILLS {
        let romt = fresh();
        let process = romt.spawn(&["export"]);
        let after = chance.time_below(took);
        std::thread::sleep(after);
        process.kill();
        for (path, digest) in romt.crates().iter().filter(|(path, _)| path.ends_with(".crate")) {
            assert_eq!(Some(digest), state.crates.get(path), "{path} is bad under its final name");
        }
        romt.run(&["export"]).succeeds();
        assert_eq!(shown(&romt), state, "after kill {kill}, {after:?} after the start");
        assert_eq!(content(&romt), archive, "after kill {kill}, {after:?} after the start");
        assert_eq!(romt.leftovers(), [""; 0], "after kill {kill}, {after:?} after the start");
    }
}

#[test]
fn row_138_later_exports() {
    let mut chance = Chance::new("row_138_later_exports");
    let upstream = upstream();
    let first = CrateMirror::over_http(&upstream, &RomtProgram::ours());
    first.run(&["init", "export"]).succeeds();
    changed_upstream(&upstream);
    let undisturbed = first.copied();
    let took = undisturbed.run(&["export"]).succeeds().took;
    let (state, archive) = (shown(&undisturbed), content(&undisturbed));
    for kill in 0..KILLS {
        let romt = first.copied();
        let process = romt.spawn(&["export"]);
        let after = chance.time_below(took);
        std::thread::sleep(after);
        process.kill();
        let at_once = content(&romt);
        assert!(at_once == archive || at_once == content(&first), "an archive that is neither, after kill {kill}");
        romt.run(&["export"]).succeeds();
        assert_eq!(shown(&romt), state, "after kill {kill}, {after:?} after the start");
        assert_eq!(content(&romt), archive, "after kill {kill}, {after:?} after the start");
        assert_eq!(romt.leftovers(), [""; 0], "after kill {kill}, {after:?} after the start");
    }
}

#[test]
fn row_138_imports() {
    let mut chance = Chance::new("row_138_imports");
    let upstream = upstream();
    let ours = RomtProgram::ours();
    let exporter = CrateMirror::of(&upstream, &ours);
    exporter.run(&["init", "export"]).succeeds();
    let first = fs::read(exporter.path("crates.tar.gz")).expect("an archive");
    changed_upstream(&upstream);
    exporter.run(&["export"]).succeeds();
    let fresh = || {
        let romt = CrateMirror::importer(&ours);
        romt.write("crates.tar.gz", &first);
        romt.run(&["init-import", "import"]).succeeds();
        romt.take_archive_of(&exporter);
        romt
    };
    let undisturbed = fresh();
    let before = undisturbed.crates();
    let took = undisturbed.run(&["import"]).succeeds().took;
    let state = shown(&undisturbed);
    for kill in 0..KILLS {
        let romt = fresh();
        let process = romt.spawn(&["import"]);
        let after = chance.time_below(took);
        std::thread::sleep(after);
        process.kill();
        for (path, digest) in romt.crates().iter().filter(|(path, _)| path.ends_with(".crate")) {
            let known = [before.get(path), state.crates.get(path)];
            assert!(known.contains(&Some(digest)), "{path} is bad under its final name");
        }
        romt.run(&["import"]).succeeds();
        assert_eq!(shown(&romt), state, "after kill {kill}, {after:?} after the start");
        assert_eq!(romt.leftovers(), [""; 0], "after kill {kill}, {after:?} after the start");
    }
}

#[test]
fn row_138_the_old_archive_or_the_new_one() {
    let mut chance = Chance::new("row_138_the_old_archive_or_the_new_one");
    let upstream = upstream();
    let romt = CrateMirror::of(&upstream, &RomtProgram::ours());
    romt.run(&["init", "export"]).succeeds();
    let old = content(&romt);
    changed_upstream(&upstream);
    romt.run(&["pull", "prune", "download"]).succeeds();
    let took = romt.run(&["--archive", "new.tar.gz", "pack"]).succeeds().took;
    for _ in 0..8 {
        let process = romt.spawn(&["--start", "0", "pack"]);
        std::thread::sleep(chance.time_below(took.max(Duration::from_millis(200))));
        process.kill();
        let now = content(&romt);
        assert!(now == old || now.crates.len() == romt.crates().len(), "{:?}", now.names);
    }
    romt.run(&["--start", "0", "pack"]).succeeds();
    assert_eq!(content(&romt).crates.len(), romt.crates().len());
    assert_eq!(romt.leftovers(), [""; 0]);
}

#[test]
fn row_137_nothing_is_published_before_it_is_there() {
    let upstream = upstream();
    let romt = CrateMirror::over_http(&upstream, &RomtProgram::ours());
    romt.run(&["init", "update"]).succeeds();
    let published = romt.index().tree("master");
    changed_upstream(&upstream);
    upstream.http().forget_requests();
    upstream.http().misbehave(Place::download("later-3@1.0.0"), Mischief::Hold);
    let process = romt.spawn(&["update"]);
    // All are asked for; one is not answered.
    upstream.http().wait_for_downloads(11);
    assert_eq!(romt.index().tree("master"), published);
    assert_eq!(romt.index().tree("mark"), published);
    let listed = romt.list(&["--start", "0", "--end", "master", "--show-path"]);
    let (there, gone): (Vec<_>, Vec<_>) = listed.iter().partition(|path| romt.path("crates").join(path).is_file());
    // A version that upstream removed is pruned before the index that lacks it is published, as Python romt does it.
    assert_eq!(gone, ["3/a/Abc/Abc-1.0.0.crate"]);
    assert_eq!(there.len(), 37);
    upstream.http().behave();
    process.wait().succeeds();
    assert_eq!(romt.index().tree("master"), upstream.tree());
    romt.run(&["--start", "0", "--end", "master", "verify"]).succeeds();
}

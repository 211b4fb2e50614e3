//! A sparse index as upstream: only what is named is pulled, and from there on everything is as with git.

use romt_testkit::{CrateMirror, FakeCrate, Mischief, Place, RomtProgram, Upstream, scenario};

/// A mirror of the sparse index of `upstream`.
fn of(upstream: &Upstream) -> CrateMirror {
    let mut romt = CrateMirror::importer(&RomtProgram::ours());
    let crates = format!("{}/dl/{{crate}}/{{version}}/download", upstream.base_url());
    romt.use_upstream(&upstream.index_url(), &crates);
    romt.run(&["init"]).succeeds();
    romt
}

fn registry() -> Upstream {
    let upstream = Upstream::start();
    for (name, version) in [("one", "1.0.0"), ("one", "1.1.0"), ("one", "2.0.0"), ("two", "0.1.0"), ("three", "0.1.0")]
    {
        upstream.publish(FakeCrate::new(name, version));
    }
    upstream
}

#[test]
fn crates_are_named_by_filters() {
    let upstream = registry();
    let romt = of(&upstream);
    romt.run(&["--filter", "one@1.*, Two", "update"]).succeeds();
    assert_eq!(romt.list(&["--start", "0"]), ["one@1.0.0", "one@1.1.0", "two@0.1.0"]);
    assert_eq!(romt.crate_paths().len(), 3);
    let asked: Vec<_> = upstream.index_requests().iter().map(|request| request.path.clone()).collect();
    assert!(!asked.iter().any(|path| path.contains("three")), "{asked:?}");

    // What was pulled stays, and follows upstream: a yank, a removal, another version of what is wanted.
    upstream.set_yanked("one@1.0.0", true);
    upstream.delete("two@0.1.0");
    upstream.publish(FakeCrate::new("one", "1.2.0"));
    romt.run(&["--filter", "one@1.2.*", "update"]).succeeds();
    assert_eq!(romt.list(&["--start", "0"]), ["one@1.0.0", "one@1.1.0", "one@1.2.0"]);
    assert_eq!(romt.crate_paths().len(), 4, "the filter does not choose what was removed");
    romt.run(&["prune"]).succeeds();
    assert_eq!(romt.crate_paths().len(), 3);
    assert!(romt.index().file("master", "3/o/one").is_some_and(|file| file.contains("\"yanked\":true")));
}

#[test]
fn a_selection_brings_what_it_depends_on() {
    let upstream = Upstream::start();
    scenario::family(&upstream);
    let romt = of(&upstream);
    romt.run(&["--crate", "parent@1.1", "update"]).succeeds();
    let listed = romt.list(&["--start", "0"]);
    assert!(listed.contains(&"parent@1.1.0".to_owned()) && listed.contains(&"child@1.2.0".to_owned()), "{listed:?}");
    assert!(!listed.iter().any(|id| id.starts_with("only-for-tests")), "{listed:?}");
    assert_eq!(romt.crate_paths().len(), listed.len());
    romt.run(&["--start", "0", "verify"]).succeeds();
}

#[test]
fn what_was_pulled_crosses_the_gap() {
    let upstream = registry();
    let exporter = of(&upstream);
    exporter.run(&["--filter", "one", "export"]).succeeds();
    for program in [Some(RomtProgram::ours()), RomtProgram::python()].into_iter().flatten() {
        let importer = CrateMirror::importer(&program);
        importer.run(&["init-import"]).succeeds();
        importer.take_archive_of(&exporter);
        importer.run(&["import"]).succeeds();
        assert_eq!(importer.crates(), exporter.crates());
        assert_eq!(importer.index().tree("master"), exporter.index().tree("master"));
    }
}

#[test]
fn somebody_must_name_the_crates() {
    let upstream = registry();
    let romt = of(&upstream);
    romt.run(&["pull"]).exits_with(1).says("nothing is selected").says("--lockfile");
    romt.run(&["--filter", "o*", "pull"]).exits_with(1).says("cannot be searched");
    romt.run(&["--filter", "nosuch one", "pull"]).exits_with(1).says("nosuch");
    romt.run(&["--filter", "nosuch one", "--keep-going", "pull"]).succeeds();
    assert_eq!(romt.list(&["--start", "0"]).len(), 3, "what there is was pulled");
}

#[test]
fn what_cannot_be_had_changes_nothing() {
    let upstream = registry();
    let romt = of(&upstream);
    romt.run(&["--filter", "one two", "update"]).succeeds();
    upstream.publish(FakeCrate::new("two", "0.2.0"));
    upstream.misbehave(Place::index_file("one"), Mischief::Status(500));
    romt.run(&["--filter", "one two", "pull"]).exits_with(1).says("one");
    assert_eq!(romt.list(&["--start", "0"]).len(), 5, "the lines of `one` stay, `two` is new");
    upstream.behave();
    romt.run(&["--filter", "one two", "update"]).succeeds();
    assert_eq!(romt.crate_paths().len(), 5);
}

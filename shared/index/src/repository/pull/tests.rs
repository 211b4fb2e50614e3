//! Pulls from an upstream that changes as real ones do.

use std::fs;

use super::*;
use crate::repository::testing::{Upstream, branches, file, git, subjects, ways};
use crate::{IndexError, ObjectWriter, OriginKind, PublishedIndex, Revision, TreeEdits};

fn pull(repository: &IndexRepository) -> Pulled {
    repository.pull(ways()[0].as_ref(), &mut Watch::default()).unwrap()
}

fn fails(repository: &IndexRepository) -> PullError {
    repository.pull(ways()[0].as_ref(), &mut Watch::default()).unwrap_err()
}

const ADJUSTED: &str = "Apply config.json adjustments";

#[test]
fn row_79_a_first_pull_makes_these_branches_and_no_others() {
    for (turn, way) in ways().iter().enumerate() {
        let upstream = Upstream::new();
        let commit = upstream.commit(&[("se/rd/serde", "1\n"), ("config.json", "{}\n")]);
        let mirror = upstream.mirror(&format!("mirror{turn}"));
        let pulled = mirror.pull(way.as_ref(), &mut Watch::default()).unwrap();
        assert_eq!(pulled, Pulled { merge: Merge::FastForward, config_restored: false, upgraded: false });
        assert_eq!(branches(&mirror), ["heads/origin_master", "heads/working", "remotes/origin/master"]);
        assert_eq!(mirror.branch("working").unwrap().and_then(|revision| revision.commit()), Some(commit));
        assert_eq!(mirror.config_json().unwrap().as_deref(), Some(&b"{}\n"[..]));
        let again = mirror.pull(way.as_ref(), &mut Watch::default()).unwrap();
        assert_eq!(again.merge, Merge::UpToDate);
        let next = upstream.commit(&[("se/rd/serde", "1\n2\n")]);
        assert_eq!(mirror.pull(way.as_ref(), &mut Watch::default()).unwrap().merge, Merge::FastForward);
        assert_eq!(Revision::find(&mirror, "HEAD").unwrap().commit(), Some(next));
        git(mirror.git().path(), &["fsck", "--strict", "--full"]);
    }
}

#[test]
fn rows_104_and_105_our_config_is_merged_with_what_upstream_adds() {
    let upstream = Upstream::new();
    upstream.commit(&[("se/rd/serde", "1\n"), ("config.json", "{}\n")]);
    let mirror = upstream.mirror("mirror");
    pull(&mirror);
    assert!(mirror.commit_config(b"ours\n", "Apply config.json adjustments").unwrap());
    assert!(!mirror.commit_config(b"ours\n", "again").unwrap());
    let theirs = upstream.commit(&[("se/rd/serde", "1\n2\n"), ("1/a", "1\n")]);
    let ours = mirror.branch("working").unwrap().unwrap().commit().unwrap();
    assert_eq!(pull(&mirror).merge, Merge::Merged);
    assert_eq!(subjects(&mirror, "working")[0], "Merge origin/master");
    assert_eq!(git(mirror.git().path(), &["log", "-1", "--format=%P", "working"]), format!("{ours} {theirs}"));
    assert_eq!(file(&mirror, "working", "config.json"), "ours");
    assert_eq!(file(&mirror, "working", "se/rd/serde"), "1\n2");
    assert_eq!(file(&mirror, "working", "1/a"), "1");
    assert_eq!(pull(&mirror).merge, Merge::UpToDate);
    upstream.commit(&[("1/b", "1\n")]);
    assert_eq!(pull(&mirror).merge, Merge::Merged);
    git(mirror.git().path(), &["fsck", "--strict", "--full"]);
}

#[test]
fn row_104_our_config_survives_upstreams_and_a_squash() {
    let upstream = Upstream::new();
    upstream.commit(&[("1/a", "1\n"), ("config.json", "{}\n")]);
    let mirror = upstream.mirror("mirror");
    pull(&mirror);
    mirror.commit_config(b"ours\n", "x").unwrap();
    upstream.commit(&[("config.json", "theirs\n")]);
    let expected = Pulled { merge: Merge::Reconstructed, config_restored: true, upgraded: false };
    assert_eq!(pull(&mirror), expected);
    assert_eq!(subjects(&mirror, "working"), [ADJUSTED, "up", "up"]);
    upstream.squash();
    assert_eq!(pull(&mirror), expected);
    assert_eq!(subjects(&mirror, "working"), [ADJUSTED, "up"]);
    assert_eq!(file(&mirror, "working", "config.json"), "ours");
    assert_eq!(file(&mirror, "origin_master", "config.json"), "theirs");
}

#[test]
fn a_config_may_be_written_before_the_first_pull() {
    let upstream = Upstream::new();
    upstream.commit(&[("1/a", "1\n"), ("config.json", "{}\n")]);
    let mirror = upstream.mirror("mirror");
    assert!(mirror.commit_config(b"ours\n", "first").unwrap());
    assert_eq!(subjects(&mirror, "working"), ["first"]);
    assert_eq!(pull(&mirror), Pulled { merge: Merge::Reconstructed, config_restored: true, upgraded: false });
    assert_eq!(subjects(&mirror, "working"), [ADJUSTED, "up"]);
}

#[test]
fn row_120_an_old_clone_is_put_on_working_and_its_work_tree_follows() {
    for way in ways() {
        a_work_tree_follows(way.as_ref());
    }
}

fn a_work_tree_follows(way: Option<&GitProgram>) {
    let pull = |mirror: &IndexRepository| mirror.pull(way, &mut Watch::default()).unwrap();
    let upstream = Upstream::new();
    upstream.commit(&[("1/a", "1\n"), ("1/gone", "1\n"), ("config.json", "{}\n")]);
    git(&upstream.at(""), &["clone", "--quiet", "up", "mirror"]);
    let tree = upstream.at("mirror");
    fs::write(tree.join("config.json"), "ours\n").unwrap();
    fs::write(tree.join("origin.bundle"), "kept").unwrap();
    // What else was changed by hand there does not stand in the way.
    fs::write(tree.join("1/a"), "by hand").unwrap();
    fs::create_dir_all(tree.join("2/ab")).unwrap();
    fs::write(tree.join("2/ab/x"), "by hand").unwrap();
    let mirror = IndexRepository::open(&tree).unwrap().unwrap();
    fs::remove_file(upstream.path().join("1/gone")).unwrap();
    upstream.commit(&[("1/a", "1\n2\n"), ("2/ab", "1\n")]);
    assert_eq!(pull(&mirror), Pulled { merge: Merge::FastForward, config_restored: true, upgraded: true });
    assert_eq!(mirror.current_branch().unwrap().as_deref(), Some("working"));
    let read = |path| fs::read_to_string(tree.join(path)).unwrap();
    assert_eq!((read("1/a").as_str(), read("2/ab").as_str()), ("1\n2\n", "1\n"));
    assert_eq!((read("config.json").as_str(), read("origin.bundle").as_str()), ("ours\n", "kept"));
    assert!(!tree.join("1/gone").exists());
    assert_eq!(git(&tree, &["status", "--porcelain"]), "?? origin.bundle");
    assert_eq!(subjects(&mirror, "working"), [ADJUSTED, "up", "up"]);
    assert!(mirror.commit_config(b"other\n", "other").unwrap());
    assert_eq!(read("config.json"), "other\n");
    assert_eq!(git(&tree, &["status", "--porcelain"]), "?? origin.bundle");
    // What stands in the work tree counts, committed or not.
    fs::write(tree.join("config.json"), "by hand\n").unwrap();
    assert_eq!(mirror.config_json().unwrap().as_deref(), Some(&b"by hand\n"[..]));
    assert!(mirror.commit_config(b"by hand\n", "by hand").unwrap());
    assert!(!mirror.commit_config(b"by hand\n", "by hand").unwrap());
    assert_eq!(file(&mirror, "working", "config.json"), "by hand");
    upstream.commit(&[("1/b", "1\n")]);
    assert_eq!(pull(&mirror).merge, Merge::Merged);
    assert_eq!(git(&tree, &["status", "--porcelain"]), "?? origin.bundle");
}

/// As Python romt's `init` makes it, with its `config` before the first pull.
#[test]
fn a_work_tree_may_begin_with_a_config() {
    let upstream = Upstream::new();
    upstream.commit(&[("1/a", "1\n"), ("config.json", "{}\n")]);
    let tree = upstream.at("mirror");
    git(&upstream.at(""), &["init", "--quiet", "--initial-branch=working", "mirror"]);
    git(&tree, &["remote", "add", "origin", upstream.path().to_str().unwrap()]);
    let mirror = IndexRepository::open(&tree).unwrap().unwrap();
    assert!(mirror.commit_config(b"ours\n", "first").unwrap());
    assert_eq!(fs::read_to_string(tree.join("config.json")).unwrap(), "ours\n");
    assert_eq!(git(&tree, &["status", "--porcelain"]), "");
    assert_eq!(pull(&mirror), Pulled { merge: Merge::Reconstructed, config_restored: true, upgraded: false });
    assert_eq!(git(&tree, &["status", "--porcelain"]), "");
    assert_eq!(fs::read_to_string(tree.join("config.json")).unwrap(), "ours\n");
    assert_eq!(fs::read_to_string(tree.join("1/a")).unwrap(), "1\n");
}

#[test]
fn a_clone_without_a_commit_is_put_on_working_too() {
    let upstream = Upstream::new();
    git(&upstream.at(""), &["clone", "--quiet", "up", "mirror"]);
    upstream.commit(&[("1/a", "1\n")]);
    let mirror = IndexRepository::open(&upstream.at("mirror")).unwrap().unwrap();
    assert!(pull(&mirror).upgraded);
    assert_eq!(mirror.current_branch().unwrap().as_deref(), Some("working"));
    assert_eq!(fs::read_to_string(upstream.at("mirror/1/a")).unwrap(), "1\n");
}

#[test]
fn what_stands_in_the_way_is_told() {
    let upstream = Upstream::new();
    let mirror = upstream.mirror("mirror");
    let error = fails(&mirror);
    assert!(matches!(error, PullError::NoMaster { .. }), "{error}");
    upstream.commit(&[("1/a", "1\n")]);
    pull(&mirror);
    let nowhere = |text: &str| {
        mirror.set_origin(&OriginUrl::parse(text, &upstream.at("")).unwrap(), OriginKind::Upstream).unwrap();
        fails(&mirror).to_string()
    };
    assert!(nowhere("nosuch").contains("does not appear to be a git repository"));
    assert!(nowhere("sparse+http://127.0.0.1:1/").contains("sparse"));
    assert!(nowhere("nosuch.bundle").contains("nosuch.bundle"));
    let https = OriginUrl::parse("https://127.0.0.1:1/x", &upstream.at("")).unwrap();
    mirror.set_origin(&https, OriginKind::Upstream).unwrap();
    let error = mirror.pull(None, &mut Watch::default()).unwrap_err();
    assert!(matches!(error, PullError::NoGit { .. }), "{error}");
    let bare = IndexRepository::create(&upstream.at("bare")).unwrap();
    assert!(matches!(fails(&bare), PullError::NoOrigin { .. }));
    git(mirror.git().path(), &["update-ref", "--no-deref", "HEAD", "refs/heads/working"]);
    assert!(matches!(fails(&mirror), PullError::Index(IndexError::DetachedHead { .. })));
    let error = mirror.commit_config(b"x", "x").unwrap_err();
    assert!(error.to_string().contains("HEAD is detached"), "{error}");
}

#[test]
fn a_stopped_pull_moves_no_branch() {
    let upstream = Upstream::new();
    upstream.commit(&[("1/a", "1\n")]);
    for (turn, way) in ways().iter().enumerate() {
        let mirror = upstream.mirror(&format!("mirror{turn}"));
        let mut silent = |_: &str| {};
        let stopped = mirror.pull(way.as_ref(), &mut Watch::new(&|| true, &mut silent));
        // A fetch that was done before anybody asked is no failure.
        if let Err(error) = stopped {
            assert!(matches!(error, PullError::Stopped), "{error}");
            assert_eq!(mirror.branch("working").unwrap(), None);
        }
        pull(&mirror);
    }
}

/// What `git` configuration says is not believed: no hook runs, and no program for a transport.
#[test]
fn no_hook_runs() {
    use std::os::unix::fs::PermissionsExt;
    let upstream = Upstream::new();
    upstream.commit(&[("1/a", "1\n")]);
    let mirror = upstream.mirror("mirror");
    let hooks = mirror.git().path().join("hooks");
    fs::create_dir_all(&hooks).unwrap();
    let hook = hooks.join("reference-transaction");
    fs::write(&hook, format!("#!/bin/sh\ntouch '{}'\n", upstream.at("ran").display())).unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    pull(&mirror);
    assert!(!upstream.at("ran").exists());
    git(mirror.git().path(), &["config", "remote.origin.url", &format!("ext::touch {}", upstream.at("ran").display())]);
    let error = fails(&mirror);
    assert!(error.to_string().contains("the origin"), "{error}");
    assert!(!upstream.at("ran").exists());
}

#[test]
fn a_recovery_publishes_nothing_that_was_only_pulled() {
    let upstream = Upstream::new();
    upstream.commit(&[("1/a", "1\n")]);
    upstream.commit(&[("1/b", "1\n")]);
    let mirror = upstream.mirror("mirror");
    pull(&mirror);
    mirror.recover().unwrap();
    assert_eq!(mirror.branch("master").unwrap(), None);
    let marked = Revision::find(&mirror, "HEAD~1").unwrap();
    mirror.move_branch("mark", &marked).unwrap();
    mirror.move_branch("master", &marked).unwrap();
    for torn in ["heads/master", "heads/working", "heads/origin_master", "remotes/origin/master"] {
        fs::write(mirror.git().path().join("refs").join(torn), "").unwrap();
        mirror.recover().unwrap();
        assert_eq!(mirror.branch("master").unwrap(), Some(marked), "{torn}");
        pull(&mirror);
        assert_eq!(mirror.branch("working").unwrap(), mirror.branch("origin_master").unwrap(), "{torn}");
    }
}

#[test]
fn many_packs_become_few_and_nothing_is_lost() {
    let upstream = Upstream::new();
    upstream.commit(&[("1/a", "1\n")]);
    let mirror = upstream.mirror("mirror");
    let count = || {
        let packs = fs::read_dir(mirror.git().path().join("objects/pack")).unwrap();
        packs.filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|e| e == "pack")).count()
    };
    let reader = PublishedIndex::open(mirror.path()).unwrap().unwrap();
    let mut snapshots = Vec::new();
    for round in 0..50 {
        let (mut writer, mut edits) = (ObjectWriter::default(), TreeEdits::default());
        edits.put("1/a".to_owned(), writer.blob(&mirror, format!("{round}").as_bytes()).unwrap());
        // Nothing is published, so no branch names any but the last.
        snapshots.push(mirror.commit(&mut writer, &edits, "test").unwrap());
    }
    reader.file(&snapshots[0], "1/a").unwrap().unwrap();
    assert_eq!(count(), 50);
    pull(&mirror);
    assert!(count() < 10, "{}", count());
    for (round, snapshot) in snapshots.iter().enumerate() {
        assert_eq!(reader.file(snapshot, "1/a").unwrap().unwrap().bytes, format!("{round}").as_bytes());
    }
    git(mirror.git().path(), &["fsck", "--full"]);
}

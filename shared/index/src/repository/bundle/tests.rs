//! Bundles there and back, and bundles that lie.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::*;
use crate::git::Watch;
use crate::repository::testing::{Upstream, branches, command, contents, file, git, ways};
use crate::{CrateFilter, CrateRange, GitProgram, IndexRepository, Merge, Revision, VersionLookup};

fn find(repository: &IndexRepository, revision: &str) -> Revision {
    Revision::find(repository, revision).unwrap()
}

fn write(way: Option<&GitProgram>, from: &IndexRepository, start: &str, end: &str, path: &Path) {
    let (base, end) = (find(from, start), find(from, end));
    from.write_bundle(way, &base, &end, BundleRef::BundleMaster, path, &mut Watch::default()).unwrap();
}

fn receive(way: Option<&GitProgram>, to: &IndexRepository, path: &Path) -> Result<IncomingIndex, BundleError> {
    to.receive_bundle(way, path, &mut Watch::default())
}

fn line(name: &str, version: &str) -> String {
    format!(r#"{{"name":"{name}","vers":"{version}","cksum":"{}"}}"#, "0".repeat(64)) + "\n"
}

/// An upstream with two commits, and a mirror of it that writes bundles.
fn exporter() -> (Upstream, IndexRepository) {
    let upstream = Upstream::new();
    upstream.commit(&[("1/a", &line("a", "1.0.0")), ("config.json", "{}\n")]);
    upstream.commit(&[("1/a", &(line("a", "1.0.0") + &line("a", "2.0.0"))), ("2/ab", &line("ab", "1.0.0"))]);
    let mirror = upstream.mirror("exporter");
    mirror.pull(ways()[0].as_ref(), &mut Watch::default()).unwrap();
    (upstream, mirror)
}

fn packs(repository: &IndexRepository) -> Vec<PathBuf> {
    let folder = repository.git().path().join("objects/pack");
    let packs = contents(&folder).into_keys();
    packs.filter(|path| path.extension().is_some_and(|extension| extension == "pack")).collect()
}

#[test]
fn row_112_a_bundle_is_named_as_python_romt_names_it_and_git_likes_it() {
    let (upstream, mirror) = exporter();
    for way in ways() {
        for (start, prerequisites) in [("0", 0), ("HEAD~1", 1)] {
            let path = upstream.at("x.bundle");
            write(way.as_ref(), &mirror, start, "HEAD", &path);
            let heads = git(mirror.git().path(), &["bundle", "list-heads", path.to_str().unwrap()]);
            let end = find(&mirror, "HEAD").commit().unwrap();
            assert_eq!(heads, format!("{end} refs/heads/bundle/master"));
            git(mirror.git().path(), &["bundle", "verify", path.to_str().unwrap()]);
            assert!(fs::read(&path).unwrap().starts_with(b"# v2 git bundle\n"));
            let header = BundleHeader::read(&path).unwrap();
            assert_eq!(header.prerequisites.len(), prerequisites);
            assert_eq!(header.tip(), Some(end.as_str()));
        }
    }
    assert_eq!(mirror.branch("bundle/master").unwrap(), Some(find(&mirror, "HEAD")));
    mirror.move_branch("master", &find(&mirror, "HEAD")).unwrap();
    let path = upstream.at("m.bundle");
    let (base, end) = (Revision::NOTHING, find(&mirror, "master"));
    mirror.write_bundle(ways()[0].as_ref(), &base, &end, BundleRef::Master, &path, &mut Watch::default()).unwrap();
    assert!(BundleHeader::read(&path).unwrap().refs.iter().all(|(_, name)| name == "refs/heads/master"));
    let elsewhere = find(&mirror, "HEAD~1");
    let refused =
        mirror.write_bundle(None, &base, &elsewhere, BundleRef::Master, &path, &mut Watch::default()).unwrap_err();
    assert!(matches!(refused, BundleError::OtherMaster { .. }));
    assert_eq!(mirror.branch("master").unwrap(), Some(end));
    assert_eq!(fs::read_dir(upstream.at("")).unwrap().count(), 4, "nothing temporary is left");
}

#[test]
fn row_114_where_no_commit_is_new_the_bundle_still_says_where_the_end_is() {
    let (upstream, mirror) = exporter();
    let path = upstream.at("x.bundle");
    for way in ways() {
        for (start, end, prerequisites) in [("HEAD", "HEAD", 1), ("HEAD", "HEAD~1", 0)] {
            write(way.as_ref(), &mirror, start, end, &path);
            let header = BundleHeader::read(&path).unwrap();
            assert_eq!(header.prerequisites.len(), prerequisites, "{start} {end}");
            assert_eq!(header.tip().map(str::to_owned), find(&mirror, end).commit());
        }
        let (nothing, mut nobody) = (Revision::NOTHING, Watch::default());
        let refused =
            mirror.write_bundle(way.as_ref(), &nothing, &nothing, BundleRef::BundleMaster, &path, &mut nobody);
        assert!(matches!(refused, Err(BundleError::Nothing { .. })));
    }
}

/// Each way of writing with each way of reading.
#[test]
fn bundles_carry_the_index_from_mirror_to_mirror() {
    for writing in ways() {
        for reading in ways() {
            let (upstream, mirror) = exporter();
            let bundle = upstream.at("origin.bundle");
            write(writing.as_ref(), &mirror, "0", "HEAD~1", &bundle);
            let import = upstream.import("import", &bundle);
            let first = import.pull(reading.as_ref(), &mut Watch::default()).unwrap();
            assert_eq!(first.merge, Merge::FastForward);
            let expected =
                ["heads/origin_master", "heads/working", "remotes/origin/bundle/master", "remotes/origin/master"];
            assert_eq!(branches(&import), expected);
            write(writing.as_ref(), &mirror, "HEAD~1", "HEAD", &bundle);
            let before = contents(import.git().path());
            let incoming = receive(reading.as_ref(), &import, &bundle).unwrap();
            assert_eq!(incoming.tip().commit(), find(&mirror, "HEAD").commit());
            let (start, filter) = (find(&import, "HEAD"), CrateFilter::default());
            let range = CrateRange::between(incoming.repository(), &start, incoming.tip(), &filter).unwrap();
            let mut added = Vec::new();
            range
                .visit(|changes| {
                    added.extend(changes.added.into_iter().map(|(id, _)| id.to_string()));
                    true
                })
                .unwrap();
            assert_eq!(added, ["a@2.0.0", "ab@1.0.0"]);
            let mut lookup = VersionLookup::new(incoming.repository(), *incoming.tip());
            assert!(lookup.cksum(&"ab@1.0.0".parse().unwrap()).unwrap().is_some());
            drop(lookup);
            drop(incoming);
            assert_eq!(contents(import.git().path()), before, "what is not let in leaves nothing");
            receive(reading.as_ref(), &import, &bundle).unwrap().admit().unwrap();
            let admitted = packs(&import);
            assert_eq!(import.pull(reading.as_ref(), &mut Watch::default()).unwrap().merge, Merge::FastForward);
            assert_eq!(packs(&import), admitted, "it was read once");
            assert_eq!(file(&import, "working", "2/ab"), line("ab", "1.0.0").trim_end());
            git(import.git().path(), &["fsck", "--strict", "--full"]);
            receive(reading.as_ref(), &import, &bundle).unwrap().admit().unwrap();
            assert_eq!(import.pull(reading.as_ref(), &mut Watch::default()).unwrap().merge, Merge::UpToDate);
        }
    }
}

#[test]
fn what_a_bundle_builds_on_must_be_here_and_is_named() {
    let (upstream, mirror) = exporter();
    let bundle = upstream.at("x.bundle");
    write(ways()[0].as_ref(), &mirror, "HEAD~1", "HEAD", &bundle);
    let import = upstream.import("import", &bundle);
    let before = contents(import.git().path());
    let error = receive(ways()[0].as_ref(), &import, &bundle).unwrap_err();
    let needed = find(&mirror, "HEAD~1").commit().unwrap();
    assert!(error.to_string().ends_with(&format!("builds on commits that are not here: {needed}")), "{error}");
    let error = import.pull(ways()[0].as_ref(), &mut Watch::default()).unwrap_err();
    assert!(error.to_string().contains(&needed), "{error}");
    assert_eq!(contents(import.git().path()), before);
}

#[test]
fn damaged_bundles_leave_everything_as_it_was() {
    let (upstream, mirror) = exporter();
    let bundle = upstream.at("x.bundle");
    write(ways()[0].as_ref(), &mirror, "0", "HEAD", &bundle);
    let good = fs::read(&bundle).unwrap();
    let import = upstream.import("import", &bundle);
    let before = contents(import.git().path());
    for way in ways() {
        let refused = |bytes: &[u8], what: String| {
            fs::write(&bundle, bytes).unwrap();
            let error = import.pull(way.as_ref(), &mut Watch::default()).expect_err(&what);
            assert!(error.to_string().contains("x.bundle"), "{what}: {error}");
            assert_eq!(contents(import.git().path()), before, "{what}");
        };
        for length in (0..good.len()).step_by(41) {
            refused(&good[..length], format!("the first {length} bytes"));
        }
        for place in (0..good.len()).step_by(29) {
            let mut bytes = good.clone();
            bytes[place] ^= 0x10;
            // The subject of a commit and the name of another branch would not matter; this bundle has neither.
            refused(&bytes, format!("byte {place} of {}", good.len()));
        }
    }
    fs::write(&bundle, &good).unwrap();
    import.pull(ways()[0].as_ref(), &mut Watch::default()).unwrap();
}

/// A bundle of the given objects, whole by itself.
fn bundle_of(repository: &Path, objects: &str, tip: &str, path: &Path) {
    let mut packing = command(repository)
        .args(["pack-objects", "--stdout", "-q"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    packing.stdin.take().unwrap().write_all(objects.as_bytes()).unwrap();
    let pack = packing.wait_with_output().unwrap().stdout;
    let head = format!("# v2 git bundle\n{tip} refs/heads/bundle/master\n\n");
    fs::write(path, [head.as_bytes(), &pack].concat()).unwrap();
}

#[test]
fn a_bundle_that_lacks_a_file_a_folder_or_a_commit_is_not_let_in() {
    let (upstream, mirror) = exporter();
    let bundle = upstream.at("x.bundle");
    let import = upstream.import("import", &bundle);
    let before = contents(import.git().path());
    let (folder, tip) = (mirror.git().path(), find(&mirror, "HEAD").commit().unwrap());
    let all = git(folder, &["rev-list", "--objects", "--no-object-names", "HEAD"]);
    for (what, missing) in
        [("the file", "HEAD:2/ab"), ("the folder", "HEAD:2"), ("commit", "HEAD~1"), ("commit", "HEAD")]
    {
        let missing = git(folder, &["rev-parse", missing]);
        let rest: Vec<_> = all.lines().filter(|id| *id != missing).collect();
        bundle_of(folder, &(rest.join("\n") + "\n"), &tip, &bundle);
        for way in ways() {
            let error = import.pull(way.as_ref(), &mut Watch::default()).unwrap_err().to_string();
            assert!(error.contains("incomplete") && error.contains(what), "{error}");
            assert_eq!(contents(import.git().path()), before);
        }
    }
    bundle_of(folder, &(all + "\n"), &tip, &bundle);
    import.pull(ways()[0].as_ref(), &mut Watch::default()).unwrap();
}

/// Nothing names what was let in until the next pull, and git may have begun to collect it.
#[test]
fn what_was_let_in_and_lost_again_is_read_again() {
    let (upstream, mirror) = exporter();
    let bundle = upstream.at("x.bundle");
    write(ways()[0].as_ref(), &mirror, "0", "HEAD", &bundle);
    let import = upstream.import("import", &bundle);
    receive(ways()[0].as_ref(), &import, &bundle).unwrap().admit().unwrap();
    let (folder, pack) = (import.git().path(), packs(&import).remove(0));
    fs::rename(&pack, upstream.at("pack")).unwrap();
    fs::remove_file(pack.with_extension("idx")).unwrap();
    let unpacked = command(folder).arg("unpack-objects").stdin(fs::File::open(upstream.at("pack")).unwrap()).status();
    assert!(unpacked.unwrap().success());
    let lost = git(folder, &["rev-parse", &format!("{}:2/ab", find(&mirror, "HEAD").commit().unwrap())]);
    fs::remove_file(folder.join("objects").join(&lost[..2]).join(&lost[2..])).unwrap();
    let import = IndexRepository::open(import.path()).unwrap().unwrap();
    assert_eq!(import.pull(ways()[0].as_ref(), &mut Watch::default()).unwrap().merge, Merge::FastForward);
    git(folder, &["fsck", "--full"]);
}

#[test]
fn folders_without_end_are_refused() {
    let upstream = Upstream::new();
    let path = "d/".repeat(40) + "file";
    upstream.commit(&[(&path, "1\n")]);
    let bundle = upstream.at("x.bundle");
    git(&upstream.path(), &["bundle", "create", "-q", bundle.to_str().unwrap(), "master"]);
    let import = upstream.import("import", &bundle);
    let error = receive(ways()[0].as_ref(), &import, &bundle).unwrap_err();
    assert!(matches!(error, BundleError::Excessive { .. }), "{error}");
}

#[test]
fn a_bundle_without_the_index_is_refused() {
    let upstream = Upstream::new();
    upstream.commit(&[("1/a", "1\n")]);
    git(&upstream.path(), &["branch", "--quiet", "main"]);
    let bundle = upstream.at("x.bundle");
    git(&upstream.path(), &["bundle", "create", "-q", bundle.to_str().unwrap(), "main"]);
    let error = receive(ways()[0].as_ref(), &upstream.import("import", &bundle), &bundle).unwrap_err();
    assert!(matches!(error, BundleError::NoMaster { .. }), "{error}");
}

#[test]
fn a_bundle_that_somebody_reads_is_left_alone() {
    let (upstream, mirror) = exporter();
    let bundle = upstream.at("origin.bundle");
    write(ways()[0].as_ref(), &mirror, "0", "HEAD", &bundle);
    let import = upstream.import("import", &bundle);
    let incoming = receive(ways()[0].as_ref(), &import, &bundle).unwrap();
    fs::create_dir_all(import.git().path().join("romt-incoming-1-1")).unwrap();
    // Another process may be the writer.
    let writer = IndexRepository::open(import.path()).unwrap().unwrap();
    assert_eq!(writer.recover().unwrap(), 1);
    assert_eq!(writer.sweep_bundles().unwrap(), 0);
    let tip = *incoming.tip();
    incoming.admit().unwrap();
    assert_eq!(find(&import, &tip.commit().unwrap()), tip);
    let left: Vec<_> = contents(import.git().path()).into_keys().collect();
    assert!(!left.iter().any(|path| path.to_string_lossy().contains("romt-incoming")), "{left:?}");
}

#[test]
fn what_killed_processes_left_is_swept_up() {
    let (upstream, mirror) = exporter();
    let at = |name: &str| mirror.git().path().join(name);
    let before = contents(mirror.git().path());
    fs::create_dir_all(at("romt-incoming-1-1/objects/pack")).unwrap();
    fs::create_dir_all(at("objects/tmp_objdir-incoming-abc/pack")).unwrap();
    fs::create_dir_all(at("objects/00")).unwrap();
    let left = [
        "romt-incoming-1-1/HEAD",
        "objects/tmp_objdir-incoming-abc/pack/tmp_pack_x",
        "objects/00/tmp_obj_x",
        "objects/pack/tmp_pack_x",
        "objects/pack/tmp_idx_x",
        "objects/pack/tmp_rev_x",
        "packed-refs.lock",
        "shallow.lock",
        "config.lock",
        "index.lock",
        "refs/remotes/origin/master.lock",
    ];
    for name in left {
        fs::write(at(name), "").unwrap();
    }
    let keep = packs(&mirror)[0].with_extension("keep");
    fs::write(&keep, "fetch-pack 1 on here").unwrap();
    // A collection of garbage that somebody started is left to work.
    fs::write(at("gc.pid"), "1 here").unwrap();
    mirror.recover().unwrap();
    assert!(at("objects/pack/tmp_pack_x").exists() && !at("romt-incoming-1-1").exists());
    fs::remove_file(at("gc.pid")).unwrap();
    assert!(mirror.recover().unwrap() >= 5);
    fs::remove_dir(at("objects/00")).unwrap();
    assert_eq!(contents(mirror.git().path()), before);
    fs::write(&keep, "by hand").unwrap();
    mirror.recover().unwrap();
    assert!(keep.exists());
    drop(upstream);
}

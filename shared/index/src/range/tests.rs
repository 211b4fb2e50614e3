//! Ranges over repositories that are made like a mirror's.

use std::error::Error as _;

use romt_types::{Digest, PrefixStyle};
use tempfile::TempDir;

use super::*;
use crate::{ObjectWriter, Snapshot, TreeEdits};

struct Mirror {
    repository: IndexRepository,
    _folder: TempDir,
}

impl Mirror {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let repository = IndexRepository::open_or_init(&folder.path().join("index")).unwrap();
        Self { repository, _folder: folder }
    }

    /// Commits and publishes files; `None` removes one.
    fn commit(&self, files: &[(&str, Option<String>)]) -> Snapshot {
        let (mut writer, mut edits) = (ObjectWriter::default(), TreeEdits::default());
        for (path, content) in files {
            match content {
                Some(content) => {
                    edits.put((*path).to_owned(), writer.blob(&self.repository, content.as_bytes()).unwrap());
                }
                None => edits.remove((*path).to_owned()),
            }
        }
        let snapshot = self.repository.commit(&mut writer, &edits, "test").unwrap();
        self.repository.publish(&snapshot).unwrap();
        snapshot
    }

    fn find(&self, revision: &str) -> Revision {
        Revision::find(&self.repository, revision).unwrap()
    }

    fn visit(&self, start: &str, end: &str, filter: &CrateFilter) -> (CrateList, Vec<FileProblem>) {
        let (mut list, mut problems) = (CrateList::default(), Vec::new());
        let range = CrateRange::between(&self.repository, &self.find(start), &self.find(end), filter).unwrap();
        range
            .visit(|mut changes| {
                problems.append(&mut changes.problems);
                list.push(changes);
                true
            })
            .unwrap();
        (list, problems)
    }

    fn list(&self, start: &str, end: &str) -> Vec<String> {
        let (list, problems) = self.visit(start, end, &CrateFilter::default());
        assert!(problems.is_empty(), "{problems:?}");
        texts(&list, ListStyle::Id)
    }
}

fn texts(list: &CrateList, style: ListStyle) -> Vec<String> {
    list.lines(style).map(|line| line.to_string()).collect()
}

/// A line whose `.crate` file holds `content`.
fn line_of(name: &str, version: &str, content: &str) -> String {
    let cksum = Digest::of(content.as_bytes());
    format!(r#"{{"name":"{name}","vers":"{version}","deps":[],"features":{{}},"cksum":"{cksum}","yanked":false}}"#)
        + "\n"
}

fn line(name: &str, version: &str) -> String {
    line_of(name, version, "1")
}

#[expect(clippy::unnecessary_wraps, reason = "it is what `commit` takes")]
fn file(name: &str, versions: &[&str]) -> Option<String> {
    Some(versions.iter().map(|version| line(name, version)).collect())
}

#[test]
fn row_80_lists_have_three_styles_and_plain_text_order() {
    let mirror = Mirror::new();
    mirror.commit(&[
        ("ab/cd/abcd", file("ABcd", &["0.1.0"])),
        ("1/a", file("a", &["1.2.0", "1.10.0", "1.2.0-rc.1"])),
        ("se/rd/serde", file("serde", &["1.0.1+build.5"])),
        ("ab/cd/abcde", Some(line("Abcde", "2.0.0") + &line("abcde", "1.0.0"))),
    ]);
    let (list, _) = mirror.visit("0", "HEAD", &CrateFilter::default());
    let lines = |style| texts(&list, style);
    let ids = "ABcd@0.1.0 Abcde@2.0.0 a@1.10.0 a@1.2.0 a@1.2.0-rc.1 abcde@1.0.0 serde@1.0.1+build.5";
    assert_eq!(lines(ListStyle::Id).join(" "), ids);
    assert_eq!(lines(ListStyle::Path(PrefixStyle::Lower))[0], "ab/cd/ABcd/ABcd-0.1.0.crate");
    assert_eq!(lines(ListStyle::Path(PrefixStyle::Mixed))[0], "AB/cd/ABcd/ABcd-0.1.0.crate");
    let hash = "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b";
    assert_eq!(lines(ListStyle::Hash(PrefixStyle::Lower))[6], format!("{hash} *se/rd/serde/serde-1.0.1+build.5.crate"));
    let (back, _) = mirror.visit("HEAD", "0", &CrateFilter::default());
    let last = back.lines(ListStyle::Hash(PrefixStyle::Lower)).last().unwrap().to_string();
    assert_eq!(last, format!("-{hash} *se/rd/serde/serde-1.0.1+build.5.crate"));
}

#[test]
fn row_81_a_removed_version_is_last_and_a_republished_one_is_added() {
    let mirror = Mirror::new();
    mirror.commit(&[("1/a", file("a", &["1.0.0", "2.0.0"])), ("1/b", file("b", &["1.0.0"]))]);
    mirror.commit(&[("1/a", file("a", &["2.0.0"])), ("1/b", Some(line_of("b", "1.0.0", "other")))]);
    assert_eq!(mirror.list("HEAD~1", "HEAD"), ["b@1.0.0", "-a@1.0.0"]);
    let (list, _) = mirror.visit("HEAD~1", "HEAD", &CrateFilter::default());
    assert_eq!(list.added().next().unwrap().1, Digest::of(b"other"));
}

/// The two files are so alike that git's rename detection takes them for one.
#[test]
fn row_82_a_removal_beside_a_similar_addition_is_seen() {
    let mirror = Mirror::new();
    let versions: Vec<_> = (0..50).map(|minor| format!("1.{minor}.0")).collect();
    let versions: Vec<_> = versions.iter().map(String::as_str).collect();
    mirror.commit(&[("se/rd/serde", file("serde", &["1.0.0"])), ("fo/o1/foo1", file("foo1", &versions))]);
    mirror.commit(&[("fo/o1/foo1", None), ("fo/o2/foo2", file("foo2", &versions))]);
    let lines = mirror.list("HEAD~1", "HEAD");
    assert_eq!(lines.len(), 100);
    assert!(lines[..50].iter().all(|line| line.starts_with("foo2@")), "{lines:?}");
    assert!(lines[50..].iter().all(|line| line.starts_with("-foo1@")), "{lines:?}");
}

#[test]
fn row_83_a_yank_is_no_change() {
    let mirror = Mirror::new();
    let text = line("a", "1.0.0");
    mirror.commit(&[("1/a", Some(text.clone()))]);
    mirror.commit(&[("1/a", Some(text.replace("false", "true")))]);
    assert!(mirror.list("HEAD~1", "HEAD").is_empty());
    let (start, end, filter) = (mirror.find("HEAD~1"), mirror.find("HEAD"), CrateFilter::default());
    let range = CrateRange::between(&mirror.repository, &start, &end, &filter).unwrap();
    assert_eq!(range.file_count(), 1);
    range.visit(|changes| panic!("{changes:?}")).unwrap();
}

#[test]
fn row_84_of_lines_about_one_version_the_last_counts() {
    let mirror = Mirror::new();
    let twice = line_of("a", "1.0.0", "first") + &line("a", "0.9.0") + &line_of("a", "1.0.0", "last");
    mirror.commit(&[("1/a", Some(twice))]);
    let (list, _) = mirror.visit("0", "HEAD", &CrateFilter::default());
    let added: Vec<_> = list.added().map(|(id, cksum)| (id.to_string(), cksum)).collect();
    assert_eq!(added, [("a@0.9.0".to_owned(), Digest::of(b"1")), ("a@1.0.0".to_owned(), Digest::of(b"last"))]);
    mirror.commit(&[("1/a", Some(line("a", "0.9.0") + &line_of("a", "1.0.0", "last")))]);
    assert!(mirror.list("HEAD~1", "HEAD").is_empty());
}

#[test]
fn row_85_ranges_take_any_name_of_a_commit() {
    let mirror = Mirror::new();
    let first = mirror.commit(&[("1/a", file("a", &["1.0.0"]))]);
    mirror.commit(&[("1/a", file("a", &["1.0.0", "2.0.0"])), ("2/ab", file("ab", &["1.0.0"]))]);
    let all = ["a@1.0.0", "a@2.0.0", "ab@1.0.0"];
    assert_eq!(mirror.list("0", "HEAD"), all);
    assert_eq!(mirror.list("0", "refs/heads/working"), all);
    for start in ["HEAD~1", "master^", first.commit.as_str(), &first.commit[..12]] {
        assert_eq!(mirror.list(start, "master"), all[1..], "{start}");
    }
    assert_eq!(mirror.list("HEAD", "HEAD~1"), ["-a@2.0.0", "-ab@1.0.0"]);
    assert!(mirror.list("HEAD", "HEAD").is_empty());
    assert!(mirror.list("0", "0").is_empty());
    assert_eq!(mirror.find(&first.commit).commit(), Some(first.commit));
}

/// An upstream squash: the same tree without the history.
#[test]
fn row_85_history_does_not_matter() {
    let mirror = Mirror::new();
    let first = mirror.commit(&[("1/a", file("a", &["1.0.0"]))]);
    let git = mirror.repository.git();
    let tree = git.find_tree(first.tree.parse().unwrap()).unwrap();
    let who = git2::Signature::now("x", "x@example").unwrap();
    let orphan = git.commit(None, &who, &who, "squash", &tree, &[]).unwrap().to_string();
    assert!(mirror.list(&first.commit, &orphan).is_empty());
    assert_eq!(mirror.list("0", &orphan), ["a@1.0.0"]);
}

#[test]
fn row_86_an_unknown_start_is_an_error_in_python_romts_words() {
    let mirror = Mirror::new();
    let unborn = Revision::find(&mirror.repository, "HEAD").unwrap_err();
    assert_eq!(unborn.to_string(), "bad commit requested: Ref 'HEAD' did not resolve to an object");
    mirror.commit(&[("1/a", file("a", &["1.0.0"]))]);
    for bad in ["nosuch", "", "HEAD~7", "HEAD:1/a", "HEAD..HEAD", "a\0b", "../HEAD", &"0".repeat(40), "00"] {
        let error = Revision::find(&mirror.repository, bad).unwrap_err();
        assert!(matches!(&error, RangeError::UnknownRevision { revision, .. } if revision == bad), "{error:?}");
        assert!(error.source().is_some());
    }
}

#[test]
fn only_files_where_clients_look_count() {
    let mirror = Mirror::new();
    let content = |name| file(name, &["1.0.0"]);
    mirror.commit(&[
        ("config.json", Some("{}".to_owned())),
        (".github/x", Some("x".to_owned())),
        ("README", content("readme")),
        ("1/a", content("a")),
        ("1/ab", content("ab")),
        ("2/ab", content("ab")),
        ("2/ab.md", Some("x".to_owned())),
        ("3/a/abc", content("abc")),
        ("3/b/abc", content("abc")),
        ("3/abc", content("abc")),
        ("3/a/b/abc", content("abc")),
        ("ab/cd/abcd", content("abcd")),
        ("ab/cd/abc", content("abc")),
        ("ab/cd/abcd-2", content("abcd-2")),
        ("ab/cd/e/abcd", content("abcd")),
        ("ab/ce/abcd", content("abcd")),
        ("AB/cd/ABcd", content("ABcd")),
        ("ab/abcd", content("abcd")),
        ("12/34/1234", content("1234")),
        ("abc/de/abcde", content("abcde")),
    ]);
    assert_eq!(mirror.list("0", "HEAD"), ["a@1.0.0", "ab@1.0.0", "abc@1.0.0", "abcd@1.0.0", "abcd-2@1.0.0"]);
}

#[test]
fn links_and_folders_in_a_files_place_are_no_files() {
    let mirror = Mirror::new();
    let first = mirror.commit(&[("1/a", file("a", &["1.0.0"])), ("1/b", file("b", &["1.0.0"]))]);
    let git = mirror.repository.git();
    let old = git.find_tree(first.tree.parse().unwrap()).unwrap();
    let ones = git.find_tree(old.get_name("1").unwrap().id()).unwrap();
    let mut builder = git.treebuilder(Some(&ones)).unwrap();
    builder.insert("a", ones.get_name("a").unwrap().id(), 0o120_000).unwrap();
    builder.insert("b", ones.id(), 0o040_000).unwrap();
    let mut root = git.treebuilder(None).unwrap();
    root.insert("1", builder.write().unwrap(), 0o040_000).unwrap();
    let tree = git.find_tree(root.write().unwrap()).unwrap();
    let who = git2::Signature::now("x", "x@example").unwrap();
    let second = git.commit(None, &who, &who, "x", &tree, &[]).unwrap().to_string();
    assert_eq!(mirror.list(&first.commit, &second), ["-a@1.0.0", "-b@1.0.0"]);
    assert!(mirror.list("0", &second).is_empty());
}

/// Three small trees that stand for seven hundred thousand million entries.
#[test]
fn trees_that_name_each_other_many_times_are_refused() {
    let mirror = Mirror::new();
    let git = mirror.repository.git();
    let names: Vec<_> = ('!'..='~').flat_map(|a| ('!'..='~').map(move |b| format!("{a}{b}"))).collect();
    let folder_of = |inner: git2::Oid, mode: i32| {
        let mut builder = git.treebuilder(None).unwrap();
        for name in names.iter().filter(|name| !name.contains('/') && *name != "..") {
            builder.insert(name, inner, mode).unwrap();
        }
        builder.write().unwrap()
    };
    let files = folder_of(git.blob(b"x").unwrap(), 0o120_000);
    let tree = git.find_tree(folder_of(folder_of(files, 0o040_000), 0o040_000)).unwrap();
    let who = git2::Signature::now("x", "x@example").unwrap();
    let commit = git.commit(None, &who, &who, "x", &tree, &[]).unwrap().to_string();
    let (end, filter) = (mirror.find(&commit), CrateFilter::default());
    let refused = CrateRange::between(&mirror.repository, &Revision::NOTHING, &end, &filter);
    assert!(matches!(refused, Err(RangeError::TooManyEntries { .. })), "{refused:?}");
}

#[test]
fn bad_lines_are_told_and_remove_nothing() {
    let mirror = Mirror::new();
    mirror.commit(&[("1/a", file("a", &["1.0.0", "2.0.0"])), ("1/b", file("b", &["1.0.0"]))]);
    let torn = format!(
        "\n{}{{\"name\":\"a\",\"vers\":\"2.0\r\n{}{}",
        line("a", "3.0.0"),
        line("b", "2.0.0"),
        line("a", "4.0.0")
    );
    mirror.commit(&[("1/a", Some(torn)), ("1/b", None)]);
    let (list, problems) = mirror.visit("HEAD~1", "HEAD", &CrateFilter::default());
    assert_eq!(texts(&list, ListStyle::Id), ["a@3.0.0", "a@4.0.0", "-b@1.0.0"]);
    let told: Vec<_> = problems.iter().map(|p| format!("{p}: {}", p.source().unwrap())).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("line 3 of the index file `1/a` is bad: it is not a JSON object"), "{told:?}");
    assert!(told[1].starts_with("line 4 of the index file `1/a` is bad: it names `b`"), "{told:?}");
    // Once the file is good again, its removals are seen, and what was bad before is not told again.
    mirror.commit(&[("1/a", file("a", &["4.0.0"]))]);
    assert_eq!(mirror.list("HEAD~1", "HEAD"), ["-a@3.0.0"]);
}

#[test]
fn a_file_of_rubbish_is_told_in_few_words() {
    let mirror = Mirror::new();
    mirror.commit(&[("1/a", Some("x\n".repeat(1000) + &line("a", "1.0.0")))]);
    let (list, problems) = mirror.visit("0", "HEAD", &CrateFilter::default());
    assert_eq!(texts(&list, ListStyle::Id), ["a@1.0.0"]);
    assert_eq!(problems.len(), 101);
    assert!(problems[99].to_string().starts_with("line 100 of"), "{}", problems[99]);
    assert_eq!(problems[100].to_string(), "900 more lines of the index file `1/a` are bad");
}

/// Those that came in several pieces are put in order all the same.
#[test]
fn versions_that_are_added_later_are_listed_in_order() {
    let mirror = Mirror::new();
    mirror.commit(&[("1/a", file("a", &["1.2.0", "1.10.0", "0.3.0+x"])), ("1/b", file("b", &["1.0.0"]))]);
    let (mut list, _) = mirror.visit("0", "HEAD", &CrateFilter::default());
    for id in ["a@1.1.0-rc.1", "c@1.0.0", "a@0.1.0"] {
        list.add(id.parse().unwrap(), Digest::of(id.as_bytes()));
    }
    let ids = ["a@0.1.0", "a@0.3.0+x", "a@1.1.0-rc.1", "a@1.10.0", "a@1.2.0", "b@1.0.0", "c@1.0.0"];
    assert_eq!(texts(&list, ListStyle::Id), ids);
    let added: Vec<_> = list.added().map(|(id, cksum)| (id.to_string(), cksum)).collect();
    assert_eq!(added[0], ("a@0.1.0".to_owned(), Digest::of(b"a@0.1.0")));
    assert_eq!(added[3], ("a@1.10.0".to_owned(), Digest::of(b"1")));
    assert!(list.removed().next().is_none() && !list.is_empty());
}

#[test]
fn filters_choose_versions_of_a_range() {
    let mirror = Mirror::new();
    mirror.commit(&[
        ("se/rd/serde", file("serde", &["1.0.0", "1.0.1"])),
        ("ab/cd/abcd", file("ABcd", &["0.1.0"])),
        ("1/a", Some("bad".to_owned())),
    ]);
    let mut filter = CrateFilter::default();
    filter.add("serde@*.1, ABCD");
    let (list, problems) = mirror.visit("0", "HEAD", &filter);
    assert_eq!(texts(&list, ListStyle::Id), ["ABcd@0.1.0", "serde@1.0.1"]);
    assert!(problems.is_empty(), "{problems:?}");
    let (list, _) = mirror.visit("HEAD", "0", &filter);
    assert_eq!(texts(&list, ListStyle::Id), ["-ABcd@0.1.0", "-serde@1.0.1"]);
}

/// Enough files for several threads: they come in the order of paths all the same, and a visitor may stop.
#[test]
fn many_files_come_in_order_until_the_visitor_stops() {
    let mirror = Mirror::new();
    let names: Vec<_> = (0..2500).map(|n| format!("x{:03}{}", n * 7 % 1000, n)).collect();
    let paths: Vec<_> = names.iter().map(|name| format!("{}/{}/{name}", &name[..2], &name[2..4])).collect();
    let files: Vec<_> = names.iter().map(|name| file(name, &["1.0.0"])).collect();
    let files: Vec<_> = paths.iter().map(String::as_str).zip(files).collect();
    mirror.commit(&files);
    let (start, end, filter) = (Revision::NOTHING, mirror.find("HEAD"), CrateFilter::default());
    let range = CrateRange::between(&mirror.repository, &start, &end, &filter).unwrap();
    let visited = |most: usize| {
        let mut seen = Vec::new();
        range
            .visit(|changes| {
                seen.push(changes.name.index_path());
                seen.len() < most
            })
            .unwrap();
        seen
    };
    let mut expected = paths.clone();
    expected.sort();
    assert_eq!(visited(usize::MAX), expected);
    assert_eq!(visited(700), expected[..700]);
    assert_eq!(visited(1), expected[..1]);
}

/// A file that names a blob which is not there ends the visit with an error that names the file.
#[test]
fn a_damaged_repository_is_an_error() {
    let mirror = Mirror::new();
    let absent = crate::BlobId::of(b"never written").unwrap();
    let (mut writer, mut edits) = (ObjectWriter::default(), TreeEdits::default());
    edits.put("1/a".to_owned(), absent);
    let snapshot = mirror.repository.commit(&mut writer, &edits, "test").unwrap();
    let (end, filter) = (mirror.find(&snapshot.commit), CrateFilter::default());
    let range = CrateRange::between(&mirror.repository, &Revision::NOTHING, &end, &filter).unwrap();
    let error = range.visit(|_| true).unwrap_err();
    assert!(error.to_string().contains("`1/a`"), "{error}");
}

#[test]
fn single_versions_are_looked_up() {
    let mirror = Mirror::new();
    let text = format!("bad\n{}{}{}", line_of("Abcd", "1.0.0", "first"), line("Abcd", "2.0.0"), line("Abcd", "1.0.0"));
    mirror.commit(&[("ab/cd/abcd", Some(text)), ("1/a", file("a", &["1.0.0"])), ("2/bb/x", file("x", &["1.0.0"]))]);
    let mut lookup = VersionLookup::new(&mirror.repository, mirror.find("HEAD"));
    let mut cksum = |id: &str| lookup.cksum(&id.parse().unwrap()).unwrap();
    assert_eq!(cksum("Abcd@1.0.0"), Some(Digest::of(b"1")), "the last line counts");
    assert_eq!(cksum("a@1.0.0"), Some(Digest::of(b"1")));
    for absent in ["abcd@1.0.0", "Abcd@3.0.0", "a@1.0.0+x", "b@1.0.0", "bb@1.0.0"] {
        assert_eq!(cksum(absent), None, "{absent}");
    }
    let mut nothing = VersionLookup::new(&mirror.repository, Revision::NOTHING);
    assert_eq!(nothing.cksum(&"a@1.0.0".parse().unwrap()).unwrap(), None);
}

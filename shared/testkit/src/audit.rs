//! Reads a whole mirror and says what is wrong with it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use git2::{ObjectType, Repository, TreeWalkMode, TreeWalkResult};
use romt_types::{CrateId, Digest, PrefixStyle};
use serde_json::Value;

use crate::{Upstream, leftovers, stored_files};

/// What a mirror publishes, and what is wrong with it.
#[derive(Debug, Default)]
pub struct Audit {
    /// The published versions (`serde@1.0.0`) and their index lines.
    pub lines: BTreeMap<String, String>,
    /// What is wrong: files that lines promise and that are not there or are not right, lines in the wrong place.
    pub problems: Vec<String>,
    /// Files that should have been gone, unless romt was killed.
    pub leftovers: Vec<String>,
}

impl Audit {
    /// Reads the published index of `mirror` and every file that it lists.
    pub fn of(mirror: &Path) -> Self {
        let mut audit = Self::default();
        for (path, content) in published_files(mirror, &mut audit.problems) {
            if !content.is_empty() && !content.ends_with('\n') {
                audit.problems.push(format!("index file {path} does not end with a line feed"));
            }
            for line in content.lines() {
                audit.read_line(mirror, &path, line);
            }
        }
        audit.leftovers = leftovers(mirror);
        audit
    }

    /// Reads it, and holds every line and every crate file, published or not, against those that `upstream` ever had.
    pub fn against(mirror: &Path, upstream: &Upstream) -> Self {
        let mut audit = Self::of(mirror);
        let known = upstream.all_lines_ever();
        for (id, line) in &audit.lines {
            if !known.contains(line) {
                audit.problems.push(format!("the line of {id} is not upstream's: {line}"));
            }
        }
        let known: BTreeSet<(String, Digest)> =
            known.iter().filter_map(|line| parse_line(line)).map(crate_file).collect();
        for file in stored_files(mirror).into_iter().filter(|file| file.contains(".crate") && !file.contains('#')) {
            let digest = std::fs::read(mirror.join(&file)).map(|bytes| Digest::of(&bytes));
            if !digest.is_ok_and(|digest| known.contains(&(file.clone(), digest))) {
                audit.problems.push(format!("{file} is not upstream's"));
            }
        }
        audit
    }

    /// The published versions, in order.
    ///
    /// # Panics
    /// When anything is wrong, or was left behind.
    #[track_caller]
    pub fn clean(self) -> Vec<String> {
        assert!(self.leftovers.is_empty(), "files were left behind: {:#?}", self.leftovers);
        self.sound()
    }

    /// The published versions, in order, where romt was killed and may have left something behind.
    ///
    /// # Panics
    /// When anything is wrong.
    #[track_caller]
    pub fn sound(self) -> Vec<String> {
        assert!(self.problems.is_empty(), "the mirror is not sound:\n{}", self.problems.join("\n"));
        self.lines.into_keys().collect()
    }

    fn read_line(&mut self, mirror: &Path, path: &str, line: &str) {
        let Some((id, cksum)) = parse_line(line) else {
            self.problems.push(format!("index file {path} has a line that is none: {line}"));
            return;
        };
        if id.name.index_path() != path {
            self.problems.push(format!("the line of {id} is in {path}"));
        }
        let (file, _) = crate_file((id.clone(), cksum));
        match std::fs::read(mirror.join(file)) {
            Ok(bytes) if Digest::of(&bytes) == cksum => {}
            Ok(_) => self.problems.push(format!("{id} is listed and its file is wrong")),
            Err(error) => self.problems.push(format!("{id} is listed and its file cannot be read: {error}")),
        }
        if self.lines.insert(id.to_string(), line.to_owned()).is_some() {
            self.problems.push(format!("{id} is listed twice"));
        }
    }
}

fn parse_line(line: &str) -> Option<(CrateId, Digest)> {
    let line: Value = serde_json::from_str(line).ok()?;
    let text = |field: &str| line.get(field)?.as_str();
    let id = CrateId::new(text("name")?.parse().ok()?, text("vers")?.parse().ok()?);
    Some((id, text("cksum")?.parse().ok()?))
}

/// Where a crate's file is in a mirror, and what it must hash to.
fn crate_file((id, cksum): (CrateId, Digest)) -> (String, Digest) {
    (format!("crates/{}", id.path(PrefixStyle::Lower)), cksum)
}

/// The index files in the tree of `master`; none while nothing was ever published.
fn published_files(mirror: &Path, problems: &mut Vec<String>) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let Ok(repository) = Repository::open_bare(mirror.join("git/crates.io-index")) else { return files };
    let Ok(master) = repository.find_reference("refs/heads/master") else { return files };
    let tree = master.peel_to_tree().expect("a tree under master");
    let walked = tree.walk(TreeWalkMode::PreOrder, |folder, entry| {
        let path = format!("{folder}{}", entry.name().unwrap_or("(not text)"));
        if entry.kind() == Some(ObjectType::Blob) && path != "config.json" {
            let blob = entry.to_object(&repository).and_then(|object| object.peel_to_blob());
            match blob.map(|blob| String::from_utf8(blob.content().to_vec())) {
                Ok(Ok(text)) => files.push((path, text)),
                Ok(Err(_)) => problems.push(format!("index file {path} is not text")),
                Err(error) => problems.push(format!("index file {path} cannot be read: {error}")),
            }
        }
        TreeWalkResult::Ok
    });
    walked.expect("a tree that can be walked");
    files
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FakeCrate;

    /// Publishes `lines` as the index file at `path` of a new mirror.
    fn mirror_with(path: &str, lines: &[String]) -> tempfile::TempDir {
        let mirror = tempfile::tempdir().unwrap();
        let repository = Repository::init_bare(mirror.path().join("git/crates.io-index")).unwrap();
        let blob = repository.blob((lines.join("\n") + "\n").as_bytes()).unwrap();
        let mut entry = (blob, 0o100_644);
        for name in path.rsplit('/') {
            let mut tree = repository.treebuilder(None).unwrap();
            tree.insert(name, entry.0, entry.1).unwrap();
            entry = (tree.write().unwrap(), 0o040_000);
        }
        let tree = repository.find_tree(entry.0).unwrap();
        let author = git2::Signature::now("test", "test@localhost").unwrap();
        repository.commit(Some("refs/heads/master"), &author, &author, "test", &tree, &[]).unwrap();
        drop(tree);
        mirror
    }

    #[test]
    fn a_mirror_is_clean_or_says_why_not() {
        let upstream = Upstream::start();
        let hello = upstream.publish(FakeCrate::new("Hello", "1.0.0"));
        let mirror = mirror_with("he/ll/hello", &[hello.line()]);
        let first_problem = || Audit::against(mirror.path(), &upstream).problems.remove(0);
        assert!(first_problem().contains("cannot be read"));
        let file = mirror.path().join("crates/he/ll/Hello/Hello-1.0.0.crate");
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "something else").unwrap();
        assert!(first_problem().contains("its file is wrong"));
        std::fs::write(&file, hello.bytes()).unwrap();
        assert_eq!(Audit::against(mirror.path(), &upstream).clean(), ["Hello@1.0.0"]);
        std::fs::write(mirror.path().join("git/crates.io-index/index.lock"), "").unwrap();
        assert_eq!(Audit::of(mirror.path()).leftovers, ["git/crates.io-index/index.lock"]);
        assert_eq!(Audit::of(mirror.path()).sound(), ["Hello@1.0.0"]);
        std::fs::write(file.with_file_name("Hello-2.0.0.crate"), "unpublished").unwrap();
        assert!(first_problem().contains("Hello-2.0.0.crate is not upstream's"));
    }

    #[test]
    fn lines_must_be_upstreams_and_in_their_place() {
        let upstream = Upstream::start();
        let hello = upstream.publish(FakeCrate::new("Hello", "1.0.0"));
        let spaced = hello.line().replace(':', ": ");
        for (path, lines, problem) in [
            ("he/ll/other", vec![hello.line()], "is in he/ll/other"),
            ("he/ll/hello", vec![hello.line(), hello.line()], "listed twice"),
            ("he/ll/hello", vec![spaced], "is not upstream's"),
            ("he/ll/hello", vec!["{}".to_owned()], "a line that is none"),
        ] {
            let mirror = mirror_with(path, &lines);
            let problems = Audit::against(mirror.path(), &upstream).problems.join("; ");
            assert!(problems.contains(problem), "{problem}: {problems}");
        }
    }
}

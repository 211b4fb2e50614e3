//! A fake upstream of the older kind: an index in git, and crates in a folder or over HTTP.

mod index;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use bytes::Bytes;
use romt_types::CrateId;
use tempfile::TempDir;

use crate::process::{Process, inherited};
use crate::{FakeCrate, PackedCrate, Upstream};

/// A registry in a folder: `git/crates.io-index` with the branch `master`, and `crates/NAME/NAME-VERSION.crate`.
///
/// The same crates come over HTTP from an [`Upstream`], which can misbehave. Every change is one commit.
#[derive(Debug)]
pub struct GitUpstream {
    folder: TempDir,
    http: Upstream,
}

impl GitUpstream {
    /// A registry without crates: its index has `config.json`, as crates.io's has.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let upstream = Self { folder, http: Upstream::start() };
        index::create(&upstream.index());
        upstream.http.serve_git(upstream.folder().join("git"));
        upstream.edit_config("{\n  \"dl\": \"http://localhost:1/dl\",\n  \"api\": \"http://localhost:1\"\n}\n");
        upstream
    }

    /// The folder with everything.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The index, a bare git repository.
    pub fn index(&self) -> PathBuf {
        self.folder().join("git/crates.io-index")
    }

    /// The same over HTTP.
    pub fn index_url(&self) -> String {
        format!("{}/git/crates.io-index", self.http.base_url())
    }

    /// Where the crates are in the folder, as `--crates-url` takes it.
    pub fn crates_path(&self) -> String {
        format!("{}/crates/{{crate}}/{{crate}}-{{version}}.crate", self.folder().display())
    }

    /// Where they are over HTTP, as `--crates-url` takes it.
    pub fn crates_url(&self) -> String {
        format!("{}/files/{{crate}}/{{crate}}-{{version}}.crate", self.http.base_url())
    }

    /// The server that has the crates; it can be made to misbehave, and it writes down what it is asked.
    pub fn http(&self) -> &Upstream {
        &self.http
    }

    /// Publishes a version, or replaces what was published under its name and version. Returns it.
    pub fn publish(&self, krate: FakeCrate) -> PackedCrate {
        self.publish_all([krate]).remove(0)
    }

    /// Publishes several versions in one commit.
    pub fn publish_all(&self, crates: impl IntoIterator<Item = FakeCrate>) -> Vec<PackedCrate> {
        let packed: Vec<PackedCrate> = crates.into_iter().map(|krate| self.http.publish(krate)).collect();
        for krate in &packed {
            self.put_file(krate.id(), krate.bytes());
        }
        self.commit_lines("Publish", packed.iter().map(PackedCrate::id));
        packed
    }

    /// Yanks a version (`serde@1.0.0`), or takes that back.
    pub fn set_yanked(&self, id: &str, yanked: bool) {
        self.http.set_yanked(id, yanked);
        self.commit_lines("Yank", [&parse(id)]);
    }

    /// Deletes a version, line and file; the index file goes with the last line.
    pub fn delete(&self, id: &str) {
        self.lose_file(id);
        self.http.delete(id);
        self.commit_lines("Delete", [&parse(id)]);
    }

    /// Deletes a version and publishes another one in one commit.
    pub fn replace(&self, id: &str, krate: FakeCrate) -> PackedCrate {
        self.lose_file(id);
        self.http.delete(id);
        let packed = self.http.publish(krate);
        self.put_file(packed.id(), packed.bytes());
        self.commit_lines("Replace", [&parse(id), packed.id()]);
        packed
    }

    /// Adds a line to a crate's index file as it is.
    pub fn append_line(&self, name: &str, line: &str) {
        let path = parse(&format!("{name}@0.0.0")).name.index_path();
        let lines: Vec<String> = self.http.lines(name).into_iter().chain([line.to_owned()]).collect();
        index::commit(&self.index(), "Append", &[(path, text_of(&lines))]);
    }

    /// The file of a version goes, its line stays: a crate that cannot be had.
    pub fn lose_file(&self, id: &str) {
        fs::remove_file(self.file(&parse(id))).expect("a published crate");
    }

    /// The file of a version comes back.
    pub fn find_file(&self, id: &str) {
        let id = parse(id);
        self.put_file(&id, &self.http.file(&id).expect("a published crate"));
    }

    /// Replaces `config.json`.
    pub fn edit_config(&self, content: &str) {
        index::commit(&self.index(), "Edit config.json", &[("config.json".to_owned(), Some(content.to_owned()))]);
    }

    /// Starts the history anew with the same content, as crates.io does from time to time.
    pub fn squash(&self) {
        index::squash(&self.index());
    }

    /// The tip of `master`.
    pub fn tip(&self) -> String {
        index::revision(&self.index(), "refs/heads/master")
    }

    /// The content of the index, as the id of the tree of `master`.
    pub fn tree(&self) -> String {
        index::revision(&self.index(), "refs/heads/master^{tree}")
    }

    /// Writes the whole index into a git bundle.
    pub fn write_bundle(&self, path: &Path) {
        let mut git = Command::new("git");
        git.env_clear().envs(inherited(&["PATH"])).arg("-C").arg(self.index());
        git.args(["bundle", "create", "--quiet"]).arg(path).arg("master");
        Process::spawn(git).wait().succeeds();
    }

    fn file(&self, id: &CrateId) -> PathBuf {
        let name = id.name.as_str();
        self.folder().join(format!("crates/{name}/{name}-{}.crate", id.version))
    }

    fn put_file(&self, id: &CrateId, bytes: &Bytes) {
        let path = self.file(id);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder in a temporary folder");
        fs::write(path, bytes).expect("a file in a temporary folder");
    }

    /// Commits the index files of these crates as the server has them.
    fn commit_lines<'a>(&self, message: &str, ids: impl IntoIterator<Item = &'a CrateId>) {
        let files = ids.into_iter().map(|id| (id.name.index_path(), text_of(&self.http.lines(id.name.as_str()))));
        index::commit(&self.index(), message, &files.collect::<Vec<_>>());
    }
}

fn parse(id: &str) -> CrateId {
    id.parse().expect("NAME@VERSION")
}

/// An index file with these lines; `None` without a line.
fn text_of(lines: &[String]) -> Option<String> {
    (!lines.is_empty()).then(|| lines.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario;

    #[test]
    fn every_change_is_a_commit_and_a_squash_changes_nothing_else() {
        let upstream = scenario::lab();
        let line = |path: &str| index::revision(&upstream.index(), &format!("refs/heads/master:{path}"));
        let (tip, serde) = (upstream.tip(), line("se/rd/serde"));
        upstream.set_yanked("serde@1.0.0", true);
        assert!(upstream.tip() != tip && line("se/rd/serde") != serde);
        let tree = upstream.tree();
        upstream.squash();
        assert_eq!(upstream.tree(), tree);
        upstream.delete("Abc@1.0.0");
        let path = upstream.folder().join("crates/Abc/Abc-1.0.0.crate");
        assert!(!path.exists() && upstream.tree() != tree);
        upstream.publish(FakeCrate::new("Abc", "1.0.0"));
        upstream.set_yanked("serde@1.0.0", false);
        assert!(path.exists() && line("se/rd/serde") == serde);
        let get = crate::http::get(&upstream.crates_url().replace("{crate}", "Abc").replace("{version}", "1.0.0"));
        assert_eq!(get.unwrap().body, fs::read(&path).unwrap());
        upstream.write_bundle(&upstream.folder().join("all.bundle"));
        let mut git = Command::new("git");
        git.args(["clone", "--quiet", "--bare", &upstream.index_url()]).arg(upstream.folder().join("clone"));
        Process::spawn(git).wait().succeeds();
        assert_eq!(index::revision(&upstream.folder().join("clone"), "refs/heads/master^{tree}"), upstream.tree());
    }
}

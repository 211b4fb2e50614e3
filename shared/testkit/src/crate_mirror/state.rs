//! What a mirror of crates holds.

use std::collections::BTreeMap;
use std::fs;

use git2::{ObjectType, Repository, TreeWalkMode, TreeWalkResult};
use romt_types::Digest;

use super::CrateMirror;

/// The index of a mirror, to be looked at.
pub struct IndexState(Repository);

impl std::fmt::Debug for IndexState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.path().fmt(f)
    }
}

impl CrateMirror {
    /// Its index.
    ///
    /// # Panics
    /// When there is none.
    #[track_caller]
    pub fn index(&self) -> IndexState {
        IndexState(Repository::open(self.path("git/crates.io-index")).expect("an index"))
    }

    /// The files below `crates`, and their hashes; `config.toml` and what romt keeps for itself left out.
    pub fn crates(&self) -> BTreeMap<String, Digest> {
        let mut crates = self.files_below("crates");
        crates.retain(|path, _| path != "config.toml" && !path.starts_with(".romt/"));
        crates
    }

    /// The paths below `crates`, in order; `config.toml` left out.
    pub fn crate_paths(&self) -> Vec<String> {
        self.crates().into_keys().collect()
    }
}

impl IndexState {
    /// Whether it has no work tree.
    pub fn is_bare(&self) -> bool {
        self.0.is_bare()
    }

    /// What `HEAD` says: `refs/heads/working`.
    pub fn head(&self) -> String {
        let head = fs::read_to_string(self.0.path().join("HEAD")).expect("HEAD");
        head.trim_end().trim_start_matches("ref: ").to_owned()
    }

    /// Has `HEAD` be a branch, as a person does by hand: `refs/heads/master`.
    pub fn set_head(&self, branch: &str) {
        self.0.set_head(branch).expect("a branch");
    }

    /// The names of all branches and remote branches, as in `refs/`: `heads/working`, in order.
    pub fn branches(&self) -> Vec<String> {
        let references = self.0.references().expect("references");
        let names = references.filter_map(|reference| Some(reference.ok()?.name().ok()?.to_owned()));
        let mut names: Vec<String> = names.filter_map(|name| Some(name.strip_prefix("refs/")?.to_owned())).collect();
        let is_branch = |name: &str| name.starts_with("heads/") || name.starts_with("remotes/");
        names.retain(|name| is_branch(name) && !name.ends_with("/HEAD"));
        names.sort();
        names
    }

    /// The id of what git calls `revision`; `None` where there is no such thing.
    pub fn revision(&self, revision: &str) -> Option<String> {
        Some(self.0.revparse_single(revision).ok()?.id().to_string())
    }

    /// The content of a branch, as the id of its tree.
    ///
    /// # Panics
    /// When there is no such branch.
    #[track_caller]
    pub fn tree(&self, branch: &str) -> String {
        self.revision(&format!("refs/heads/{branch}^{{tree}}")).unwrap_or_else(|| panic!("no branch {branch}"))
    }

    /// The message of a branch's last commit.
    pub fn message(&self, branch: &str) -> String {
        let commit = self.0.find_reference(&format!("refs/heads/{branch}")).and_then(|branch| branch.peel_to_commit());
        commit.expect("a branch").message().expect("a message in UTF-8").to_owned()
    }

    /// A file on a branch; `None` where there is none.
    pub fn file(&self, branch: &str, path: &str) -> Option<String> {
        let blob = self.0.revparse_single(&format!("refs/heads/{branch}:{path}")).ok()?;
        Some(String::from_utf8_lossy(blob.as_blob()?.content()).into_owned())
    }

    /// The paths of all files on a branch, in order.
    pub fn paths(&self, branch: &str) -> Vec<String> {
        let tree = self.0.revparse_single(&format!("refs/heads/{branch}^{{tree}}")).expect("a branch");
        let mut paths = Vec::new();
        let walked = tree.peel_to_tree().expect("a tree").walk(TreeWalkMode::PreOrder, |folder, entry| {
            if entry.kind() == Some(ObjectType::Blob) {
                paths.push(format!("{folder}{}", entry.name().unwrap_or("(not text)")));
            }
            TreeWalkResult::Ok
        });
        walked.expect("a tree that can be walked");
        paths.sort();
        paths
    }

    /// The value of an entry of its git configuration; all of them, where there are several.
    pub fn setting(&self, name: &str) -> Vec<String> {
        let config = self.0.config().expect("a configuration");
        let mut values = Vec::new();
        let entries = config.multivar(name, None).expect("entries");
        entries.for_each(|entry| values.push(entry.value().unwrap_or_default().to_owned())).expect("entries");
        values
    }
}

//! The index's repository, and commits to it.

use std::path::Path;

use git2::build::TreeUpdateBuilder;
use git2::{FileMode, Oid, Repository, RepositoryInitOptions, Signature, Tree};

const MASTER: &str = "refs/heads/master";

/// A bare repository whose `HEAD` is `master`, without a commit.
pub(super) fn create(path: &Path) {
    let mut options = RepositoryInitOptions::new();
    options.bare(true).mkpath(true).initial_head("master");
    Repository::init_opts(path, &options).expect("a repository in a temporary folder");
}

/// Commits files, by their path; one without content goes.
pub(super) fn commit(repository: &Path, message: &str, files: &[(String, Option<String>)]) {
    let repository = open(repository);
    let parent = repository.find_reference(MASTER).ok().map(|master| master.peel_to_commit().expect("a commit"));
    let base = match &parent {
        Some(parent) => parent.tree().expect("a tree"),
        None => empty_tree(&repository),
    };
    let mut update = TreeUpdateBuilder::new();
    for (path, content) in files {
        match content {
            Some(content) => {
                let blob = repository.blob(content.as_bytes()).expect("a blob");
                update.upsert(path.as_str(), blob, FileMode::Blob);
            }
            None => drop(update.remove(path.as_str())),
        }
    }
    let tree = update.create_updated(&repository, &base).expect("a tree");
    let parents: Vec<Oid> = parent.iter().map(git2::Commit::id).collect();
    put_commit(&repository, message, tree, &parents);
}

/// One commit without a parent, with the content of `master`, in its place.
pub(super) fn squash(repository: &Path) {
    let repository = open(repository);
    let tree = repository.revparse_single("refs/heads/master^{tree}").expect("a tree").id();
    put_commit(&repository, "Collapse index into one commit", tree, &[]);
}

/// The id of what git calls `revision`.
pub(super) fn revision(repository: &Path, revision: &str) -> String {
    open(repository).revparse_single(revision).expect("a revision").id().to_string()
}

fn open(path: &Path) -> Repository {
    Repository::open_bare(path).expect("the index's repository")
}

fn empty_tree(repository: &Repository) -> Tree<'_> {
    let tree = repository.treebuilder(None).and_then(|builder| builder.write()).expect("an empty tree");
    repository.find_tree(tree).expect("a tree that was just written")
}

/// Moves `master` to a new commit.
fn put_commit(repository: &Repository, message: &str, tree: Oid, parents: &[Oid]) {
    let author = Signature::now("upstream", "upstream@localhost").expect("a signature");
    let tree = repository.find_tree(tree).expect("a tree that was just written");
    let parents: Vec<_> = parents.iter().map(|&id| repository.find_commit(id).expect("a commit")).collect();
    let parents: Vec<_> = parents.iter().collect();
    let commit = repository.commit(None, &author, &author, message, &tree, &parents).expect("a commit");
    repository.reference(MASTER, commit, true, message).expect("the branch master");
}

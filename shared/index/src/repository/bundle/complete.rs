//! Whether all is there that a commit names.

use std::collections::HashSet;
use std::path::Path;

use git2::{ErrorCode, ObjectType, OdbLookupFlags, Oid, Repository};

use super::BundleError;
use crate::git::Watch;
use crate::repository::{IndexRepository, git_error};

/// crates.io has some 300,000 files and folders.
const MAX_ENTRIES: usize = 5_000_000;
/// Index files are three folders deep; whatever else a registry keeps beside them is not much deeper.
const MAX_DEPTH: usize = 32;
/// After so many folders the memory that they take is given back.
const FOLDERS_IN_MEMORY: usize = 10_000;
/// How many commits are looked at between two questions whether to stop.
const COMMITS_A_QUESTION: usize = 10_000;

/// Checks that the history of `tip` is here as far as it is not known, and all files of its tree that `known` trees do
/// not have: an index that was let in is never half.
pub(super) struct Completeness<'a> {
    pub(super) repository: &'a IndexRepository,
    /// The bundle, for errors.
    pub(super) bundle: &'a Path,
    /// Commits that are here with all that they name.
    pub(super) known: &'a [Oid],
}

impl Completeness<'_> {
    pub(super) fn check(&self, tip: Oid, watch: &Watch<'_>) -> Result<(), BundleError> {
        if self.known.contains(&tip) {
            return Ok(());
        }
        self.check_history(tip, watch)?;
        let git = self.repository.git();
        let tree_of = |commit: Oid| git.find_commit(commit).map(|commit| commit.tree_id());
        let tree = tree_of(tip).map_err(|error| self.missing(&error, "the commit", tip))?;
        let mut known = Vec::new();
        for commit in self.known {
            known.push(tree_of(*commit).map_err(self.unreadable())?);
        }
        let git = self.open()?;
        let walk = Walk { check: self, git, entries: 0, seen: HashSet::new(), watch };
        walk.run(tree, known)
    }

    /// Goes through the commits; each that is missing ends the walk with an error.
    fn check_history(&self, tip: Oid, watch: &Watch<'_>) -> Result<(), BundleError> {
        let git = self.repository.git();
        let begin = || {
            let mut walk = git.revwalk()?;
            for known in self.known {
                walk.hide(*known)?;
            }
            Ok(walk)
        };
        let mut walk = begin().map_err(self.unreadable())?;
        walk.push(tip).map_err(|error| self.missing(&error, "the commit", tip))?;
        for (count, commit) in walk.enumerate() {
            commit.map_err(|error| self.missing(&error, "a commit of the history of", tip))?;
            if count.is_multiple_of(COMMITS_A_QUESTION) && watch.stopped() {
                return Err(BundleError::Stopped);
            }
        }
        Ok(())
    }

    fn open(&self) -> Result<Repository, BundleError> {
        Repository::open_bare(self.repository.git().path()).map_err(self.unreadable())
    }

    fn missing(&self, error: &git2::Error, what: &'static str, id: Oid) -> BundleError {
        match error.code() {
            ErrorCode::NotFound => self.incomplete(what, id),
            _ => BundleError::Damaged { path: self.bundle.to_owned(), said: error.message().to_owned() },
        }
    }

    fn incomplete(&self, what: &'static str, id: Oid) -> BundleError {
        BundleError::Incomplete { path: self.bundle.to_owned(), what, id: id.to_string() }
    }

    fn unreadable(&self) -> impl FnOnce(git2::Error) -> BundleError {
        let error = git_error("read", self.repository.path());
        |source| error(source).into()
    }
}

struct Walk<'a, 'w> {
    check: &'a Completeness<'a>,
    /// One of its own, because a repository keeps the folders it has read in memory.
    git: Repository,
    entries: usize,
    /// Folders that were looked at.
    seen: HashSet<Oid>,
    watch: &'a Watch<'w>,
}

/// A folder to look at, beside the folders of the same name that are known to be whole.
struct Folder {
    tree: Oid,
    known: Vec<Oid>,
    depth: usize,
}

impl Walk<'_, '_> {
    fn run(mut self, tree: Oid, known: Vec<Oid>) -> Result<(), BundleError> {
        let mut folders = vec![Folder { tree, known, depth: 0 }];
        while let Some(folder) = folders.pop() {
            if folder.known.contains(&folder.tree) || !self.seen.insert(folder.tree) {
                continue;
            }
            if self.watch.stopped() {
                return Err(BundleError::Stopped);
            }
            if self.seen.len().is_multiple_of(FOLDERS_IN_MEMORY) {
                self.git = self.check.open()?;
            }
            self.look(&folder, &mut folders)?;
        }
        Ok(())
    }

    /// Checks the files of a folder and adds the folders in it.
    fn look(&mut self, folder: &Folder, folders: &mut Vec<Folder>) -> Result<(), BundleError> {
        let missing = |error: git2::Error| self.check.missing(&error, "the folder", folder.tree);
        let tree = self.git.find_tree(folder.tree).map_err(missing)?;
        let odb = self.git.odb().map_err(self.check.unreadable())?;
        let mut known = Vec::new();
        for id in &folder.known {
            known.push(self.git.find_tree(*id).map_err(self.check.unreadable())?);
        }
        self.entries += tree.len();
        if self.entries > MAX_ENTRIES {
            return Err(self.excessive(format!("have more than {MAX_ENTRIES} entries")));
        }
        for entry in &tree {
            let same_name: Vec<_> = known.iter().filter_map(|tree| tree.get_name_bytes(entry.name_bytes())).collect();
            if same_name.iter().any(|known| known.id() == entry.id() && known.kind() == entry.kind()) {
                continue;
            }
            match entry.kind() {
                Some(ObjectType::Tree) if folder.depth == MAX_DEPTH => {
                    return Err(self.excessive(format!("are more than {MAX_DEPTH} deep")));
                }
                Some(ObjectType::Tree) => {
                    let trees = same_name.iter().filter(|known| known.kind() == Some(ObjectType::Tree));
                    let known = trees.map(git2::TreeEntry::id).collect();
                    folders.push(Folder { tree: entry.id(), known, depth: folder.depth + 1 });
                }
                // A commit is another repository's (gitsubmodules(7)).
                Some(ObjectType::Commit) => {}
                _ if odb.exists_ext(entry.id(), OdbLookupFlags::NO_REFRESH) => {}
                _ => return Err(self.check.incomplete("the file", entry.id())),
            }
        }
        Ok(())
    }

    fn excessive(&self, reason: String) -> BundleError {
        BundleError::Excessive { path: self.check.bundle.to_owned(), reason }
    }
}

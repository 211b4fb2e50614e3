//! Reading what is published.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use git2::{ErrorCode, ObjectType, Repository};

use super::{BlobId, MASTER, git_error};
use crate::IndexError;

/// One published state of the index: a commit of `master`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The commit, hexadecimal.
    pub commit: String,
    /// Its tree, hexadecimal.
    pub tree: String,
    /// When it was committed.
    pub time: SystemTime,
}

/// One index file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexFile {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The git id of its blob, hexadecimal: changes exactly when the bytes do.
    pub blob: String,
}

/// The published index, for reading. Its calls block; it can be sent between threads, not shared.
pub struct PublishedIndex {
    git: Repository,
    path: PathBuf,
}

impl PublishedIndex {
    /// Opens the repository at `path`; `None` if there is none.
    pub fn open(path: &Path) -> Result<Option<Self>, IndexError> {
        match open(path) {
            Ok(git) => Ok(Some(Self { git, path: path.to_owned() })),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(git_error("open", path)(error)),
        }
    }

    /// What is published now; `None` if nothing ever was.
    pub fn snapshot(&self) -> Result<Option<Snapshot>, IndexError> {
        snapshot_of(&self.git, &self.path, MASTER)
    }

    /// The file at `path` in a snapshot, `None` if it is not there (or is a folder).
    pub fn file(&self, snapshot: &Snapshot, path: &str) -> Result<Option<IndexFile>, IndexError> {
        let read = || {
            let tree = self.git.find_tree(git2::Oid::from_str(&snapshot.tree)?)?;
            let Some(id) = blob_at(&tree, path)? else { return Ok(None) };
            let blob = self.git.find_blob(id)?;
            Ok(Some(IndexFile { bytes: blob.content().to_vec(), blob: id.to_string() }))
        };
        read().map_err(git_error(format!("read `{path}` from"), &self.path))
    }

    /// The bytes of a blob; `None` if the repository does not have it.
    pub fn blob(&self, id: BlobId) -> Result<Option<Vec<u8>>, IndexError> {
        read_blob(&self.git, &self.path, id)
    }

    /// Calls `visit` with the path and blob of every file of a snapshot, in the order of paths, until it says false.
    pub fn for_each_file(
        &self,
        snapshot: &Snapshot,
        visit: impl FnMut(&str, BlobId) -> bool,
    ) -> Result<(), IndexError> {
        for_each_file(&self.git, &self.path, snapshot, visit)
    }
}

/// Opens the repository at `path`: a bare one, or one with a work tree, as Python romt makes them.
///
/// Opened as bare it may belong to somebody else. libgit2 refuses that elsewhere because a stranger's configuration might run
/// programs; none are run for what is done here.
pub(super) fn open(path: &Path) -> Result<Repository, git2::Error> {
    let with_work_tree = path.join(".git");
    if with_work_tree.exists() { Repository::open_bare(with_work_tree) } else { Repository::open_bare(path) }
}

/// The bytes of a blob, if the repository has it.
pub(super) fn read_blob(git: &Repository, path: &Path, id: BlobId) -> Result<Option<Vec<u8>>, IndexError> {
    match git.find_blob(id.0) {
        Ok(blob) => Ok(Some(blob.content().to_vec())),
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Err(error) => Err(git_error(format!("read blob {id} from"), path)(error)),
    }
}

/// The blob at `path` in a tree; `None` if there is none, be it that there is a folder or that no path reads like that.
pub(crate) fn blob_at(tree: &git2::Tree<'_>, path: &str) -> Result<Option<git2::Oid>, git2::Error> {
    if path.is_empty() || path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Ok(None);
    }
    match tree.get_path(Path::new(path)) {
        Ok(entry) => Ok((entry.kind() == Some(ObjectType::Blob)).then(|| entry.id())),
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Calls `visit` with the path and blob of every file of a snapshot, in the order of paths, until it says false.
pub(super) fn for_each_file(
    git: &Repository,
    path: &Path,
    snapshot: &Snapshot,
    mut visit: impl FnMut(&str, BlobId) -> bool,
) -> Result<(), IndexError> {
    let mut walk = || {
        let tree = git.find_tree(git2::Oid::from_str(&snapshot.tree)?)?;
        tree.walk(git2::TreeWalkMode::PreOrder, |folder, entry| {
            let (Ok(name), Some(ObjectType::Blob)) = (entry.name(), entry.kind()) else { return 0 };
            // A positive value would only skip the subtree.
            if visit(&format!("{folder}{name}"), BlobId(entry.id())) { 0 } else { -1 }
        })
    };
    match walk() {
        Err(error) if error.code() != ErrorCode::User => Err(git_error("read", path)(error)),
        _ => Ok(()),
    }
}

/// The state that a branch stands for.
pub(super) fn snapshot_of(git: &Repository, path: &Path, branch: &str) -> Result<Option<Snapshot>, IndexError> {
    let read = || {
        let commit = match git.find_reference(branch) {
            Ok(reference) => reference.peel_to_commit()?,
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let seconds = u64::try_from(commit.time().seconds()).unwrap_or_default();
        Ok(Some(Snapshot {
            commit: commit.id().to_string(),
            tree: commit.tree_id().to_string(),
            time: SystemTime::UNIX_EPOCH + Duration::from_secs(seconds),
        }))
    };
    read().map_err(git_error(format!("read {branch} of"), path))
}

impl std::fmt::Debug for PublishedIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PublishedIndex").field("path", &self.path).finish_non_exhaustive()
    }
}

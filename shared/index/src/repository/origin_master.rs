//! `origin/master`: upstream's index as it was pulled last, and where archives of it ended.

use super::published::{blob_at, read_blob};
use super::{BlobId, IndexRepository, ObjectWriter, TreeEdits, durable, git_error};
use crate::{IndexError, Revision};

/// Upstream's index.
pub(super) const ORIGIN_MASTER: &str = "refs/remotes/origin/master";
/// The commit with which the last archive ended. It keeps the commit, whatever upstream does with its history.
const PACKED: &str = "refs/romt/packed";

impl IndexRepository {
    /// A file of upstream's index as it was pulled last; `None` if it is not there.
    pub fn origin_file(&self, path: &str) -> Result<Option<Vec<u8>>, IndexError> {
        let Some(commit) = self.commit_of(ORIGIN_MASTER)? else { return Ok(None) };
        let find = || blob_at(&commit.tree()?, path);
        match find().map_err(git_error(format!("look up `{path}` in"), self.path()))? {
            Some(blob) => read_blob(self.git(), self.path(), BlobId(blob)),
            None => Ok(None),
        }
    }

    /// Commits `edits` to upstream's index as it was read from elsewhere than a git repository.
    pub fn commit_origin(&self, writer: &mut ObjectWriter, edits: &TreeEdits, message: &str) -> Result<(), IndexError> {
        let parent = self.commit_of(ORIGIN_MASTER)?;
        let packs = durable::Packs::of(self.git().path())?;
        let tree = edits.apply(self, writer, parent.as_ref().map(git2::Commit::tree_id))?;
        let parents: Vec<_> = parent.iter().map(git2::Commit::id).collect();
        let commit = self.write_signed(writer, tree, &parents, message)?;
        writer.flush(self)?;
        packs.sync_new()?;
        self.set_durably(ORIGIN_MASTER, commit, message)
    }

    /// The commit with which the last archive ended.
    pub fn last_packed(&self) -> Result<Option<Revision>, IndexError> {
        Ok(self.commit_of(PACKED)?.map(|commit| Revision::of(&commit)))
    }

    /// An archive ends with this commit.
    pub fn set_last_packed(&self, end: &Revision) -> Result<(), IndexError> {
        match end.commit_id() {
            Some(commit) => self.set_durably(PACKED, commit, "pack"),
            None => Ok(()),
        }
    }
}

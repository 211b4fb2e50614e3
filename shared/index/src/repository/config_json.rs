//! `config.json`: what it says to clients, and the mirror's own over upstream's.

use git2::Oid;

use super::work_tree::CONFIG;
use super::{IndexRepository, ObjectWriter, TreeEdits, durable, git_error};
use crate::IndexError;

impl IndexRepository {
    /// The bytes of `config.json`: the work tree's if there is one with the file, otherwise those of `HEAD`.
    pub fn config_json(&self) -> Result<Option<Vec<u8>>, IndexError> {
        if let Some(bytes) = self.config_in_work_tree()? {
            return Ok(Some(bytes));
        }
        let head = self.head_reference()?;
        self.commit_of(&head)?.map_or(Ok(None), |commit| self.config_in(&commit))
    }

    /// Commits `config.json` on the current branch, as its first commit if need be. False if that is what it says.
    pub fn commit_config(&self, bytes: &[u8], message: &str) -> Result<bool, IndexError> {
        let head = self.head_reference()?;
        let parent = self.commit_of(&head)?;
        let committed = parent.as_ref().map_or(Ok(None), |parent| self.config_in(parent))?;
        let same = |found: Option<&[u8]>| found == Some(bytes);
        if same(committed.as_deref()) && (self.work_tree().is_none() || same(self.config_in_work_tree()?.as_deref())) {
            return Ok(false);
        }
        if same(committed.as_deref()) {
            // Only the work tree says something else.
            let commit = parent.map(|parent| parent.id());
            commit.map_or(Ok(()), |commit| self.check_out(commit, Some(CONFIG)))?;
            return Ok(true);
        }
        let packs = durable::Packs::of(self.git().path())?;
        let mut writer = ObjectWriter::default();
        let commit = self.write_config(&mut writer, parent.map(|parent| parent.id()), bytes, message)?;
        writer.flush(self)?;
        packs.sync_new()?;
        self.check_out(commit, Some(CONFIG))?;
        self.set_durably(&head, commit, message)?;
        Ok(true)
    }

    /// Writes a commit with the parent's files and this `config.json`.
    pub(super) fn write_config(
        &self,
        writer: &mut ObjectWriter,
        parent: Option<Oid>,
        bytes: &[u8],
        message: &str,
    ) -> Result<Oid, IndexError> {
        let mut edits = TreeEdits::default();
        edits.put(CONFIG.to_owned(), writer.blob(self, bytes)?);
        let tree_of = |commit| self.git().find_commit(commit).map(|commit| commit.tree_id());
        let base = parent.map(tree_of).transpose().map_err(git_error("read", self.path()))?;
        let tree = edits.apply(self, writer, base)?;
        self.write_signed(writer, tree, parent.as_slice(), message)
    }

    /// The branch that `HEAD` names, as a reference.
    pub(super) fn head_reference(&self) -> Result<String, IndexError> {
        match self.current_branch()? {
            Some(name) if name.starts_with("refs/") => Ok(name),
            Some(name) => Ok(format!("refs/heads/{name}")),
            None => Err(IndexError::DetachedHead { repository: self.path().to_owned() }),
        }
    }
}

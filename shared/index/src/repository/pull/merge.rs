//! Bringing what upstream has and what was changed here together.

use git2::{ErrorCode, ObjectType, Oid};

use super::Merge;
use crate::IndexError;
use crate::repository::merge_trees::{MergedTree, merge_trees};
use crate::repository::{IndexRepository, ObjectWriter, git_error};

impl IndexRepository {
    /// The commit in which `theirs` and `ours` meet, written if it is a new one; no branch moves.
    ///
    /// Where they cannot meet, because both changed the same file or have no history in common (upstream squashes its
    /// index now and then), it is theirs.
    pub(super) fn merge(
        &self,
        writer: &mut ObjectWriter,
        ours: Option<Oid>,
        theirs: Oid,
    ) -> Result<(Oid, Merge), IndexError> {
        let Some(ours) = ours else { return Ok((theirs, Merge::FastForward)) };
        let base = match self.git().merge_base(ours, theirs) {
            Ok(base) if base == theirs => return Ok((ours, Merge::UpToDate)),
            Ok(base) if base == ours => return Ok((theirs, Merge::FastForward)),
            Ok(base) => base,
            Err(error) if error.code() == ErrorCode::NotFound => return Ok((theirs, Merge::Reconstructed)),
            Err(error) => return Err(git_error("read the history of", self.path())(error)),
        };
        let tree_of = |commit| self.git().find_commit(commit).map(|commit| commit.tree_id());
        let trees = || Ok((tree_of(base)?, tree_of(ours)?, tree_of(theirs)?));
        let (base, our_tree, their_tree) = trees().map_err(git_error("read", self.path()))?;
        let tree = match merge_trees(self, writer, base, our_tree, their_tree)? {
            MergedTree::Clean(Some(tree)) => tree,
            MergedTree::Clean(None) => writer.add(self, ObjectType::Tree, b"")?,
            MergedTree::Conflict => return Ok((theirs, Merge::Reconstructed)),
        };
        let commit = self.write_signed(writer, tree, &[ours, theirs], "Merge origin/master")?;
        Ok((commit, Merge::Merged))
    }

    /// Puts an old clone, whose branch is another one, on `working`: made where `HEAD` is. Says whether it did.
    pub(super) fn upgrade_to_working(&self) -> Result<bool, IndexError> {
        const WORKING: &str = crate::repository::WORKING;
        let head = self.head_reference()?;
        if head == WORKING || self.commit_of(WORKING)?.is_some() {
            return Ok(false);
        }
        if let Some(commit) = self.commit_of(&head)? {
            self.set_durably(WORKING, commit.id(), "upgrade to working")?;
        }
        let moved = self.git().reference_symbolic("HEAD", WORKING, true, "upgrade to working");
        moved.map_err(git_error("move HEAD of", self.path()))?;
        crate::repository::durable::sync_reference(self.git().path(), "HEAD")?;
        Ok(true)
    }
}

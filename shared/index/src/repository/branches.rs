//! Branches, and how they stand to each other.

use git2::{Commit, ErrorCode, Oid};

use super::{IndexRepository, durable, git_error};
use crate::{IndexError, Revision};

impl IndexRepository {
    /// The branch that `HEAD` names, whether it has a commit or not: `working`. `None` if it names a commit.
    pub fn current_branch(&self) -> Result<Option<String>, IndexError> {
        let read = || {
            let head = self.git().find_reference("HEAD")?;
            head.symbolic_target().map(|target| target.map(str::to_owned))
        };
        let target = read().map_err(git_error("read HEAD of", self.path()))?;
        Ok(target.map(|target| target.strip_prefix("refs/heads/").map(str::to_owned).unwrap_or(target)))
    }

    /// Where a branch is, named without `refs/heads/`; `None` if there is no such branch.
    pub fn branch(&self, name: &str) -> Result<Option<Revision>, IndexError> {
        Ok(self.commit_of(&format!("refs/heads/{name}"))?.map(|commit| Revision::of(&commit)))
    }

    /// Moves a branch, or makes it; from then on that is durable. Where it was does not matter, and whether it is the
    /// current one is for the caller to ask.
    pub fn move_branch(&self, name: &str, to: &Revision) -> Result<(), IndexError> {
        let commit = to.commit_id().ok_or_else(|| IndexError::NothingToName { branch: name.to_owned() })?;
        self.set_durably(&format!("refs/heads/{name}"), commit, "move")
    }

    /// Whether a revision is part of another one's history; one is of its own, and nothing is of each.
    pub fn is_ancestor(&self, ancestor: &Revision, of: &Revision) -> Result<bool, IndexError> {
        match (ancestor.commit_id(), of.commit_id()) {
            (None, _) => Ok(true),
            (Some(_), None) => Ok(false),
            (Some(ancestor), Some(of)) if ancestor == of => Ok(true),
            (Some(ancestor), Some(of)) => {
                let found = self.git().graph_descendant_of(of, ancestor);
                found.map_err(git_error("read the history of", self.path()))
            }
        }
    }

    /// The commit that a reference names; `None` if there is no such reference.
    pub(super) fn commit_of(&self, reference: &str) -> Result<Option<Commit<'_>>, IndexError> {
        match self.git().find_reference(reference) {
            Ok(found) => Some(found.peel_to_commit()).transpose(),
            // A name that no reference can have, no reference has.
            Err(error) if matches!(error.code(), ErrorCode::NotFound | ErrorCode::InvalidSpec) => Ok(None),
            Err(error) => Err(error),
        }
        .map_err(git_error(format!("read {reference} of"), self.path()))
    }

    /// Moves a reference to a commit that is durable.
    pub(super) fn set_durably(&self, reference: &str, commit: Oid, why: &str) -> Result<(), IndexError> {
        self.set(reference, commit, why)?;
        durable::sync_reference(self.git().path(), reference)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ObjectWriter, TreeEdits};

    #[test]
    fn branches_move_and_history_has_an_order() {
        let folder = tempfile::tempdir().unwrap();
        let repository = IndexRepository::create(&folder.path().join("index")).unwrap();
        let commit = || {
            let mut writer = ObjectWriter::default();
            let snapshot = repository.commit(&mut writer, &TreeEdits::default(), "test").unwrap();
            repository.publish(&snapshot).unwrap();
            Revision::find(&repository, &snapshot.commit).unwrap()
        };
        let (first, second) = (commit(), commit());
        assert_eq!(repository.branch("working").unwrap(), Some(second));
        assert_eq!(repository.branch("mark").unwrap(), None);
        assert_eq!(repository.branch("no such/..").unwrap(), None);
        for to in [&second, &first] {
            repository.move_branch("mark", to).unwrap();
            assert_eq!(repository.branch("mark").unwrap().as_ref(), Some(to));
        }
        let nothing = Revision::NOTHING;
        for (ancestor, of, expected) in [
            (first, second, true),
            (second, first, false),
            (first, first, true),
            (nothing, first, true),
            (nothing, nothing, true),
            (first, nothing, false),
        ] {
            assert_eq!(repository.is_ancestor(&ancestor, &of).unwrap(), expected, "{ancestor:?} {of:?}");
        }
        let refused = repository.move_branch("mark", &nothing).unwrap_err();
        assert!(refused.to_string().contains("`mark`"), "{refused}");
        let git = repository.git();
        git.set_head_detached(first.commit_id().unwrap()).unwrap();
        assert_eq!(repository.current_branch().unwrap(), None);
    }
}

//! The ends of a range.

use git2::Oid;

use super::RangeError;
use crate::IndexRepository;

/// A state of the index: what a commit holds, or nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revision(Option<Ids>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ids {
    commit: Oid,
    tree: Oid,
}

impl Revision {
    /// Before the first crate.
    pub const NOTHING: Self = Self(None);

    /// Looks up `0`, which is [`NOTHING`](Self::NOTHING), or any name that git knows for a commit: a branch, a tag, an id,
    /// `HEAD~1` (gitrevisions(7)).
    pub fn find(repository: &IndexRepository, revision: &str) -> Result<Self, RangeError> {
        if revision == "0" {
            return Ok(Self::NOTHING);
        }
        let find = || {
            let commit = repository.git().revparse_single(revision)?.peel_to_commit()?;
            Ok(Self(Some(Ids { commit: commit.id(), tree: commit.tree_id() })))
        };
        find().map_err(|source| RangeError::UnknownRevision { revision: revision.to_owned(), source })
    }

    /// The id of the commit, hexadecimal; `None` for nothing.
    pub fn commit(&self) -> Option<String> {
        self.0.map(|ids| ids.commit.to_string())
    }

    /// What a commit holds.
    pub(crate) fn of(commit: &git2::Commit<'_>) -> Self {
        Self(Some(Ids { commit: commit.id(), tree: commit.tree_id() }))
    }

    pub(crate) fn commit_id(&self) -> Option<Oid> {
        self.0.map(|ids| ids.commit)
    }

    pub(crate) fn tree(&self) -> Option<Oid> {
        self.0.map(|ids| ids.tree)
    }
}

//! The index as a git repository, best without a work tree.
//!
//! Branches are Python romt's: `working` is where commits are made, `master` is what is published. `refs/romt/upstream`
//! keeps the upstream index files that a sparse mirror has read. All objects are written as packs ([`ObjectWriter`]):
//! a pack is whole or it is not there, a loose object after a power cut is neither.

mod branches;
mod bundle;
mod config_json;
mod create;
mod durable;
mod merge_trees;
mod object_writer;
mod origin;
mod origin_master;
mod packs;
mod published;
mod pull;
mod recover;
mod references;
#[cfg(test)]
mod testing;
mod tidy;
mod tree;
mod work_tree;
mod write;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use romt_types::ParseError;

use crate::IndexError;

pub use bundle::{BundleError, BundleHeader, BundleRef, IncomingIndex};
pub use object_writer::ObjectWriter;
pub use packs::PackFiles;
pub use published::{IndexFile, PublishedIndex, Snapshot};
pub use pull::{Merge, PullError, Pulled};
pub use references::{CommitId, IndexReference, IndexReferences};
pub use tidy::OldPacks;
pub use tree::TreeEdits;
pub use write::IndexRepository;

/// The branch that clients see.
const MASTER: &str = "refs/heads/master";
/// The branch on which commits are made.
const WORKING: &str = "refs/heads/working";
/// The upstream index files that were read over the sparse protocol.
const UPSTREAM: &str = "refs/romt/upstream";

/// The id of a blob: names an index file's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId(git2::Oid);

impl BlobId {
    /// The id that `bytes` have.
    pub fn of(bytes: &[u8]) -> Result<Self, git2::Error> {
        git2::Oid::hash_object(git2::ObjectType::Blob, bytes).map(Self)
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for BlobId {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        // libgit2 takes shorter ones too and fills them up.
        let whole = text.len() == 40;
        let id = git2::Oid::from_str(text).ok().filter(|_| whole);
        id.map(Self).ok_or_else(|| ParseError::new(text, "a git object id", "40 hexadecimal digits are needed"))
    }
}

/// Makes errors that say what was to be done to which repository.
pub(crate) fn git_error(action: impl Into<String>, repository: &Path) -> impl FnOnce(git2::Error) -> IndexError {
    let (action, repository): (String, PathBuf) = (action.into(), repository.to_owned());
    move |source| IndexError::Git { action, repository, source }
}

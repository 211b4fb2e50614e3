//! What can go wrong with a replicated index, by what the caller does next.

use std::io;
use std::path::PathBuf;

use romt_index::IndexError;
use romt_storage::{StorageError, WriteError};

/// Why an index could not be replicated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplicaError {
    /// Another indexer publishes to the same store: stop, and let the lease decide who goes on.
    #[error("another indexer publishes this index: its fencing token is {theirs}, ours is {ours}")]
    AnotherIndexer {
        /// The token of the one who published last.
        theirs: u64,
        /// Ours.
        ours: u64,
    },
    /// The store has a state that this repository has never seen, so it must not be published over: [`restore`](crate::restore())
    /// it first.
    #[error("the store has published commit {commit}, which the repository `{}` does not have", repository.display())]
    Behind {
        /// What the store has published.
        commit: String,
        /// The repository.
        repository: PathBuf,
    },
    /// What the store has published is older than what was followed before: somebody put old files back. Serve what there is,
    /// and tell the operator.
    #[error("the published index went back from state {from} to state {to}")]
    WentBack {
        /// The sequence number that was followed.
        from: u64,
        /// The one that is there now.
        to: u64,
    },
    /// The pointer is not one: tell the operator.
    #[error("`{key}` is not a pointer to an index: {reason}")]
    Pointer {
        /// Its key.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A pack in the store is not what the pointer says: tell the operator.
    #[error("`{key}` is not what the pointer says: {reason}")]
    Pack {
        /// Its key.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// All packs are here and right, but not the commit that the pointer names: tell the operator.
    #[error("the packs of the published index lack {reference} {commit}")]
    Incomplete {
        /// What names the commit.
        reference: &'static str,
        /// The commit.
        commit: String,
    },
    /// The folder of a replica is in use by another process: choose another one.
    #[error("the folder `{}` is in use by another process", path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// The folder of a replica has other things in it: choose another one.
    #[error("the folder `{}` is not empty, and was not made for a copy of the index", path.display())]
    NotOurs {
        /// The folder.
        path: PathBuf,
    },
    /// The local disk failed: try again later, or tell the operator.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What was to be done.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The operating system's error.
        #[source]
        source: io::Error,
    },
    /// The repository failed.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The store failed; whether to try again is its error's to say.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A pack could not be stored.
    #[error(transparent)]
    Write(Box<WriteError>),
    /// A thread of ours was stopped.
    #[error("work on the index was stopped")]
    Stopped(#[from] tokio::task::JoinError),
}

impl From<WriteError> for ReplicaError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Storage(error) => Self::Storage(error),
            error => Self::Write(Box::new(error)),
        }
    }
}

impl ReplicaError {
    /// Makes errors about a file or folder.
    pub(crate) fn io(action: &'static str, path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}

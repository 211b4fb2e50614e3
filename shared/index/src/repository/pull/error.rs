//! What can go wrong with a pull.

use std::io;
use std::path::PathBuf;

use super::super::BundleError;
use crate::IndexError;

/// Why an index could not be pulled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PullError {
    /// Nobody said where from.
    #[error("the index repository `{}` has no origin to pull from", repository.display())]
    NoOrigin {
        /// The repository.
        repository: PathBuf,
    },
    /// The origin is a sparse index: its files are read one by one, not pulled.
    #[error("`{origin}` is a sparse index; there is no git history to pull from it")]
    Sparse {
        /// The origin.
        origin: String,
    },
    /// There is no `git` program, and the origin cannot be reached without it.
    #[error("`git` command not found; it is needed to pull from `{origin}`")]
    NoGit {
        /// The origin.
        origin: String,
    },
    /// `git` is there, but cannot be run.
    #[error("cannot run git")]
    Run(#[source] io::Error),
    /// git could not fetch: the origin is not there, does not let us in, or the repository cannot be written.
    #[error("cannot fetch from `{origin}`: {said}")]
    Fetch {
        /// The origin.
        origin: String,
        /// git's last words.
        said: String,
    },
    /// The origin has no branch of the name that an index has.
    #[error("`{origin}` has no branch `master`")]
    NoMaster {
        /// The origin.
        origin: String,
    },
    /// The bundle that is the origin cannot be taken in.
    #[error(transparent)]
    Bundle(BundleError),
    /// git could not bring the work tree up to date.
    #[error("cannot update the files in `{}`: {said}", folder.display())]
    WorkTree {
        /// The work tree.
        folder: PathBuf,
        /// git's last words.
        said: String,
    },
    /// It was to stop.
    #[error("stopped")]
    Stopped,
    /// The repository cannot be read or written.
    #[error(transparent)]
    Index(#[from] IndexError),
}

impl From<BundleError> for PullError {
    fn from(error: BundleError) -> Self {
        match error {
            BundleError::Stopped => Self::Stopped,
            BundleError::Index(error) => Self::Index(error),
            BundleError::Run(error) => Self::Run(error),
            error => Self::Bundle(error),
        }
    }
}

//! What can go wrong with a bundle.

use std::io;
use std::path::{Path, PathBuf};

use crate::IndexError;
use crate::git::RunError;

/// Why a bundle could not be written or taken in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// The file cannot be read or written.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What was to be done.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        #[source]
        source: io::Error,
    },
    /// The file is no bundle, or one that romt does not read.
    #[error("`{}` is not a git bundle that can be read: {reason}", path.display())]
    NotABundle {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// It builds on commits that the repository does not have: bundles before it were not taken in.
    #[error("`{}` builds on commits that are not here: {}", path.display(), list(commits))]
    MissingPrerequisites {
        /// The file.
        path: PathBuf,
        /// The ids of the commits.
        commits: Vec<String>,
    },
    /// It brings no branch that could be the index.
    #[error("`{}` has neither a branch `bundle/master` nor `master`", path.display())]
    NoMaster {
        /// The file.
        path: PathBuf,
    },
    /// Its objects cannot be read.
    #[error("the git bundle `{}` is damaged: {said}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What git said of it.
        said: String,
    },
    /// It does not bring all that it should.
    #[error("the git bundle `{}` is incomplete: it lacks {what} {id}", path.display())]
    Incomplete {
        /// The file.
        path: PathBuf,
        /// What kind of object is missing.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// Its trees are made to keep their readers busy.
    #[error("the git bundle `{}` is refused: its folders {reason}", path.display())]
    Excessive {
        /// The file.
        path: PathBuf,
        /// What there is too much of.
        reason: String,
    },
    /// A bundle of nothing was asked for.
    #[error("there is no commit to write to the git bundle `{}`", path.display())]
    Nothing {
        /// The file that was to be.
        path: PathBuf,
    },
    /// It was to bring `master`, but to end elsewhere.
    #[error("the git bundle `{}` cannot be called `master`: that branch is elsewhere", path.display())]
    OtherMaster {
        /// The file that was to be.
        path: PathBuf,
    },
    /// `git` cannot be run.
    #[error("cannot run git")]
    Run(#[source] io::Error),
    /// `git` could not write the bundle.
    #[error("git cannot write the bundle `{}`: {said}", path.display())]
    Write {
        /// The file that was to be.
        path: PathBuf,
        /// What git said.
        said: String,
    },
    /// It was to stop.
    #[error("stopped")]
    Stopped,
    /// The repository cannot be read or written.
    #[error(transparent)]
    Index(#[from] IndexError),
}

impl BundleError {
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_owned(), source }
    }

    /// What it means that git did not take the bundle in.
    pub(super) fn reading(path: &Path, error: RunError) -> Self {
        match error {
            RunError::Start(source) => Self::Run(source),
            RunError::Stopped => Self::Stopped,
            RunError::Failed(said) => Self::Damaged { path: path.to_owned(), said },
        }
    }

    /// What it means that git did not write the bundle.
    pub(super) fn writing(path: &Path, error: RunError) -> Self {
        match error {
            RunError::Start(source) => Self::Run(source),
            RunError::Stopped => Self::Stopped,
            RunError::Failed(said) => Self::Write { path: path.to_owned(), said },
        }
    }
}

/// So many commits are named.
const NAMED: usize = 4;

fn list(commits: &[String]) -> String {
    let named = commits[..commits.len().min(NAMED)].join(", ");
    match commits.len() {
        ..=NAMED => named,
        all => format!("{named} and {} more", all - NAMED),
    }
}

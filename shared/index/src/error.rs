//! What can go wrong with an index.

use std::path::PathBuf;

use romt_types::ParseError;

/// Why a repository could not do what it was asked to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IndexError {
    /// git failed: the repository is damaged, or cannot be read or written.
    #[error("cannot {action} the index repository `{}`", repository.display())]
    Git {
        /// What was to be done: "open", "read `se/rd/serde` from".
        action: String,
        /// The repository.
        repository: PathBuf,
        /// What libgit2 said.
        #[source]
        source: git2::Error,
    },
    /// A file of the repository cannot be read or written.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What was to be done.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The operating system's error.
        #[source]
        source: std::io::Error,
    },
    /// A repository is to be made where something is.
    #[error("index directory '{}' already exists", path.display())]
    Exists {
        /// What is there.
        path: PathBuf,
    },
    /// What is there is no git repository.
    #[error("`{}` is not a git repository", path.display())]
    NotARepository {
        /// What is there.
        path: PathBuf,
    },
    /// It has not all of its objects, so there is nothing whole to copy.
    #[error("the index repository `{}` borrows objects from another one (objects/info/alternates)", repository.display())]
    Borrows {
        /// The repository.
        repository: PathBuf,
    },
    /// `HEAD` names a commit and not a branch, so there is nothing to commit on.
    #[error("the index repository `{}` is on no branch (HEAD is detached)", repository.display())]
    DetachedHead {
        /// The repository.
        repository: PathBuf,
    },
    /// A branch is to be moved to where nothing is.
    #[error("the branch `{branch}` cannot be moved to before the first commit")]
    NothingToName {
        /// The branch.
        branch: String,
    },
}

/// Why a line of an index file is not one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LineError {
    /// It is not a JSON object with the fields that are needed.
    #[error("it is not a JSON object with name, vers and cksum")]
    Json(#[from] serde_json::Error),
    /// A field does not hold what it should.
    #[error(transparent)]
    Field(#[from] ParseError),
    /// A version requirement of a dependency cannot be read.
    #[error("the requirement `{requirement}` on `{dependency}` cannot be read")]
    Requirement {
        /// The dependency's name.
        dependency: String,
        /// The requirement as it stands.
        requirement: String,
        /// What the parser said.
        #[source]
        source: semver::Error,
    },
    /// It is about another crate than its file.
    #[error("it names `{found}`, but its file is that of `{expected}`")]
    WrongName {
        /// The name in the line.
        found: String,
        /// The name of the file.
        expected: String,
    },
}

//! What can go wrong with a range.

use crate::{IndexError, LineError};

/// Why a range cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RangeError {
    /// There is no such commit. The words are Python romt's.
    #[error("bad commit requested: Ref '{revision}' did not resolve to an object")]
    UnknownRevision {
        /// What was asked for.
        revision: String,
        /// What libgit2 said.
        #[source]
        source: git2::Error,
    },
    /// A tree has more entries than any index: it is made to keep its readers busy.
    #[error("the tree {tree} has more than {limit} entries")]
    TooManyEntries {
        /// Its id.
        tree: String,
        /// How many are read.
        limit: usize,
    },
    /// The repository cannot be read.
    #[error(transparent)]
    Index(#[from] IndexError),
}

/// What is bad in an index file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileProblem {
    /// A line is not about a version of the file's crate.
    #[error("line {line} of the index file `{path}` is bad")]
    Line {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
        /// What is bad.
        #[source]
        source: LineError,
    },
    /// So many of its lines are bad that the rest is only counted.
    #[error("{lines} more lines of the index file `{path}` are bad")]
    MoreLines {
        /// The file.
        path: String,
        /// How many more.
        lines: usize,
    },
    /// The file is larger than any index file.
    #[error("the index file `{path}` has {size} bytes, more than the {limit} that are read")]
    TooLarge {
        /// The file.
        path: String,
        /// Its size.
        size: usize,
        /// The most that is read.
        limit: usize,
    },
}

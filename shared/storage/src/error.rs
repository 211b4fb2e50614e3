//! What can go wrong in a store, by what the caller does next.

use std::error::Error;
use std::io;
use std::path::PathBuf;

/// Why a store could not do what it was asked to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// There is nothing under that key: fetch it, or say 404.
    #[error("`{key}` is not in the store")]
    NotFound {
        /// The key.
        key: String,
    },
    /// The medium is full: stop writing, tell the operator.
    #[error("no space left to write `{key}`")]
    Full {
        /// The key.
        key: String,
        /// The operating system's error.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The store does not let us: tell the operator.
    #[error("no permission for `{key}`")]
    Denied {
        /// The key.
        key: String,
        /// The operating system's error.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The folder cannot be used as a mirror at all: tell the operator.
    #[error("cannot use `{}` as the mirror folder", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The operating system's error.
        #[source]
        source: io::Error,
    },
    /// The file that says how a mirror is laid out cannot be read: tell the operator.
    #[error("`{key}` is not what it should be")]
    Layout {
        /// The key.
        key: String,
        /// The parser's error.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The store cannot be used at all, as it is named or with these keys: tell the operator.
    #[error("cannot use `{address}` as the store")]
    Unusable {
        /// The address.
        address: String,
        /// What the service said, or why it could not be asked.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The service will never do that: tell the operator.
    #[error("the store refused `{key}`")]
    Refused {
        /// The key.
        key: String,
        /// What the service said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// A pointer is not, or no longer, what the caller believes: read it, and decide anew. When an answer got lost on the
    /// way, it may also be that it was put after all.
    #[error("`{key}` was changed by somebody else")]
    Conflict {
        /// The key.
        key: String,
    },
    /// What is under a key that is read whole is larger than it can rightly be: tell the operator.
    #[error("`{key}` has more than {limit} bytes")]
    Oversized {
        /// The key.
        key: String,
        /// The most bytes that it may have.
        limit: usize,
    },
    /// Anything else: try again later.
    #[error("the store failed on `{key}`")]
    Failed {
        /// The key.
        key: String,
        /// The library's error.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl StorageError {
    /// Sorts an error of `object_store`.
    pub(crate) fn from_object_store(key: &str, error: object_store::Error) -> Self {
        let key = key.to_owned();
        match error {
            // A bucket that is not there is no file that is not there.
            object_store::Error::NotFound { .. } if says(&error, "NoSuchBucket") => {
                Self::Refused { key, source: Box::new(error) }
            }
            object_store::Error::NotFound { .. } => Self::NotFound { key },
            object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => {
                Self::Denied { key, source: Box::new(error) }
            }
            object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. } => {
                Self::Conflict { key }
            }
            // In an answer about many files.
            other if says(&other, "AccessDenied") => Self::Denied { key, source: Box::new(other) },
            other if is_refusal(&other) => Self::Refused { key, source: Box::new(other) },
            other => match io_kind(&other) {
                Some(io::ErrorKind::NotFound) => Self::NotFound { key },
                Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => {
                    Self::Full { key, source: Box::new(other) }
                }
                Some(io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem) => {
                    Self::Denied { key, source: Box::new(other) }
                }
                _ => Self::Failed { key, source: Box::new(other) },
            },
        }
    }

    /// Sorts an error of `object_store` about a file that was being written: that its upload is gone is no answer to whether
    /// the file is there.
    pub(crate) fn from_writing(key: &str, error: object_store::Error) -> Self {
        let gone = matches!(&error, object_store::Error::NotFound { .. } if !says(&error, "NoSuchBucket"));
        if gone {
            return Self::Failed { key: key.to_owned(), source: Box::new(error) };
        }
        Self::from_object_store(key, error)
    }

    /// Sorts an error of the file system.
    pub(crate) fn from_io(key: &str, error: io::Error) -> Self {
        Self::from_object_store(key, object_store::Error::Generic { store: "folder", source: Box::new(error) })
    }
}

/// The kind of the first I/O error among an error and its causes.
fn io_kind(error: &(dyn Error + 'static)) -> Option<io::ErrorKind> {
    causes(error).find_map(|error| error.downcast_ref::<io::Error>().map(io::Error::kind))
}

/// Whether a service's answer is among the causes and has `word` in it: `object_store` keeps the answer as text only.
fn says(error: &(dyn Error + 'static), word: &str) -> bool {
    causes(error).any(|error| error.to_string().contains(word))
}

/// Whether a service said that the request is wrong, in a way that no later try will mend: by a status of 400 and on. Those
/// that `object_store` has names for are sorted already.
fn is_refusal(error: &(dyn Error + 'static)) -> bool {
    const STATUS: &str = "non-2xx status code: ";
    const PASSING: [&str; 3] = ["408", "425", "429"];
    causes(error).any(|error| {
        let text = error.to_string();
        let status = text.split_once(STATUS).map(|(_, rest)| rest.get(..3).unwrap_or_default());
        status.is_some_and(|status| status.starts_with('4') && !PASSING.contains(&status))
    })
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

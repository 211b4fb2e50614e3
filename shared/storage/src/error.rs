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
            object_store::Error::NotFound { .. } => Self::NotFound { key },
            object_store::Error::PermissionDenied { .. } => Self::Denied { key, source: Box::new(error) },
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

    /// Sorts an error of the file system.
    pub(crate) fn from_io(key: &str, error: io::Error) -> Self {
        Self::from_object_store(key, object_store::Error::Generic { store: "folder", source: Box::new(error) })
    }
}

/// The kind of the first I/O error among an error and its causes.
fn io_kind(error: &(dyn Error + 'static)) -> Option<io::ErrorKind> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(io) = error.downcast_ref::<io::Error>() {
            return Some(io.kind());
        }
        next = error.source();
    }
    None
}

//! Why an item could not be had. Only read by people: the indexer is told the error and its causes on one line.

use romt_storage::{StorageError, WriteError};
use romt_types::ParseError;
use romt_upstream::FetchError;

/// Why an item failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ItemError {
    /// The item names no place in a mirror.
    #[error(transparent)]
    Key(#[from] ParseError),
    /// The item names no address. It is not shown: it may hold a password.
    #[error("its address cannot be read")]
    Url(#[source] url::ParseError),
    /// Upstream did not give it.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// Upstream gave something else, twice.
    #[error("{url} is not what the index says")]
    Wrong {
        url: String,
        #[source]
        source: WriteError,
    },
    /// The store did not take it.
    #[error("not stored")]
    Write(#[source] WriteError),
    /// The store could not say whether it is there.
    #[error("the store cannot be read")]
    Read(#[source] StorageError),
    /// Others could not be stored a moment ago, so it was not tried.
    #[error("not tried, since the store takes nothing: {reason}")]
    StoreRefuses { reason: String },
}

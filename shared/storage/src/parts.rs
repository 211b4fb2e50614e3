//! In which parts files are written, and how many large ones may be in memory.
//!
//! A service takes parts of 5 MiB or more, and 10,000 of them: files up to 48 GiB. A writer holds at most one part. Up to 1 MiB
//! it takes what it needs; beyond that it needs one of 24 places. So however many write at once, and most files of a mirror
//! are small, they hold no more than a MiB each and 24 × 5 MiB: 16 writers at most 80 MiB, 64 writers at most 160 MiB. A
//! place is given back with each part, so a slow writer keeps nobody waiting for longer than a part takes.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// As much of a part is held without asking.
pub(crate) const SMALL: usize = 1024 * 1024;
/// The smallest part that a service takes, but for the last.
const BUCKET: usize = 5 * 1024 * 1024;
/// So many parts that are not small may be held at once.
const PLACES: usize = 24;

/// The parts of one store's files. Clones share the places.
#[derive(Debug, Clone)]
pub(crate) enum Parts {
    /// Small ones, which go with their writer.
    Small,
    /// Large ones, which a service keeps until they are put together or given up.
    Large(Arc<Semaphore>),
}

impl Parts {
    /// For a bucket.
    pub(crate) fn of_bucket() -> Self {
        Self::Large(Arc::new(Semaphore::new(PLACES)))
    }

    /// How large a part is.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Small => SMALL,
            Self::Large(_) => BUCKET,
        }
    }

    /// Whether parts stay when their writer goes.
    pub(crate) fn are_kept(&self) -> bool {
        matches!(self, Self::Large(_))
    }

    /// Waits for a place for a part that is not small.
    pub(crate) async fn room(&self) -> Option<OwnedSemaphorePermit> {
        match self {
            Self::Small => None,
            // It is never closed.
            Self::Large(places) => Arc::clone(places).acquire_owned().await.ok(),
        }
    }
}

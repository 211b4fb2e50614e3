//! What has happened since it was last told.

use std::sync::atomic::{AtomicU64, Ordering};

use romt_bus::messages::{FetchOutcome, RunStep};

/// Counts for one batch, added to by all its items.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    files: AtomicU64,
    failed: AtomicU64,
    bytes: AtomicU64,
}

impl Progress {
    /// Bytes came, of a file that may still fail.
    pub(crate) fn received(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// An item is settled.
    pub(crate) fn settled(&self, outcome: &FetchOutcome) {
        self.files.fetch_add(1, Ordering::Relaxed);
        if matches!(outcome, FetchOutcome::Failed { .. }) {
            self.failed.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What is to be told now, and begins to count anew; `None` if nothing happened.
    pub(crate) fn take(&self) -> Option<RunStep> {
        let [files, failed, bytes] =
            [&self.files, &self.failed, &self.bytes].map(|count| count.swap(0, Ordering::Relaxed));
        (files > 0 || failed > 0 || bytes > 0).then_some(RunStep::Fetched { files, failed, bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_told_once() {
        let progress = Progress::default();
        assert_eq!(progress.take(), None);
        progress.received(5);
        progress.received(6);
        progress.settled(&FetchOutcome::Present);
        progress.settled(&FetchOutcome::Failed { reason: String::new() });
        assert_eq!(progress.take(), Some(RunStep::Fetched { files: 2, failed: 1, bytes: 11 }));
        assert_eq!(progress.take(), None);
    }
}

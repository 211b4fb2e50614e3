//! Has the disk take what was unpacked while more is unpacked, so that little is left to wait for at the end.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use anyhow::anyhow;

use super::mirror_folder::sync;

/// So many bytes are written between two syncs. Left to itself, Linux keeps a tenth of the memory before it begins.
const EVERY: u64 = 64 << 20;

/// Is told what was written.
pub(super) struct EarlySync {
    wake: SyncSender<()>,
    written: AtomicU64,
}

impl EarlySync {
    /// So many bytes more were written. Waits for nothing.
    pub(super) fn wrote(&self, bytes: usize) {
        let bytes = bytes as u64;
        let before = self.written.fetch_add(bytes, Ordering::Relaxed);
        if before / EVERY != (before + bytes) / EVERY {
            // One that waits is enough: it takes all that was written by then.
            let _ = self.wake.try_send(());
        }
    }
}

/// Does `work`, which writes files to the file system of `folder`, and beside it has the disk take them. What was written
/// last is not durable when this returns: a sync of its own makes it so. That the disk could not take what was written before
/// is an error here, for who asks it again does not hear of it.
pub(super) fn syncing_early<A>(folder: &Path, work: impl FnOnce(&EarlySync) -> anyhow::Result<A>) -> anyhow::Result<A> {
    thread::scope(|scope| {
        let (wake, woken) = sync_channel(1);
        let syncing = scope.spawn(move || woken.iter().try_for_each(|()| sync(folder)));
        let early = EarlySync { wake, written: AtomicU64::new(0) };
        let done = work(&early);
        drop(early);
        let synced = syncing.join().unwrap_or_else(|_| Err(anyhow!("a thread that waits for the disk died")));
        let done = done?;
        synced.map(|()| done)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_work_says_comes_back_and_a_disk_that_fails_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let enough = usize::try_from(EVERY).unwrap();
        let work = |early: &EarlySync| {
            (0..5).for_each(|_| early.wrote(enough));
            Ok(7)
        };
        assert_eq!(syncing_early(folder.path(), work).unwrap(), 7);
        // What is no folder that can be opened stands for a disk that fails.
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let error = syncing_early(&file.join("below"), work).unwrap_err();
        assert!(error.to_string().contains("cannot make durable"), "{error:#}");
        let little = |early: &EarlySync| {
            early.wrote(enough - 1);
            Ok(1)
        };
        assert_eq!(syncing_early(&file.join("below"), little).unwrap(), 1, "it was not asked");
        let failed = syncing_early(folder.path(), |_| Err::<(), _>(anyhow!("no"))).unwrap_err();
        assert_eq!(failed.to_string(), "no");
    }
}

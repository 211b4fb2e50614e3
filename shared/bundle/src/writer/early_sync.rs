//! Has the disk take an archive while more of it is written, so that little is left to wait for at the end.

use std::fs::File;
use std::io;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

/// So many bytes are written between two syncs. Left to itself, Linux keeps a tenth of the memory before it begins.
const EVERY: u64 = 64 << 20;

/// Syncs a file on a thread of its own, which there is only for a file that is large enough.
#[derive(Default)]
pub(super) struct EarlySync {
    unsynced: u64,
    syncing: Option<Syncing>,
}

struct Syncing {
    wake: SyncSender<()>,
    thread: JoinHandle<io::Result<()>>,
}

impl EarlySync {
    /// So many bytes more were written to `file`, which is always the same. Waits for nothing.
    pub(super) fn wrote(&mut self, file: &File, bytes: usize) -> io::Result<()> {
        self.unsynced += bytes as u64;
        if self.unsynced < EVERY {
            return Ok(());
        }
        self.unsynced = 0;
        let syncing = match &mut self.syncing {
            Some(syncing) => syncing,
            none => none.insert(Syncing::begin(file.try_clone()?)?),
        };
        // One that waits is enough: it takes all that was written by then.
        let _ = syncing.wake.try_send(());
        Ok(())
    }

    /// Ends it. That the disk could not take what was written is an error here: who asks it again does not hear of it. What
    /// was written last is still to be synced.
    pub(super) fn finish(self) -> io::Result<()> {
        let Some(Syncing { wake, thread }) = self.syncing else { return Ok(()) };
        drop(wake);
        thread.join().unwrap_or_else(|_| Err(io::Error::other("the thread that waits for the disk died")))
    }
}

impl Syncing {
    fn begin(file: File) -> io::Result<Self> {
        let (wake, woken) = sync_channel::<()>(1);
        let sync = move || woken.iter().try_for_each(|()| file.sync_data());
        let thread = std::thread::Builder::new().name("archive sync".to_owned()).spawn(sync)?;
        Ok(Self { wake, thread })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_file_is_synced_and_a_disk_that_fails_is_an_error() {
        let enough = usize::try_from(EVERY).unwrap();
        let file = tempfile::tempfile().unwrap();
        let mut sync = EarlySync::default();
        for _ in 0..5 {
            sync.wrote(&file, enough).unwrap();
        }
        sync.finish().unwrap();
        // A pipe cannot be synced, and so stands for a disk that fails.
        let (_reader, writer) = io::pipe().unwrap();
        let pipe = File::from(std::os::fd::OwnedFd::from(writer));
        let mut sync = EarlySync::default();
        sync.wrote(&pipe, enough - 1).unwrap();
        assert!(sync.syncing.is_none(), "there is nothing to do yet");
        sync.wrote(&pipe, 1).unwrap();
        assert!(sync.finish().is_err());
    }
}

//! A mirror's folder, for those who write to it.

use romt_runtime::Hint;
use romt_storage::{LockError, MirrorLock, Storage};

use crate::settings::SyncSettings;

/// The right to write to a mirror's folder, and the store in it.
pub(super) struct Mirror {
    lock: MirrorLock,
    pub(super) storage: Storage,
}

impl Mirror {
    /// Takes the folder for `holder` ("romt up"), and sweeps up if the last holder was killed.
    pub(super) async fn take(settings: &SyncSettings, holder: &'static str) -> anyhow::Result<Self> {
        let path = settings.mirror.clone();
        let taken = tokio::task::spawn_blocking(move || {
            let lock = MirrorLock::acquire(&path, holder)?;
            Ok::<_, anyhow::Error>((lock, Storage::folder(&path)?))
        });
        let (lock, storage) = match taken.await? {
            Ok(taken) => taken,
            Err(error) => {
                let hint = match error.downcast_ref() {
                    Some(LockError::Held { .. }) => {
                        "give this one another folder with `--mirror DIR`; `romt serve` only reads and needs no lock"
                    }
                    _ => "choose a folder that you may write to with `--mirror DIR`",
                };
                return Err(error).hint(hint);
            }
        };
        if lock.was_unclean() {
            let swept = storage.sweep().await?;
            romt_indexer::recover(&settings.indexer).await?;
            tracing::info!(files = swept, "the last process was killed; swept up what it left");
        }
        Ok(Self { lock, storage })
    }

    /// Gives the folder back after all services have stopped.
    pub(super) async fn give_back(self) -> anyhow::Result<()> {
        Ok(tokio::task::spawn_blocking(move || self.lock.release()).await??)
    }
}

//! The mirror that the steps work on, and the right to write to it.

use std::sync::Arc;
use std::time::Duration;

use romt_indexer::crates::CrateMirror;
use romt_runtime::Hint;
use romt_storage::{LockError, MirrorLock};

use super::Steps;

/// The right to write to both roots of a mirror.
pub(super) struct Locks(Vec<MirrorLock>);

/// Who the locks say holds them.
const HOLDER: &str = "romt crate";
/// How long work on other threads may take to stop.
const GRACE: Duration = Duration::from_secs(10);

impl Steps<'_> {
    /// The mirror, to look at.
    pub(super) async fn look(&mut self) -> anyhow::Result<Arc<CrateMirror>> {
        if let Some(mirror) = &self.mirror {
            return Ok(Arc::clone(mirror));
        }
        let mirror = Arc::new(CrateMirror::open(self.roots.clone()).await?);
        Ok(Arc::clone(self.mirror.insert(mirror)))
    }

    /// The mirror, to write to: locked, and what a killed process left swept up.
    pub(super) async fn write(&mut self) -> anyhow::Result<Arc<CrateMirror>> {
        // A lock makes folders, which must not happen where there is no mirror.
        let mirror = self.look().await?;
        if self.locks.is_none() && self.lock().await? {
            mirror.recover().await?;
        }
        Ok(mirror)
    }

    /// Takes the locks. Returns whether a holder before ended without giving them back.
    async fn lock(&mut self) -> anyhow::Result<bool> {
        let folders = self.roots.lock_folders();
        let taken = tokio::task::spawn_blocking(move || {
            folders.iter().map(|folder| MirrorLock::acquire(folder, HOLDER)).collect::<Result<Vec<_>, _>>()
        });
        let locks = match taken.await? {
            Ok(locks) => locks,
            Err(error @ LockError::Held { .. }) => {
                return Err(error).hint("wait until it is done; `romt crate list` and `romt serve` need no lock");
            }
            Err(error) => {
                return Err(error).hint("choose folders that you may write to with `--index` and `--crates`");
            }
        };
        let unclean = locks.iter().any(MirrorLock::was_unclean);
        self.locks = Some(Locks(locks));
        Ok(unclean)
    }

    /// Gives the mirror back when all work on it has stopped. One that did not stop keeps the locks to the end of the
    /// process, and the next holder sweeps up.
    pub(in crate::commands::krate) async fn give_back(self) -> anyhow::Result<()> {
        self.blocking.close();
        if tokio::time::timeout(GRACE, self.blocking.wait()).await.is_err() {
            tracing::warn!("some work did not stop in time; the next call sweeps up");
            return Ok(());
        }
        let Some(Locks(locks)) = self.locks else { return Ok(()) };
        let released = tokio::task::spawn_blocking(move || locks.into_iter().try_for_each(MirrorLock::release)).await?;
        Ok(released?)
    }
}

//! The right to write to a mirror, and giving it back.

use std::path::PathBuf;
use std::time::Duration;

use romt_runtime::Hint;
use romt_storage::{LockError, MirrorLock};

use super::Workplace;

/// The right to write to all folders of a mirror.
pub(super) struct Locks(Vec<MirrorLock>);

/// How long work on other threads may take to stop.
const GRACE: Duration = Duration::from_secs(10);

impl Workplace<'_> {
    /// Takes the locks of `folders`, unless they are held. Returns whether a holder before ended without giving them back.
    /// `options` are those that choose the folders.
    pub(in crate::commands) async fn lock(&mut self, folders: Vec<PathBuf>, options: &str) -> anyhow::Result<bool> {
        if self.locks.is_some() {
            return Ok(false);
        }
        let holder = self.holder;
        let taken = tokio::task::spawn_blocking(move || {
            folders.iter().map(|folder| MirrorLock::acquire(folder, holder)).collect::<Result<Vec<_>, _>>()
        });
        let locks = match taken.await? {
            Ok(locks) => locks,
            Err(error @ LockError::Held { .. }) => {
                return Err(error)
                    .hint(format!("wait until it is done; `{holder} list` and `romt serve` need no lock"));
            }
            Err(error) => {
                return Err(error).hint(format!("choose folders that you may write to with {options}"));
            }
        };
        let unclean = locks.iter().any(MirrorLock::was_unclean);
        self.locks = Some(Locks(locks));
        Ok(unclean)
    }

    /// Gives the mirror back when all work on it has stopped. One that did not stop keeps the locks to the end of the
    /// process, and the next holder sweeps up.
    pub(super) async fn give_back(self) -> anyhow::Result<()> {
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

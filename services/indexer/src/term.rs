//! What an indexer of a deployment has while it has the role, and must have before it publishes.

use std::path::Path;
use std::sync::Arc;

use romt_bus::Lease;
use romt_replica::Publisher;
use romt_storage::Storage;
use tokio::sync::Mutex;

use crate::repository::SharedRepository;

/// The time in which an indexer has the role. Without a lease it is that of the only process there is, which holds the lock
/// on the mirror. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Term(Option<Arc<Held>>);

#[derive(Debug)]
struct Held {
    lease: Lease,
    /// Where the store is no folder, what brings the index into it.
    publisher: Option<Mutex<Publisher>>,
}

/// Somebody else may have the role by now.
#[derive(Debug, thiserror::Error)]
#[error("this indexer has lost its role, so it publishes nothing")]
pub(crate) struct RoleLost;

impl Term {
    /// Begins with a lease; where the store is no folder, the repository gets what the store has published, and the store
    /// what is published here.
    pub(crate) async fn begin(lease: Lease, storage: &Storage, repository: &Path) -> anyhow::Result<Self> {
        let publisher = if storage.as_folder().is_none() {
            // What a power cut has torn is no pack to put into the store, and no branch that could be moved.
            SharedRepository::recover(repository).await?;
            romt_replica::restore(storage, repository).await?;
            Some(Mutex::new(Publisher::take_over(storage.clone(), repository, lease.token()).await?))
        } else {
            None
        };
        let term = Self(Some(Arc::new(Held { lease, publisher })));
        term.replicate().await?;
        Ok(term)
    }

    /// Refuses when the role may be lost: to be called right before `master` is moved.
    pub(crate) fn check(&self) -> Result<(), RoleLost> {
        match &self.0 {
            Some(held) if !held.lease.is_held() => Err(RoleLost),
            _ => Ok(()),
        }
    }

    /// Makes the store have what the repository has published, where the repository is not in the store. True if it had
    /// something else, so that servers need a while to notice.
    pub(crate) async fn replicate(&self) -> anyhow::Result<bool> {
        let Some(publisher) = self.0.as_ref().and_then(|held| held.publisher.as_ref()) else { return Ok(false) };
        self.check()?;
        Ok(publisher.lock().await.publish().await?.changed)
    }

    /// Gives the role up, if nobody works with it any more.
    pub(crate) async fn end(self) {
        let Some(held) = self.0.and_then(Arc::into_inner) else { return };
        if let Err(error) = held.lease.release().await {
            tracing::debug!(%error, "cannot give the role up; it is free in a while");
        }
    }
}

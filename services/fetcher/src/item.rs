//! One item: from what is in the store to what becomes of it.

use std::collections::HashSet;
use std::time::Instant;

use futures_util::FutureExt;
use romt_bus::messages::{FetchItem, FetchOutcome};
use romt_runtime::one_line;
use romt_storage::{Storage, StorageKey, WriteError};
use romt_upstream::{Client, FetchError, shown_url};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::error::ItemError;
use crate::keys::Keys;
use crate::progress::Progress;
use crate::sink::StoreSink;
use crate::store_health::StoreHealth;

/// What all items share.
#[derive(Debug)]
pub(crate) struct Items {
    pub(crate) storage: Storage,
    pub(crate) client: Client,
    pub(crate) keys: Keys,
    pub(crate) health: StoreHealth,
}

/// Whether caches on the way may answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caches {
    Trusted,
    PassedBy,
}

impl Items {
    /// Of each item of a batch, whether something may be under its key: asked in one go, which is far cheaper than for each
    /// alone.
    pub(crate) async fn look_up(&self, batch: &[FetchItem]) -> Vec<bool> {
        let keys: Vec<Option<StorageKey>> = batch.iter().map(|item| item.key.parse().ok()).collect();
        // If it cannot be told, each item looks for itself and says what is wrong.
        let sizes = self.storage.sizes(keys.iter().flatten().cloned().collect()).await;
        let mut sizes = sizes.ok().map(Vec::into_iter);
        let mut seen = HashSet::new();
        let may_be_there = keys.into_iter().map(|key| {
            let Some(key) = key else { return true };
            let found = sizes.as_mut().is_none_or(|sizes| sizes.next().flatten().is_some());
            // An earlier item of the batch may have brought it by then.
            !seen.insert(key) || found
        });
        may_be_there.collect()
    }

    /// Brings one item into the store; `is_there` says that something may be under its key, which is looked at then.
    /// `None` if it was stopped.
    pub(crate) async fn settle(
        &self,
        item: &FetchItem,
        is_there: bool,
        progress: &Progress,
        stop: &CancellationToken,
    ) -> Option<FetchOutcome> {
        let outcome = match self.bring(item, is_there, progress, stop).await {
            Ok(outcome) => outcome?,
            Err(error) => {
                let reason = one_line(&error);
                tracing::debug!(label = item.label, reason, "could not be had");
                FetchOutcome::Failed { reason }
            }
        };
        progress.settled(&outcome);
        Some(outcome)
    }

    async fn bring(
        &self,
        item: &FetchItem,
        is_there: bool,
        progress: &Progress,
        stop: &CancellationToken,
    ) -> Result<Option<FetchOutcome>, ItemError> {
        let key: StorageKey = item.key.parse()?;
        let url = Url::parse(&item.url).map_err(ItemError::Url)?;
        let free = self.keys.lock(&key).now_or_never();
        // Whoever has the key in work will leave something there.
        let is_there = is_there || free.is_none();
        let _turn = match free {
            Some(turn) => turn,
            None => match stop.run_until_cancelled(self.keys.lock(&key)).await {
                Some(turn) => turn,
                None => return Ok(None),
            },
        };
        let found = if is_there { self.storage.digest(&key).await.map_err(ItemError::Read)? } else { None };
        match found {
            Some(found) if found == item.digest => return Ok(Some(FetchOutcome::Present)),
            // A power cut may have left it so.
            Some(found) => tracing::warn!(%key, %found, expected = %item.digest, "replacing a spoilt file"),
            None => {}
        }
        if let Some(reason) = self.health.refusal(Instant::now()) {
            return Err(ItemError::StoreRefuses { reason });
        }
        let mut outcome = self.download(item, &key, &url, Caches::Trusted, progress, stop).await;
        if let Err(ItemError::Wrong { source, .. }) = &outcome {
            tracing::debug!(label = item.label, reason = one_line(source), "a wrong file came, asking once more");
            outcome = self.download(item, &key, &url, Caches::PassedBy, progress, stop).await;
        }
        match &outcome {
            Ok(Some(_)) => self.health.stored(),
            Ok(None) => {}
            Err(error) => {
                if let Some(error) = error.write_error() {
                    self.health.failed(error, Instant::now());
                }
            }
        }
        outcome
    }

    /// One download from its first byte. `None` if it was stopped.
    async fn download(
        &self,
        item: &FetchItem,
        key: &StorageKey,
        url: &Url,
        caches: Caches,
        progress: &Progress,
        stop: &CancellationToken,
    ) -> Result<Option<FetchOutcome>, ItemError> {
        let writer = self.storage.writer(key.clone(), item.digest, item.limit);
        let mut sink = StoreSink::new(writer, progress);
        let ended = match caches {
            Caches::Trusted => stop.run_until_cancelled(self.client.download(url, &mut sink)).await,
            Caches::PassedBy => stop.run_until_cancelled(self.client.download_past_caches(url, &mut sink)).await,
        };
        if !matches!(ended, Some(Ok(_))) {
            if let Err(error) = sink.discard().await {
                tracing::warn!(%key, reason = one_line(&error), "an unfinished file may be left");
            }
            return ended.transpose().map(|_| None).map_err(Into::into);
        }
        match sink.finish().await {
            Ok(bytes) => Ok(Some(FetchOutcome::Downloaded { bytes })),
            Err(source @ WriteError::WrongDigest { .. }) => Err(ItemError::Wrong { url: shown_url(url), source }),
            Err(error) => Err(ItemError::Write(error)),
        }
    }
}

impl ItemError {
    /// The store's error, if it was the store that failed.
    fn write_error(&self) -> Option<&WriteError> {
        match self {
            Self::Write(error) => Some(error),
            Self::Fetch(FetchError::Sink { source, .. }) => source.downcast_ref(),
            _ => None,
        }
    }
}

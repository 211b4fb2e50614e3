//! `download`: brings the files of RANGE that are not here.

use std::sync::Arc;

use romt_bus::BusHandle;
use romt_bus::messages::{FetchItem, FetchOutcome};
use romt_index::CrateFilter;
use romt_storage::StorageKey;
use romt_types::{CrateId, Digest, RunId};

use super::events::{CrateCounts, CrateEvent, OnEvent};
use super::stream::{Kind, Version, WorkStream};
use super::{CrateMirror, RangeOptions};
use crate::fetching::{FetchRun, Fetching};

/// What `download` is told.
pub struct DownloadOptions<'a> {
    /// Between which states of the index.
    pub range: &'a RangeOptions,
    /// Of which crates.
    pub filter: &'a Arc<CrateFilter>,
    /// Whether a file that is here is taken for right, and not read.
    pub assume_ok: bool,
    /// No file may be larger, in bytes.
    pub max_size: u64,
    /// Where a version's file is.
    pub url: &'a (dyn Fn(&CrateId, &Digest) -> String + Send + Sync),
    /// What the fetchers are to call this run.
    pub run: RunId,
}

impl CrateMirror {
    /// Brings what is missing or wrong, and goes on after files that cannot be had. What was had counts as had, the rest
    /// is owed.
    pub async fn download(
        &self,
        bus: BusHandle,
        options: &DownloadOptions<'_>,
        on: OnEvent<'_>,
    ) -> anyhow::Result<CrateCounts> {
        let mut work = self.begin(Kind::Held, options.range, options.filter).await?;
        let mut fetching = Fetching::new(&FetchRun::new(bus, options.run.clone()));
        let mut more = true;
        loop {
            while more && !fetching.is_full() {
                match work.next_added(on).await? {
                    Some(versions) => {
                        let versions = self.not_assumed(versions, options, &mut work, on).await?;
                        fetching.ask(self.items(versions, options)).await?;
                    }
                    None => more = false,
                }
            }
            if fetching.is_settled() {
                // What counts as had from now on must not be lost to a power cut.
                self.sync().await?;
                return work.settle().await;
            }
            for ((id, cksum), outcome) in fetching.answer().await? {
                match outcome {
                    FetchOutcome::Downloaded { .. } => {
                        work.good(&id);
                        on(CrateEvent::Downloaded(&id, &cksum));
                    }
                    FetchOutcome::Present => {
                        work.good(&id);
                        on(CrateEvent::Cached(&id, &cksum));
                    }
                    FetchOutcome::Failed { reason } => work.bad(&id, &cksum, &reason, on),
                }
            }
        }
    }

    /// The versions whose files are not taken for right unread.
    async fn not_assumed(
        &self,
        versions: Vec<Version>,
        options: &DownloadOptions<'_>,
        work: &mut WorkStream,
        on: OnEvent<'_>,
    ) -> anyhow::Result<Vec<Version>> {
        if !options.assume_ok {
            return Ok(versions);
        }
        let keys = versions.iter().map(|(id, _)| self.key(id)).collect();
        let sizes = self.storage.sizes(keys).await?;
        let mut left = Vec::new();
        for ((id, cksum), size) in versions.into_iter().zip(sizes) {
            if size.is_some() {
                work.good(&id);
                on(CrateEvent::AssumedOk(&id, &cksum));
            } else {
                left.push((id, cksum));
            }
        }
        Ok(left)
    }

    fn items(&self, versions: Vec<Version>, options: &DownloadOptions<'_>) -> Vec<(FetchItem, Version)> {
        let item = |(id, cksum): Version| {
            let item = FetchItem {
                key: self.key(&id).to_string(),
                url: (options.url)(&id, &cksum),
                digest: cksum,
                label: id.to_string(),
                limit: options.max_size,
            };
            (item, (id, cksum))
        };
        versions.into_iter().map(item).collect()
    }

    /// Where a version's file is.
    pub(crate) fn key(&self, id: &CrateId) -> StorageKey {
        StorageKey::Crate { id: id.clone(), style: self.layout().prefix }
    }
}

//! Bringing the files of packages, and what lies beside them.

use std::sync::Arc;
use std::thread::available_parallelism;

use romt_bus::messages::{FetchItem, FetchOutcome};
use romt_dist::PackageFile;
use romt_runtime::one_line;
use romt_storage::StorageKey;
use tokio::task::{JoinError, JoinSet};

use super::ToolchainMirror;
use super::download::DownloadToolchains;
use super::events::{OnToolchainEvent, ToolchainCounts, ToolchainEvent};
use super::side_cars::{Beside, SideCars, content_key};
use crate::fetching::Fetching;
use crate::upstream_files::url_of;

/// Files in a batch: few, so that the signatures of what came are checked while the rest comes.
const BATCH: usize = 8;

/// A file whose content is here, and what became of what lies beside it.
type Settled = (PackageFile, anyhow::Result<Beside>);

impl ToolchainMirror {
    /// Brings files, and goes on after those that cannot be had; returns how many those are.
    pub(super) async fn bring(
        &self,
        order: &DownloadToolchains<'_>,
        files: Vec<PackageFile>,
        fetching: &mut Fetching<PackageFile>,
        counts: &mut ToolchainCounts,
        on: OnToolchainEvent<'_>,
    ) -> anyhow::Result<u64> {
        let side_cars = Arc::new(SideCars::new(self.clone(), order, available_parallelism().map_or(1, usize::from)));
        let mut beside = JoinSet::new();
        let mut bad = 0;
        let mut files = files.into_iter();
        loop {
            while files.len() > 0 && !fetching.is_full() {
                let batch = files.by_ref().take(BATCH).map(|file| Ok((item(order, &file)?, file)));
                fetching.ask(batch.collect::<anyhow::Result<_>>()?).await?;
            }
            while let Some(settled) = beside.try_join_next() {
                tell(settled, &mut bad, on)?;
            }
            if fetching.is_settled() {
                break;
            }
            for (file, outcome) in fetching.answer().await? {
                let key = content_key(&file);
                match outcome {
                    FetchOutcome::Downloaded { bytes } => {
                        counts.downloaded += 1;
                        counts.bytes += bytes;
                        on(ToolchainEvent::Downloaded { key: &key, bytes });
                    }
                    FetchOutcome::Present => {
                        counts.present += 1;
                        on(ToolchainEvent::Cached(&key));
                    }
                    FetchOutcome::Failed { reason } => {
                        bad += 1;
                        on(ToolchainEvent::Bad { key: &key, reason: &reason });
                        continue;
                    }
                }
                let side_cars = Arc::clone(&side_cars);
                beside.spawn(async move {
                    let settled = side_cars.settle(&file).await;
                    (file, settled)
                });
            }
        }
        while let Some(settled) = beside.join_next().await {
            tell(settled, &mut bad, on)?;
        }
        Ok(bad)
    }

    /// The files of which anything is missing. One without content counts as missing: a power cut may have left it.
    pub(super) async fn incomplete(
        &self,
        files: Vec<PackageFile>,
        counts: &mut ToolchainCounts,
        on: OnToolchainEvent<'_>,
    ) -> anyhow::Result<Vec<PackageFile>> {
        let parts = self.signatures.parts();
        let keys = files.iter().flat_map(|file| parts.iter().map(|part| content_key(file).file.part(*part).into()));
        let sizes = self.storage.sizes(keys.collect()).await?;
        let mut left = Vec::new();
        for (file, sizes) in files.into_iter().zip(sizes.chunks(parts.len())) {
            if sizes.iter().all(|size| size.is_some_and(|size| size > 0)) {
                counts.present += 1;
                on(ToolchainEvent::AssumedOk(&content_key(&file)));
            } else {
                left.push(file);
            }
        }
        Ok(left)
    }
}

fn item(order: &DownloadToolchains<'_>, file: &PackageFile) -> anyhow::Result<FetchItem> {
    let key = content_key(file);
    Ok(FetchItem {
        url: url_of(order.base, &key)?.into(),
        key: StorageKey::Dist(key).to_string(),
        digest: file.digest,
        label: file.path.file_name().to_owned(),
        limit: order.max_size,
    })
}

/// Tells what became of what lies beside a file.
fn tell(settled: Result<Settled, JoinError>, bad: &mut u64, on: OnToolchainEvent<'_>) -> anyhow::Result<()> {
    let (file, settled) = settled?;
    let key = content_key(&file);
    match settled {
        Ok(beside) => {
            if beside.hash_written {
                on(ToolchainEvent::HashWritten(&key));
            }
            if let Some(warning) = &beside.warning {
                on(ToolchainEvent::Warning(warning));
            }
        }
        Err(error) => {
            *bad += 1;
            on(ToolchainEvent::Bad { key: &key, reason: &one_line(error.as_ref()) });
        }
    }
    Ok(())
}

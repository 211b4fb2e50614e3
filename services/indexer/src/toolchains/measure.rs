//! A dry run: what `download` would bring.

use futures_util::stream::{self, StreamExt};
use romt_dist::PackageFile;
use romt_runtime::one_line;

use super::ToolchainMirror;
use super::download::DownloadToolchains;
use super::events::{OnToolchainEvent, ToolchainCounts, ToolchainEvent};
use super::side_cars::content_key;
use crate::upstream_files::url_of;

impl ToolchainMirror {
    /// Asks upstream how large the files are that are not on disk; returns how many cannot be had. Files on disk are not
    /// read, so a spoilt one is taken for right.
    pub(super) async fn measure(
        &self,
        order: &DownloadToolchains<'_>,
        files: Vec<PackageFile>,
        counts: &mut ToolchainCounts,
        on: OnToolchainEvent<'_>,
    ) -> anyhow::Result<u64> {
        let keys: Vec<_> = files.iter().map(content_key).collect();
        let held = self.storage.sizes(keys.iter().cloned().map(Into::into).collect()).await?;
        let (present, missing): (Vec<_>, Vec<_>) = keys.into_iter().zip(held).partition(|(_, size)| size.is_some());
        counts.present += present.len() as u64;
        let mut sizes = stream::iter(missing)
            .map(|(key, _)| async move {
                let url = url_of(order.base, &key)?;
                let size = order.client.size(&url).await;
                anyhow::Ok((key, size))
            })
            .buffered(order.num_jobs.max(1));
        let mut bad = 0;
        while let Some(asked) = sizes.next().await {
            let (key, size) = asked?;
            match size {
                Ok(size) => {
                    counts.downloaded += 1;
                    counts.bytes += size.unwrap_or_default();
                    counts.unknown += u64::from(size.is_none());
                    on(ToolchainEvent::Missing { key: &key, size });
                }
                Err(error) => {
                    bad += 1;
                    on(ToolchainEvent::Bad { key: &key, reason: &one_line(&error) });
                }
            }
        }
        Ok(bad)
    }
}

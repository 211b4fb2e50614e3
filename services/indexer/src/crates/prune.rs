//! `prune`: removes the files of versions that are no longer listed.

use std::sync::Arc;

use romt_index::CrateFilter;
use romt_types::CrateId;

use super::events::{CrateEvent, OnEvent};
use super::stream::Kind;
use super::work::Found;
use super::{CrateMirror, RangeOptions};

impl CrateMirror {
    /// Removes the files of the versions that were removed in a range, and the folders that are empty then. Returns how
    /// many files there were.
    pub async fn prune(&self, range: &RangeOptions, filter: &Arc<CrateFilter>, on: OnEvent<'_>) -> anyhow::Result<u64> {
        let mut work = self.begin(Kind::Pruned, range, filter).await?;
        let mut pruned = 0;
        while let Some(batch) = work.next().await? {
            let mut removed: Vec<CrateId> = Vec::new();
            for found in batch {
                match found {
                    Found::Removed(id) => removed.push(id),
                    // The verb that has the file tells of it.
                    Found::Added(..) | Found::Bad(_) | Found::Gone(_) => {}
                }
            }
            let keys = removed.iter().map(|id| self.key(id)).collect();
            for (id, was_there) in removed.iter().zip(self.storage.remove(keys).await?) {
                if was_there {
                    pruned += 1;
                    on(CrateEvent::Pruned(id));
                }
            }
        }
        work.settle().await?;
        Ok(pruned)
    }
}

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
    /// many files there were. What the filter does not choose is owed: who compares later states with each other would
    /// not see any more that it was ever there.
    pub async fn prune(&self, range: &RangeOptions, filter: &Arc<CrateFilter>, on: OnEvent<'_>) -> anyhow::Result<u64> {
        let mut work = self.begin(Kind::Pruned, range, &Arc::default()).await?;
        let mut pruned = 0;
        while let Some(batch) = work.next().await? {
            let mut removed: Vec<CrateId> = Vec::new();
            for found in batch {
                match found {
                    Found::Removed(id) | Found::Gone(id) if filter.matches(&id) => removed.push(id),
                    Found::Removed(id) | Found::Gone(id) => work.owe(id),
                    // Listed again.
                    Found::Added(id, _) => work.settled(&id),
                    // The verb that wants the files tells of it.
                    Found::Bad(_) => {}
                }
            }
            let keys = removed.iter().map(|id| self.key(id)).collect();
            for (id, was_there) in removed.iter().zip(self.storage.remove(keys).await?) {
                work.settled(id);
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

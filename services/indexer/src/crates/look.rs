//! Looking which files of a range are there, without reading them.

use std::sync::Arc;

use romt_runtime::one_line;
use romt_types::CrateId;

use super::stream::Kind;
use super::work::Found;
use super::{CrateMirror, RangeOptions};

/// What is there of a range.
#[derive(Debug, Default)]
pub(crate) struct Looked {
    /// Versions that came, and whose files are there.
    pub(crate) present: u64,
    /// Versions that came, and whose files are not.
    pub(crate) absent: u64,
    /// The first of those.
    pub(crate) named: Vec<CrateId>,
    /// Versions that went.
    pub(crate) removed: u64,
    /// Parts of the index that cannot be read, a line each; the first of them.
    pub(crate) problems: Vec<String>,
}

/// So many are named.
const NAMED: usize = 20;

impl CrateMirror {
    /// Looks which files of a range with an explicit START are there. Remembers nothing.
    pub(crate) async fn look(&self, range: &RangeOptions) -> anyhow::Result<Looked> {
        let mut work = self.begin(Kind::Held, range, &Arc::default()).await?;
        let mut looked = Looked::default();
        while let Some(batch) = work.next().await? {
            let mut added = Vec::with_capacity(batch.len());
            for found in batch {
                match found {
                    Found::Added(id, _) => added.push(id),
                    Found::Removed(_) => looked.removed += 1,
                    Found::Bad(problem) if looked.problems.len() < NAMED => looked.problems.push(one_line(&problem)),
                    Found::Gone(_) | Found::Bad(_) => {}
                }
            }
            let sizes = self.storage.sizes(added.iter().map(|id| self.key(id)).collect()).await?;
            for (id, size) in added.into_iter().zip(sizes) {
                if size.is_some() {
                    looked.present += 1;
                } else {
                    looked.absent += 1;
                    if looked.named.len() < NAMED {
                        looked.named.push(id);
                    }
                }
            }
        }
        Ok(looked)
    }
}

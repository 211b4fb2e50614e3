//! `list`: the versions of RANGE.

use std::sync::Arc;

use romt_index::{CrateFilter, CrateList, CrateRange};
use romt_runtime::one_line;

use super::{CrateMirror, RangeOptions};

/// The versions of a range, and what in the index could not be read.
#[derive(Debug)]
pub struct Listed {
    /// The versions, in order.
    pub crates: CrateList,
    /// Parts of the index that cannot be read, a line each.
    pub problems: Vec<String>,
}

impl CrateMirror {
    /// The versions that came and went in a range.
    pub async fn list(&self, range: &RangeOptions, filter: Arc<CrateFilter>) -> anyhow::Result<Listed> {
        let range = range.clone();
        let list = self.repository.with(move |repository| {
            let range = range.find(repository)?;
            let mut listed = Listed { crates: CrateList::default(), problems: Vec::new() };
            CrateRange::between(repository, &range.start, &range.end, &filter)?.visit(|mut changes| {
                listed.problems.extend(changes.problems.drain(..).map(|problem| one_line(&problem)));
                listed.crates.push(changes);
                true
            })?;
            Ok(listed)
        });
        list.await
    }
}

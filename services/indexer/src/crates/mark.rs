//! `mark`: what is here is published, and counts as done.

use romt_index::Revision;
use romt_runtime::Hint;

use super::CrateMirror;
use super::range::MARK;

/// The branches that `mark` and `config` move: how far work has come, and what clients see.
pub(super) const PROGRESS: [&str; 2] = [MARK, "master"];

impl CrateMirror {
    /// Moves `mark` and `master` to `end`, when all that was written is durable. Returns the branches that could not be
    /// moved because commits are made on them.
    pub async fn mark(&self, end: &str) -> anyhow::Result<Vec<&'static str>> {
        let end = end.to_owned();
        let found = self.repository.with(move |repository| {
            Revision::find(repository, &end)
                .hint("an index that was never pulled has no commits yet: `romt crate pull`")
        });
        let end = found.await?;
        self.move_branches(&PROGRESS, end).await
    }
}

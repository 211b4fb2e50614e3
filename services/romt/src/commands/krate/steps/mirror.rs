//! The mirror that the steps work on, and the right to write to it.

use std::sync::Arc;

use romt_indexer::crates::CrateMirror;

use super::Steps;

impl Steps<'_> {
    /// The mirror, to look at.
    pub(super) async fn look(&mut self) -> anyhow::Result<Arc<CrateMirror>> {
        if let Some(mirror) = &self.mirror {
            return Ok(Arc::clone(mirror));
        }
        let mirror = Arc::new(CrateMirror::open(self.roots.clone()).await?);
        Ok(Arc::clone(self.mirror.insert(mirror)))
    }

    /// The mirror, to write to: locked, and what a killed process left swept up.
    pub(super) async fn write(&mut self) -> anyhow::Result<Arc<CrateMirror>> {
        // A lock makes folders, which must not happen where there is no mirror.
        let mirror = self.look().await?;
        if self.place.lock(self.roots.lock_folders(), "`--index` and `--crates`").await? {
            mirror.recover().await?;
        }
        Ok(mirror)
    }
}

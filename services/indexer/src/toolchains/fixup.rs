//! `fixup`: publishes what is on disk under all its names.

use romt_dist::ManifestPath;

use super::ToolchainMirror;
use super::events::{OnToolchainEvent, ToolchainEvent};

impl ToolchainMirror {
    /// Publishes toolchains that are on disk, each as [`download`](Self::download) does. A name that moves on is left to a
    /// newer release that has it.
    pub async fn fixup(&self, paths: &[ManifestPath], on: OnToolchainEvent<'_>) -> anyhow::Result<()> {
        for &path in paths {
            on(ToolchainEvent::Begun(path));
            let files = self.canonical(path, on).await?;
            on(ToolchainEvent::Release(files.manifest.release()));
            self.require_remembered(&files).await?;
            self.publish(&files, on).await?;
        }
        Ok(())
    }
}

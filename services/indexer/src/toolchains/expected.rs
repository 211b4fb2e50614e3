//! What `verify` and `pack` have to find.

use std::collections::HashSet;

use anyhow::anyhow;
use romt_dist::{ComponentChoice, Expected, PackagePath, TargetSelection};
use romt_runtime::Hint;

use super::ToolchainMirror;
use super::download::tell_components;
use super::events::{OnToolchainEvent, ToolchainEvent};
use super::manifest_files::ManifestFiles;

impl ToolchainMirror {
    /// What has to be here of a toolchain, told as it is found out. A target that was asked for by name and is not here is
    /// an error.
    pub(super) async fn expected<'m>(
        &self,
        files: &'m ManifestFiles,
        targets: &TargetSelection,
        components: &ComponentChoice,
        on: OnToolchainEvent<'_>,
    ) -> anyhow::Result<Expected<'m>> {
        let manifest = &files.manifest;
        let components = components.of_manifest(manifest);
        tell_components(&components, on);
        on(ToolchainEvent::Release(manifest.release()));
        let remembered = self.remembered(manifest.release()).await?;
        let held = self.held(manifest).await?;
        let mut expected = Expected::of(manifest, targets, remembered.as_ref(), |path| held.contains(path))?;
        if let TargetSelection::These { named, .. } = targets
            && let Some(absent) = named.iter().find(|target| expected.absent.contains(*target))
        {
            return Err(anyhow!("target '{absent}' of {} is not on disk", files.path.spec()))
                .hint(format!("`romt toolchain -s {} -t {absent} download` brings it", files.path.spec()));
        }
        on(ToolchainEvent::Planned { packages: expected.packages.len(), targets: &expected.targets });
        expected.limit_to(&components);
        Ok(expected)
    }

    /// Refuses a release of which files are missing that were asked for. Of one that Python romt brought nothing is known,
    /// and nothing is refused.
    pub(super) async fn require_remembered(&self, files: &ManifestFiles) -> anyhow::Result<()> {
        let manifest = &files.manifest;
        let Some(selection) = self.remembered(manifest.release()).await? else { return Ok(()) };
        let held: HashSet<PackagePath> = self.held(manifest).await?;
        let mut wanted = manifest.available().filter(|(package, _)| selection.has(package));
        match wanted.find(|(_, file)| !held.contains(&file.path)) {
            None => Ok(()),
            Some((_, file)) => Err(anyhow!("missing file {}", self.shown(&super::side_cars::content_key(file))))
                .hint(format!("nothing of {} was published; `romt toolchain download` brings it", manifest.release())),
        }
    }
}

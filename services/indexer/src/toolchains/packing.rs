//! What goes into an archive.

use anyhow::anyhow;
use romt_dist::{ComponentChoice, DistKey, ManifestPath, Package, Part, TargetSelection, archive_order};
use romt_runtime::Hint;

use super::ToolchainMirror;
use super::download::require_targets;
use super::events::{OnToolchainEvent, ToolchainEvent};
use super::manifest_files::manifest_key;

impl ToolchainMirror {
    /// The members of an archive of toolchains, in their order, all of which are on disk. The manifests are checked; the
    /// packages are when the archive is unpacked.
    ///
    /// A manifest that is only known by a name that moves on is put into the folder of its day, as archives have it.
    pub async fn plan_packing(
        &self,
        paths: &[ManifestPath],
        targets: &TargetSelection,
        components: &ComponentChoice,
        on: OnToolchainEvent<'_>,
    ) -> anyhow::Result<Vec<DistKey>> {
        let mut toolchains: Vec<(ManifestPath, Vec<Package>)> = Vec::with_capacity(paths.len());
        let mut unpublished = Vec::new();
        for &path in paths {
            on(ToolchainEvent::Begun(path));
            let files = self.canonical(path, on).await?;
            let expected = self.expected(&files, targets, components, on).await?;
            require_targets(&expected.targets, files.manifest.release())?;
            let canonical = files.manifest.release().canonical();
            toolchains.push((canonical, expected.packages.into_iter().cloned().collect()));
            if files.path != canonical {
                unpublished.push(files);
            }
        }
        let packages: Vec<Vec<&Package>> = toolchains.iter().map(|(_, packages)| packages.iter().collect()).collect();
        let in_order = toolchains.iter().zip(&packages).map(|((path, _), packages)| (*path, packages.as_slice()));
        let members = archive_order(in_order, self.signatures.parts());
        let to_come: Vec<DistKey> = unpublished
            .iter()
            .flat_map(|files| Part::ALL.map(|part| manifest_key(files.manifest.release().canonical(), part)))
            .collect();
        self.require(members.iter().filter(|member| !to_come.contains(member)).cloned().collect()).await?;
        for files in unpublished {
            let canonical = files.manifest.release().canonical();
            self.put_manifest(&files, canonical, files.hash_of_copy(canonical)).await?;
        }
        self.require(members.clone()).await?;
        Ok(members)
    }

    /// Refuses if one of these files is not there.
    async fn require(&self, keys: Vec<DistKey>) -> anyhow::Result<()> {
        let sizes = self.storage.sizes(keys.iter().cloned().map(Into::into).collect()).await?;
        let mut missing = keys.iter().zip(sizes).filter(|(_, size)| size.is_none()).map(|(key, _)| self.shown(key));
        let Some(first) = missing.next() else { return Ok(()) };
        let more = missing.count();
        let and_more = if more == 0 { String::new() } else { format!(" (and {more} more)") };
        Err(anyhow!("missing file {first}{and_more}"))
            .hint("`romt toolchain download` brings it; `--components` leaves it out")
    }
}

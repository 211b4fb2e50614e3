//! Exporting toolchains: those that were published or grew since the last export.

use romt_bus::messages::PackContent;
use romt_dist::{ComponentChoice, DistFile, DistKey, ManifestPath, Part, TargetSelection, ToolchainSpec};
use romt_runtime::one_line;
use romt_storage::StorageKey;
use romt_types::Hasher;

use super::exported::Exported;
use super::order::order;
use crate::run::Run;
use crate::service::Indexer;
use crate::toolchains::{ToolchainEvent, ToolchainMirror};

/// Exports toolchains. Of one that grew, a target or a component more, all goes again: an archive is whole by itself.
pub(super) async fn export(
    indexer: &Indexer,
    run: &mut Run,
    time: &str,
    full: bool,
    exported: &mut Exported,
) -> anyhow::Result<()> {
    let context = &indexer.context;
    if !context.storage.holds(StorageKey::DIST).await? {
        return Ok(());
    }
    let signatures = context.config.signatures.clone();
    let mirror = ToolchainMirror::of(&context.storage, &context.config.state, signatures).await?;
    let everything = ToolchainSpec::parse_list(["*"])?;
    let mut new: Vec<(ManifestPath, String)> = Vec::new();
    // Nothing matches where only manifests under names that move on are there, or none at all.
    for path in mirror.expand(&everything).await.unwrap_or_default() {
        match plan(&mirror, &[path]).await {
            Ok(keys) => {
                let digest = digest(&mirror, path, &keys).await?;
                if full || exported.toolchains.get(&path.to_string()) != Some(&digest) {
                    new.push((path, digest));
                }
            }
            Err(error) => run.fail(format!("toolchain {}", path.spec()), one_line(error.as_ref())),
        }
    }
    if new.is_empty() {
        return Ok(());
    }
    let paths: Vec<_> = new.iter().map(|(path, _)| *path).collect();
    let keys = plan(&mirror, &paths).await?;
    let lines = || keys.iter().map(|key| StorageKey::Dist(key.clone()).to_string());
    order(context, run, format!("toolchain-{time}.tar.gz"), PackContent::Toolchains, lines).await?;
    exported.toolchains.extend(new.into_iter().map(|(path, digest)| (path.to_string(), digest)));
    exported.save(&context.config.state).await
}

async fn plan(mirror: &ToolchainMirror, paths: &[ManifestPath]) -> anyhow::Result<Vec<DistKey>> {
    let components = ComponentChoice::default();
    let mut silent = |_: ToolchainEvent<'_>| {};
    mirror.plan_packing(paths, &TargetSelection::Held, &components, &mut silent).await
}

/// What stands for the files of a toolchain: which they are, and what its manifest is. Packages follow from that.
async fn digest(mirror: &ToolchainMirror, path: ManifestPath, keys: &[DistKey]) -> anyhow::Result<String> {
    let manifest = DistFile::Manifest(path).part(Part::Content);
    let content = mirror.storage().digest(&manifest.into()).await?;
    let mut hasher = Hasher::default();
    hasher.update(content.map(|digest| digest.to_string()).unwrap_or_default().as_bytes());
    let mut names: Vec<_> = keys.iter().map(ToString::to_string).collect();
    names.sort_unstable();
    for name in names {
        hasher.update(name.as_bytes());
        hasher.update(b"\n");
    }
    Ok(hasher.finish().to_string())
}

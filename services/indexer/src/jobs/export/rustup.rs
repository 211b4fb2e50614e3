//! Exporting rustup: the releases whose programs were not exported yet.

use std::collections::BTreeSet;

use romt_bus::messages::PackContent;
use romt_dist::RustupSpec;
use romt_storage::StorageKey;

use super::exported::Exported;
use super::order::order;
use crate::run::Run;
use crate::rustup::{ReleaseTargets, RustupMirror};
use crate::service::Indexer;

/// Exports releases. Of one for which there are more targets than before, all go again.
pub(super) async fn export(
    indexer: &Indexer,
    run: &mut Run,
    time: &str,
    full: bool,
    exported: &mut Exported,
) -> anyhow::Result<()> {
    let context = &indexer.context;
    if !context.storage.holds(StorageKey::RUSTUP).await? {
        return Ok(());
    }
    let mirror = RustupMirror::of(&context.storage, &context.config.state)?;
    let held = mirror.list(&RustupSpec::parse_list(["*"])?).await.unwrap_or_default();
    let is_new = |release: &ReleaseTargets| {
        let before = exported.rustup.get(&release.version.to_string());
        full || before.is_none_or(|before| !targets(release).is_subset(before))
    };
    let new: Vec<_> = held.into_iter().filter(is_new).collect();
    if new.is_empty() {
        return Ok(());
    }
    let keys = mirror.plan_packing(&new).await?;
    let lines = || keys.iter().map(|key| StorageKey::Rustup(key.clone()).to_string());
    order(context, run, format!("rustup-{time}.tar.gz"), PackContent::Rustup, lines).await?;
    for release in &new {
        exported.rustup.entry(release.version.to_string()).or_default().append(&mut targets(release));
    }
    exported.save(&context.config.state).await
}

fn targets(release: &ReleaseTargets) -> BTreeSet<String> {
    release.targets.iter().map(ToString::to_string).collect()
}

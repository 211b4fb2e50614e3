//! Exporting crates: what is published and was in no archive yet.

use std::sync::Arc;

use anyhow::Context as _;
use futures_util::StreamExt as _;
use romt_bus::messages::PackContent;
use romt_index::{BundleRef, CrateFilter};
use romt_runtime::traces::TARGET;
use romt_storage::StorageKey;
use romt_types::{CrateId, PrefixStyle};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, info_span};

use super::order::{handover, order};
use crate::crates::{CrateMirror, RangeOptions};
use crate::run::Run;
use crate::service::Indexer;

/// What clients see is what is exported.
const PUBLISHED: &str = "master";
/// What counts as done, for the verbs of Python romt too.
const MARK: &str = "mark";

/// Exports the crates and the index.
pub(super) async fn export(indexer: &Indexer, run: &mut Run, time: &str, full: bool) -> anyhow::Result<()> {
    let context = &indexer.context;
    let repository = indexer.repository().await?;
    let Some(published) = repository.with(|repository| Ok(repository.branch(PUBLISHED)?)).await? else {
        return Ok(());
    };
    let mirror = CrateMirror::of(context, repository.clone()).await?;
    let range =
        RangeOptions { start: full.then(|| "0".to_owned()), end: PUBLISHED.to_owned(), allow_missing_start: false };
    let filter = Arc::<CrateFilter>::default();
    let planning = mirror.plan_packing(&range, &filter);
    let packing = planning.instrument(info_span!(target: TARGET, "plan")).await?;
    for problem in &packing.problems {
        run.fail("the index", problem.clone());
    }
    if packing.is_empty() {
        return Ok(());
    }
    let bundle = handover(run, "index.bundle")?;
    let local = context.config.state.join("export.bundle");
    let stop = CancellationToken::new();
    let handed_over = async {
        mirror.write_bundle(&packing, BundleRef::BundleMaster, local.clone(), stop.clone()).await?;
        context.storage.hand_over_file(bundle.clone(), &local).await.context("cannot hand the index to the packer")
    };
    // If the run is cut short, git need not go on for nobody.
    let guard = stop.clone().drop_guard();
    let handed_over = handed_over.instrument(info_span!(target: TARGET, "bundle index")).await;
    drop(guard.disarm());
    let removed = tokio::fs::remove_file(&local).await;
    handed_over?;
    removed.with_context(|| format!("cannot remove `{}`", local.display()))?;

    let (style, archive_style) = (mirror.layout().prefix, mirror.layout().archive_prefix);
    let content = PackContent::Crates { bundle: bundle.to_string(), mixed: archive_style == PrefixStyle::Mixed };
    let keys = || packing.crates.added().map(|(id, _)| StorageKey::Crate { id, style }.to_string());
    let exported = order(context, run, format!("crates-{time}.tar.gz"), content, keys).await?;
    let left_out = match &exported.left_out_list {
        Some(list) => left_out(indexer, list).await?,
        None => Vec::new(),
    };
    for id in &left_out {
        run.fail(id, format!("its file is not in the mirror, so it is not in {}", exported.name));
    }
    mirror.packed(packing, left_out).await?;
    let refused = mirror.move_branches(&[MARK], published).await?;
    anyhow::ensure!(refused.is_empty(), "the branch `{MARK}` cannot be moved: commits are made on it");
    Ok(())
}

/// What the packer found missing.
async fn left_out(indexer: &Indexer, list: &str) -> anyhow::Result<Vec<CrateId>> {
    let mut pieces = indexer.context.storage.take_over(&list.parse()?).await?;
    let mut text = Vec::new();
    while let Some(piece) = pieces.next().await {
        text.extend_from_slice(&piece?);
    }
    let lines = String::from_utf8(text).context("the packer's list cannot be read")?;
    let id = |line: &str| match line.parse()? {
        StorageKey::Crate { id, .. } => Ok(id),
        key => anyhow::bail!("`{key}` is no crate"),
    };
    lines.lines().map(id).collect()
}

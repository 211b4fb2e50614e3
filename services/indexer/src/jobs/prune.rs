//! The run that takes away what is not selected.

use anyhow::anyhow;
use romt_runtime::Hint;

use super::prune_crates::prune_crates;
use super::prune_toolchains::prune_toolchains;
use crate::run::Run;
use crate::service::Indexer;

/// Takes away crates that are not selected, and days of toolchains that are older than those to keep; each only where there
/// is something to go by.
pub(crate) async fn prune(indexer: &Indexer, run: &mut Run, dry_run: bool) -> anyhow::Result<()> {
    let config = &indexer.context.config;
    run.summary.crates = !config.selection.is_empty();
    let toolchains = config.toolchains.as_ref();
    let keeping = toolchains.filter(|toolchains| toolchains.keep.is_some());
    if !run.summary.crates && keeping.is_none() {
        let error = anyhow!("no crates are selected, so all of them would be taken away");
        return Err(error)
            .hint("select what is to stay: `--lockfile Cargo.lock`, `--manifest Cargo.toml`, `--crate NAME`");
    }
    if run.summary.crates {
        prune_crates(indexer, run, dry_run).await?;
    }
    if let Some(toolchains) = keeping {
        prune_toolchains(&indexer.context, toolchains, run, dry_run, true).await?;
    } else if toolchains.is_some() {
        run.note("toolchains stay as they are: `toolchains.keep` does not say how many").await?;
    }
    Ok(())
}

//! The run that writes what is new since the last export into the outbox.
//!
//! What is new is found here, and the packer writes it: one archive of crates, one of toolchains, one of rustup, each only
//! if there is something new of its kind. What goes into an archive is listed in the store (`handover`), and so is the index's
//! git bundle. Only when an archive is in the outbox does its content count as exported, so whatever happens before, the next
//! export carries it.

mod crates;
mod exported;
mod order;
mod packers;
mod rustup;
mod toolchains;

use crate::run::Run;
use crate::service::Indexer;

use exported::Exported;
use packers::Packers;

/// Exports what is new, or with `full` everything that is here.
pub(crate) async fn export(indexer: &Indexer, run: &mut Run, full: bool) -> anyhow::Result<()> {
    let exported = export_all(indexer, run, full).await;
    let cleared = indexer.context.storage.clear_handover(run.id()).await;
    exported?;
    if let Err(error) = cleared {
        tracing::warn!(run = %run.id(), %error, "what was handed over in the run could not be removed");
    }
    Ok(())
}

async fn export_all(indexer: &Indexer, run: &mut Run, full: bool) -> anyhow::Result<()> {
    Packers::listen(&indexer.context.bus).await?.require().await?;
    let mut exported = Exported::load(&indexer.context.config.state).await?;
    // One name for all archives of the run, and none that was there before, even if this run is cut short.
    let time = exported.next_time();
    exported.save(&indexer.context.config.state).await?;
    crates::export(indexer, run, &time, full).await?;
    toolchains::export(indexer, run, &time, full, &mut exported).await?;
    rustup::export(indexer, run, &time, full, &mut exported).await
}

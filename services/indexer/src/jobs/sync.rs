//! The run that brings what is selected and missing.

use romt_bus::messages::RunStep;
use romt_upstream::one_line;
use tokio::sync::mpsc::UnboundedReceiver;

use super::sync_crates::sync_crates;
use super::sync_rustup::sync_rustup;
use super::sync_toolchains::sync_toolchains;
use crate::run::Run;
use crate::service::Indexer;

/// Brings crates, rustup and toolchains, one after the other. A part that fails keeps none of the others back; the error is
/// that of the crates, where all is one index, and the others are failures of the run.
pub(crate) async fn sync(indexer: &Indexer, run: &mut Run, refresh: bool) -> anyhow::Result<()> {
    run.summary.crates = !indexer.context.config.selection.is_empty();
    let crates = if run.summary.crates { sync_crates(indexer, run, refresh).await } else { Ok(()) };
    run.summary.crates_failed = run.failed();
    if let Err(error) = sync_rustup(indexer, run).await {
        run.fail("rustup", one_line(error.as_ref()));
    }
    if let Err(error) = sync_toolchains(indexer, run).await {
        run.fail("toolchains", one_line(error.as_ref()));
    }
    crates
}

/// Does `work`, and tells everyone meanwhile the steps that it sends. It has to let go of its sender at its end.
pub(super) async fn telling<T>(
    run: &Run,
    mut steps: UnboundedReceiver<RunStep>,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    let tell = async {
        while let Some(step) = steps.recv().await {
            run.announce(step).await?;
        }
        anyhow::Ok(())
    };
    let (done, told) = tokio::join!(work, tell);
    told.and(done)
}

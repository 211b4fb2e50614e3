//! The run that brings what is selected and missing.

use romt_bus::messages::RunStep;
use romt_runtime::{Hint, one_line};
use tokio::sync::mpsc::UnboundedReceiver;

use super::sync_crates::sync_crates;
use super::sync_rustup::sync_rustup;
use super::sync_toolchains::sync_toolchains;
use crate::run::Run;
use crate::service::Indexer;

/// Whoever asks for a sync does not expect that there is none.
#[derive(Debug, thiserror::Error)]
#[error("nothing is selected, so there is nothing to sync")]
struct NothingSelected;

const SELECT_HINT: &str = "select with `--lockfile Cargo.lock`, `--manifest Cargo.toml`, `--crate NAME` or \
                           `--toolchain SPEC --target TARGET` of the indexer, or in its romt.toml";
const IMPORT_HINT: &str = "this mirror is filled from archives: `romt import` has them taken in";

/// Brings crates, rustup and toolchains, one after the other. A part that fails keeps none of the others back; the error is
/// that of the crates, where all is one index, and the others are failures of the run.
pub(crate) async fn sync(indexer: &Indexer, run: &mut Run, refresh: bool) -> anyhow::Result<()> {
    let config = &indexer.context.config;
    if !config.selects_anything() {
        return Err(NothingSelected).hint(if config.import { IMPORT_HINT } else { SELECT_HINT });
    }
    run.summary.crates = !config.selection.is_empty();
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

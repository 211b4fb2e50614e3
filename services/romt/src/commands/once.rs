//! One run and nothing else: `romt up --once`, `romt prune`.

use romt_bus::messages::RunKind;
use romt_runtime::{Ended, Lifecycle, Signals};

use super::mirror::Mirror;
use super::outcome::Outcome;
use super::run::{Runs, check, memory_bus};
use crate::screen::Screen;
use crate::settings::SyncSettings;

/// Does one run on a mirror that `holder` ("romt prune") takes for it.
pub(super) async fn once(
    holder: &'static str,
    settings: SyncSettings,
    kind: RunKind,
    screen: &Screen,
) -> anyhow::Result<Outcome> {
    check(&settings).await?;
    let mut lifecycle = Lifecycle::new(Signals::listen()?);
    let mirror = Mirror::take(&settings, holder).await?;
    let runs = Runs::start(settings, mirror.storage.clone(), memory_bus(), &mut lifecycle, screen)?;
    let outcome = match lifecycle.run(runs.run(kind)).await? {
        Ended::Done(summary) if summary.is_complete() => Outcome::Complete,
        Ended::Done(_) => Outcome::Incomplete,
        Ended::Stopped(signal) => {
            screen.complain("stopped before the run was done; the same command goes on where it was");
            Outcome::Cut(signal)
        }
        // Somebody may still be writing: the folder is not given back, so that the next one sweeps up.
        Ended::Forced => return Ok(Outcome::Forced),
    };
    mirror.give_back().await?;
    Ok(outcome)
}

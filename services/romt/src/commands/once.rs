//! Runs and nothing else: `romt up --once`, `romt prune`.

use std::path::PathBuf;

use romt_bus::messages::RunKind;
use romt_runtime::{Ended, Lifecycle, Signals};

use super::mirror::Mirror;
use super::outcome::Outcome;
use super::packer::Packer;
use super::run::{Runs, check, memory_bus};
use crate::screen::Screen;
use crate::settings::SyncSettings;

/// Does runs one after the other on a mirror that `holder` ("romt prune") takes for them; archives go to `outbox`.
pub(super) async fn once(
    holder: &'static str,
    settings: SyncSettings,
    kinds: Vec<RunKind>,
    outbox: Option<PathBuf>,
    screen: &Screen,
) -> anyhow::Result<Outcome> {
    check(&settings).await?;
    let mut lifecycle = Lifecycle::new(Signals::listen()?);
    let mirror = Mirror::take(&settings, holder).await?;
    let bus = memory_bus();
    let config = romt_packer::Config { outbox, inbox: None };
    let packer = match Packer::build(config, &settings, &mirror, &bus).await {
        Ok(packer) => packer,
        Err(error) => {
            mirror.give_back().await?;
            return Err(error);
        }
    };
    let runs = Runs::start(settings, mirror.storage.clone(), bus, &mut lifecycle, screen)?;
    packer.start(&mut lifecycle);
    let all = async {
        let mut complete = true;
        for kind in kinds {
            complete &= runs.run(kind).await?.is_complete();
        }
        Ok(complete)
    };
    let outcome = match lifecycle.run(all).await? {
        Ended::Done(true) => Outcome::Complete,
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

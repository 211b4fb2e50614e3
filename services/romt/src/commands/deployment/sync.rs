//! `romt sync`: asks the indexer of a deployment for a sync, and follows it.

use romt_bus::BusAddress;
use romt_bus::messages::RunKind;
use romt_runtime::traces::TARGET;
use romt_runtime::{Ended, Lifecycle, Signals, block_on};
use tracing::{Instrument as _, info_span};

use super::super::outcome::Outcome;
use super::super::run::follow;
use super::base::find;
use crate::cli::SyncOptions;
use crate::screen::Screen;
use crate::settings::bus_address;

pub(in super::super) fn sync(options: &SyncOptions, screen: &Screen) -> anyhow::Result<Outcome> {
    let address = bus_address(options.bus.bus.as_ref(), &options.common)?;
    block_on(ask(&address, RunKind::Sync { refresh: options.refresh }, screen))?
}

/// Asks for a run, and follows it.
pub(super) async fn ask(address: &BusAddress, kind: RunKind, screen: &Screen) -> anyhow::Result<Outcome> {
    let lifecycle = Lifecycle::new(Signals::listen()?);
    let name = if matches!(kind, RunKind::Export { .. }) { "romt export" } else { "romt sync" };
    let span = info_span!(target: TARGET, "romt", otel.name = name);
    let run = async { follow(&find(address).await?, kind, screen).await };
    Ok(match lifecycle.run(run.instrument(span)).await? {
        Ended::Done(summary) if summary.is_complete() => Outcome::Complete,
        Ended::Done(_) => Outcome::Incomplete,
        Ended::Stopped(signal) => {
            screen.complain("stopped following; the indexer goes on");
            Outcome::Cut(signal)
        }
        Ended::Forced => Outcome::Forced,
    })
}

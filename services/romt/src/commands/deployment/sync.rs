//! `romt sync`: asks the indexer of a deployment for a sync, and follows it.

use std::convert::Infallible;
use std::time::Duration;

use romt_bus::messages::RunKind;
use romt_bus::{BusAddress, BusHandle, roll_call};
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
    let address = bus_address(&options.bus, &options.common)?;
    block_on(ask(&address, RunKind::Sync { refresh: options.refresh }, screen))?
}

/// When a run takes longer than this, it is looked whether those are there who do it, and again that long after.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Asks for a run, and follows it.
pub(super) async fn ask(address: &BusAddress, kind: RunKind, screen: &Screen) -> anyhow::Result<Outcome> {
    let lifecycle = Lifecycle::new(Signals::listen()?);
    let name = if matches!(kind, RunKind::Export { .. }) { "romt export" } else { "romt sync" };
    let span = info_span!(target: TARGET, "romt", otel.name = name);
    let run = async {
        let bus = find(address).await?;
        tokio::select! {
            summary = follow(&bus, kind, screen) => summary,
            never = tell_who_is_missing(&bus, kind, screen) => match never? {},
        }
    };
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

/// Tells of services that the run waits for, each kind once: it goes on when they come. Never ends by itself.
async fn tell_who_is_missing(bus: &BusHandle, kind: RunKind, screen: &Screen) -> anyhow::Result<Infallible> {
    // That no packer writes an export, the indexer finds out.
    let needed: &[_] = if let RunKind::Sync { .. } = kind { &["indexer", "fetcher"] } else { &["indexer"] };
    let mut told = Vec::new();
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let there = roll_call(bus).await?;
        for name in needed {
            if !told.contains(name) && there.iter().all(|report| report.service != *name) {
                screen.complain(format_args!("no {name} answers; the run waits for one"));
                told.push(name);
            }
        }
    }
}

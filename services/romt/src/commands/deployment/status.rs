//! `romt status`: which services a deployment has, what waits, what crossed the gap, and how the last run ended.

use std::collections::BTreeSet;
use std::time::{SystemTime, UNIX_EPOCH};

use romt_bus::messages::{
    INBOX, InboxStatus, LAST_ADMISSION, LAST_EXPORT, LAST_RUN, LastAdmission, LastExport, LastRun, ServiceReport,
};
use romt_bus::{BusHandle, Queue, roll_call};
use romt_runtime::{Ended, Lifecycle, Signals, block_on};
use serde::Serialize;

use super::super::outcome::Outcome;
use super::base::find;
use super::status_lines;
use crate::cli::StatusOptions;
use crate::screen::{Screen, Style};
use crate::settings::bus_address;

/// What is to be told.
#[derive(Debug, Serialize)]
pub(super) struct Status {
    pub(super) services: BTreeSet<ServiceReport>,
    pub(super) queues: Vec<QueueDepth>,
    pub(super) last_run: Option<LastRun>,
    /// None where nothing was ever exported.
    pub(super) last_export: Option<LastExport>,
    /// None where nothing that an archive brings was ever to be published.
    pub(super) last_admission: Option<LastAdmission>,
    /// None where no inbox was ever watched.
    pub(super) inbox: Option<InboxStatus>,
}

#[derive(Debug, Serialize)]
pub(super) struct QueueDepth {
    pub(super) queue: &'static str,
    /// Jobs that wait or are in work.
    pub(super) waiting: u64,
    /// Jobs that were given up.
    pub(super) given_up: usize,
}

pub(in super::super) fn status(options: &StatusOptions, screen: &Screen) -> anyhow::Result<Outcome> {
    let address = bus_address(&options.bus, &options.common)?;
    block_on(async {
        let lifecycle = Lifecycle::new(Signals::listen()?);
        let ended = lifecycle.run(async { ask(&find(&address).await?).await }).await?;
        if let Ended::Done(status) = &ended {
            if screen.style() == Style::Json {
                screen.data(serde_json::to_string(status)?)?;
            } else {
                status_lines::lines(status, now()).iter().try_for_each(|line| screen.data(line))?;
            }
        }
        Ok(Outcome::of_ended(&ended))
    })?
}

async fn ask(bus: &BusHandle) -> anyhow::Result<Status> {
    let services = roll_call(bus).await?;
    let mut queues = Vec::new();
    for queue in Queue::ALL {
        let waiting = bus.port().pending(queue).await?;
        let given_up = bus.port().dead_letters(queue).await?.len();
        queues.push(QueueDepth { queue: queue.as_str(), waiting, given_up });
    }
    Ok(Status {
        services,
        queues,
        last_run: bus.state(LAST_RUN).await?,
        last_export: bus.state(LAST_EXPORT).await?,
        last_admission: bus.state(LAST_ADMISSION).await?,
        inbox: bus.state(INBOX).await?,
    })
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

//! `romt status`: which services a deployment has, what waits, and how the last run ended.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use humantime::format_duration;
use romt_bus::messages::{LAST_RUN, LastRun, ServiceReport};
use romt_bus::{BusHandle, Queue, roll_call};
use romt_runtime::{Ended, Lifecycle, Signals, block_on};
use serde::Serialize;

use super::super::outcome::Outcome;
use super::base::connect;
use crate::cli::StatusOptions;
use crate::screen::{Screen, Style};
use crate::settings::bus_address;

/// What is to be told.
#[derive(Debug, Serialize)]
struct Status {
    services: BTreeSet<ServiceReport>,
    queues: Vec<QueueDepth>,
    last_run: Option<LastRun>,
}

#[derive(Debug, Serialize)]
struct QueueDepth {
    queue: &'static str,
    /// Jobs that wait or are in work.
    waiting: u64,
    /// Jobs that were given up.
    given_up: usize,
}

pub(in super::super) fn status(options: &StatusOptions, screen: &Screen) -> anyhow::Result<Outcome> {
    let address = bus_address(options.bus.bus.as_ref(), &options.common)?;
    block_on(async {
        let lifecycle = Lifecycle::new(Signals::listen()?);
        let ended = lifecycle.run(async { ask(&connect(&address).await?).await }).await?;
        if let Ended::Done(status) = &ended {
            if screen.style() == Style::Json {
                screen.data(serde_json::to_string(status)?)?;
            } else {
                lines(status, now()).iter().try_for_each(|line| screen.data(line))?;
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
    Ok(Status { services, queues, last_run: bus.state(LAST_RUN).await? })
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

fn ago(then: u64, now: u64) -> String {
    format_duration(Duration::from_secs(now.saturating_sub(then))).to_string()
}

/// What people read.
fn lines(status: &Status, now: u64) -> Vec<String> {
    let mut lines = Vec::new();
    if status.services.is_empty() {
        lines.push("no service answers".to_owned());
    }
    for ServiceReport { service, name, version, since, parts: _, note, troubles } in &status.services {
        let state =
            if troubles.is_empty() { "ready".to_owned() } else { format!("not ready: {}", troubles.join("; ")) };
        let note = note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
        lines.push(format!("{service:<8} {name}  {state}{note}, romt {version}, for {}", ago(*since, now)));
    }
    for QueueDepth { queue, waiting, given_up } in &status.queues {
        lines.push(format!("queue    {queue}: {waiting} waiting or in work, {given_up} given up"));
    }
    lines.push(match &status.last_run {
        None => "last run none yet".to_owned(),
        Some(LastRun { summary, .. }) => {
            let end = if summary.is_complete() {
                "complete".to_owned()
            } else if summary.error.is_empty() {
                format!("{} could not be had", summary.failed)
            } else {
                format!("failed: {}", summary.error.join(": "))
            };
            let (new, removed) = (summary.new, summary.removed);
            format!("last run {} ago: {new} new, {removed} removed, {end}", ago(summary.ended, now))
        }
    });
    lines
}

#[cfg(test)]
mod tests {
    use romt_bus::messages::RunSummary;

    use super::*;

    #[test]
    fn people_read_what_there_is() {
        let report = ServiceReport {
            service: "indexer".to_owned(),
            name: "a:1".to_owned(),
            version: "0.1.0".to_owned(),
            since: 40,
            parts: vec![],
            note: Some("standby".to_owned()),
            troubles: vec![],
        };
        let trouble =
            ServiceReport { name: "b:2".to_owned(), troubles: vec!["bus: gone".to_owned()], ..report.clone() };
        let summary = RunSummary { new: 3, failed: 2, ended: 70, ..RunSummary::default() };
        let status = Status {
            services: [report, trouble].into(),
            queues: vec![QueueDepth { queue: "runs", waiting: 1, given_up: 0 }],
            last_run: Some(LastRun { run: "r".parse().unwrap(), kind: None, summary }),
        };
        assert_eq!(
            lines(&status, 100),
            [
                "indexer  a:1  ready (standby), romt 0.1.0, for 1m",
                "indexer  b:2  not ready: bus: gone (standby), romt 0.1.0, for 1m",
                "queue    runs: 1 waiting or in work, 0 given up",
                "last run 30s ago: 3 new, 0 removed, 2 could not be had",
            ]
        );
        let nothing = Status { services: BTreeSet::new(), queues: vec![], last_run: None };
        assert_eq!(lines(&nothing, 0), ["no service answers", "last run none yet"]);
    }
}

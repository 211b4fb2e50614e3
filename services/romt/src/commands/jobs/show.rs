//! Queues and jobs as people and programs read them.

use std::time::{Duration, UNIX_EPOCH};

use romt_bus::{DeadLetter, Queue};
use serde_json::json;

use super::name::JobName;
use crate::cli::JobsCommand;
use crate::screen::Screen;

/// Where to show them, and how.
pub(super) struct Show<'a> {
    pub(super) screen: &'a Screen,
    pub(super) json: bool,
}

impl Show<'_> {
    pub(super) fn queue(&self, queue: Queue, pending: u64) -> anyhow::Result<()> {
        if self.json {
            return self.screen.data(json!({ "queue": queue.as_str(), "pending": pending }));
        }
        self.screen.data(format_args!("{queue:<8} {pending:>8} waiting or in work"))
    }

    pub(super) fn letter(&self, queue: Queue, letter: &DeadLetter) -> anyhow::Result<()> {
        let DeadLetter { id, body, reason, attempts, given_up } = letter;
        if self.json {
            // Jobs are JSON; one that is not may be why it was given up.
            let job = serde_json::from_slice(body).unwrap_or_else(|_| json!(String::from_utf8_lossy(body)));
            return self.screen.data(json!({
                "queue": queue.as_str(), "id": id, "reason": reason, "attempts": attempts, "given_up": given_up, "job": job,
            }));
        }
        let name = JobName { queue, id: id.clone() };
        let time = UNIX_EPOCH.checked_add(Duration::from_secs(*given_up)).unwrap_or(UNIX_EPOCH);
        let time = humantime::format_rfc3339_seconds(time);
        let times = if *attempts == 1 { "time" } else { "times" };
        self.screen.data(format_args!("{name}\n  given up {time}, begun {attempts} {times}: {}", one_line(reason)))
    }

    pub(super) fn dealt_with(&self, command: JobsCommand, name: &JobName) -> anyhow::Result<()> {
        let done = if command == JobsCommand::Requeue { "requeued" } else { "discarded" };
        if self.json {
            return self.screen.data(json!({ "event": done, "queue": name.queue.as_str(), "id": name.id }));
        }
        self.screen.data(format_args!("{done} {name}"))
    }
}

/// What came from far away, fit for a terminal.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

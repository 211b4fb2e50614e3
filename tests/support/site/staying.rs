//! Services that serve and sync.

use std::time::{Duration, Instant};

use romt_testkit::{Process, Romt, Serving};

use super::Services;
use crate::{SYNCED, wait_until};

/// What `romt up --json` says after a sync.
const FINISHED: &str = "\"event\":\"finished\"";
/// A server follows a publish within that time.
const FOLLOWS: Duration = Duration::from_secs(2);

/// Services that serve and sync. They are killed when this is dropped.
#[derive(Debug)]
pub struct Staying<'a>(pub(super) By<'a>);

/// Who they are.
#[derive(Debug)]
pub(super) enum By<'a> {
    /// In one process.
    OneProcess(Serving),
    /// A server and an indexer.
    Services {
        /// The others.
        services: &'a Services,
        /// Who serves.
        serving: Serving,
        /// Who syncs.
        indexer: Process,
    },
}

impl Staying<'_> {
    pub(super) fn one_process(romt: &Romt, options: &[&str]) -> Self {
        Self(By::OneProcess(romt.up(&[options, &["--json"]].concat())))
    }

    /// Who serves.
    pub fn serving(&self) -> &Serving {
        match &self.0 {
            By::OneProcess(serving) | By::Services { serving, .. } => serving,
        }
    }

    /// Who syncs.
    pub fn syncing(&self) -> &Process {
        match &self.0 {
            By::OneProcess(serving) => serving.process(),
            By::Services { indexer, .. } => indexer,
        }
    }

    /// Waits until so many syncs are through, and what they brought is served.
    #[track_caller]
    pub fn wait_for_syncs(&self, count: usize) {
        match &self.0 {
            By::OneProcess(serving) => serving.process().wait_for_lines(count, FINISHED),
            By::Services { services, serving, indexer } => {
                indexer.wait_for_lines(count, SYNCED);
                let begun = Instant::now();
                // What was published before it began it has said nothing of.
                wait_until("it is served", || {
                    let published = services.bucket.published();
                    published.is_none_or(|commit| serving.process().has_said(&commit)) || begun.elapsed() >= FOLLOWS
                });
            }
        }
    }

    /// Asks them to stop, and waits until they have.
    #[track_caller]
    pub fn terminate(self) {
        match self.0 {
            By::OneProcess(serving) => drop(serving.into_process().terminate().succeeds()),
            By::Services { services, serving, indexer } => {
                services.note(indexer.terminate().succeeds());
                serving.into_process().terminate().succeeds();
            }
        }
    }
}

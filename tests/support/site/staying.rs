//! Services that serve and sync.

use std::time::{Duration, Instant};

use romt_testkit::{Outcome, Process, Romt, Serving};

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
        /// Who syncs, or publishes what archives bring.
        indexer: Process,
        /// Who takes archives in, if anybody does.
        packer: Option<Process>,
    },
}

impl Staying<'_> {
    pub(super) fn one_process(romt: &Romt, options: &[&str]) -> Self {
        Self(By::OneProcess(romt.up(&[options, &["--json"]].concat())))
    }

    pub(super) fn importing(romt: &Romt, options: &[&str]) -> Self {
        Self(By::OneProcess(romt.up(&[&["--import"], options].concat())))
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

    /// Who says what becomes of archives.
    pub fn packing(&self) -> &Process {
        match &self.0 {
            By::Services { packer: Some(packer), .. } => packer,
            By::OneProcess(_) | By::Services { .. } => self.syncing(),
        }
    }

    /// Waits until so many archives were admitted, and what they brought is served.
    #[track_caller]
    pub fn wait_for_admitted(&self, count: usize) {
        self.packing().wait_for_lines(count, "is admitted");
        self.wait_until_served();
    }

    /// Waits until so many syncs are through, and what they brought is served.
    #[track_caller]
    pub fn wait_for_syncs(&self, count: usize) {
        match &self.0 {
            By::OneProcess(serving) => serving.process().wait_for_lines(count, FINISHED),
            By::Services { indexer, .. } => indexer.wait_for_lines(count, SYNCED),
        }
        self.wait_until_served();
    }

    /// Waits until what is published is served. In one process it is at once.
    fn wait_until_served(&self) {
        let By::Services { services, serving, .. } = &self.0 else { return };
        let begun = Instant::now();
        wait_until("it is served", || {
            let published = services.bucket.published();
            // What was published before it began it has said nothing of.
            published.is_none_or(|commit| serving.process().has_said(&commit)) || begun.elapsed() >= FOLLOWS
        });
    }

    /// Asks them to stop, and waits until they have. Returns what was said of archives, where any were taken in.
    #[track_caller]
    pub fn terminate(self) -> Outcome {
        match self.0 {
            By::OneProcess(serving) => serving.into_process().terminate().succeeds(),
            By::Services { services, serving, indexer, packer } => {
                let packer = packer.map(|packer| packer.terminate().succeeds());
                let indexer = indexer.terminate().succeeds();
                services.note(indexer.clone());
                serving.into_process().terminate().succeeds();
                packer.unwrap_or(indexer)
            }
        }
    }
}

//! A sync that is under way.

use romt_testkit::{Outcome, Process};

use super::Services;
use crate::wait_until;

/// A sync that is under way. What does it is killed when this is dropped.
#[derive(Debug)]
pub struct Syncing<'a>(pub(super) By<'a>);

/// What does it.
#[derive(Debug)]
pub(super) enum By<'a> {
    /// A process that does nothing else.
    OneProcess(Process),
    /// An indexer.
    Indexer {
        /// The others.
        services: &'a Services,
        /// Who asked for it, and follows.
        asking: Process,
        /// Who does it.
        indexer: Process,
        /// How many runs had been asked for before and had not come to an end.
        before: u64,
    },
}

impl Syncing<'_> {
    /// Waits for its end: what whoever asked for it was told, or, where an indexer refused to begin, what that said.
    ///
    /// # Panics
    /// When an indexer does not end as it should.
    #[track_caller]
    pub fn wait(self) -> Outcome {
        let services = match &self.0 {
            By::Indexer { services, .. } => Some(*services),
            By::OneProcess(_) => None,
        };
        let (told, indexer) = self.finish();
        if let (Some(services), Some(indexer)) = (services, indexer) {
            services.note(indexer.terminate().succeeds());
        }
        told
    }

    /// Ends the process that does it, by `stop`, and returns what that said; what else works for it goes on.
    pub fn stop(self, stop: impl FnOnce(Process) -> Outcome) -> Outcome {
        match self.0 {
            By::OneProcess(process) => stop(process),
            By::Indexer { services, asking, indexer, .. } => {
                let said = stop(indexer);
                // It would wait for the next one.
                asking.kill();
                if said.status.is_none() {
                    services.free_role();
                }
                services.note(said.clone());
                said
            }
        }
    }

    /// The same as [`wait`](Self::wait), and the indexer that did it goes on.
    pub(super) fn finish(self) -> (Outcome, Option<Process>) {
        let (services, asking, indexer, before) = match self.0 {
            By::OneProcess(process) => return (process.wait(), None),
            By::Indexer { services, asking, indexer, before } => (services, asking, indexer, before),
        };
        wait_until("it is synced", || !asking.is_running() || !indexer.is_running());
        if asking.is_running() {
            asking.kill();
            return (indexer.wait(), None);
        }
        let told = asking.wait();
        // Those who follow are told a moment before the request is settled; one that is not comes again.
        wait_until("it is settled", || services.asked() <= before);
        (told, Some(indexer))
    }
}

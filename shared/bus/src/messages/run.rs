//! Runs: what is asked of the indexer and what everyone hears of it.

use romt_types::RunId;
use serde::{Deserialize, Serialize};

use crate::{Event, Job, Queue, Topic};

/// The key of the small state that holds the newest [`RunSummary`].
pub const LAST_RUN: &str = "runs/last";

/// A run that the indexer is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRequest {
    /// Its id.
    pub run: RunId,
    /// What it is to do.
    pub kind: RunKind,
}

/// What a run does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum RunKind {
    /// Bring what is selected and missing; publish.
    Sync {
        /// Ask upstream about every index file, also those asked about a moment ago.
        refresh: bool,
    },
    /// Take away what is not selected; publish.
    Prune {
        /// Only say what would go.
        dry_run: bool,
    },
}

impl Job for RunRequest {
    const QUEUE: Queue = Queue::Runs;

    fn id(&self) -> String {
        self.run.to_string()
    }
}

/// Something that happened in a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunEvent {
    /// The run.
    pub run: RunId,
    /// What happened.
    #[serde(flatten)]
    pub step: RunStep,
}

/// The steps of a run, in the order in which they come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum RunStep {
    /// The run began.
    Started,
    /// A remark for people: what was skipped and why.
    Note {
        /// The remark, one line.
        text: String,
    },
    /// Index files are being read; said now and then.
    Selecting {
        /// Index files read so far.
        index_files: u64,
        /// Versions selected so far.
        versions: u64,
    },
    /// What is to be fetched is known.
    Planned {
        /// Files to fetch.
        files: u64,
        /// Versions that are selected, those present included.
        selected: u64,
    },
    /// Files arrive; said now and then. Counted anew by each fetcher for each batch: add them up.
    Fetched {
        /// Files settled since the last such event.
        files: u64,
        /// Of these, files that could not be had.
        failed: u64,
        /// Bytes received since the last such event.
        bytes: u64,
    },
    /// Everything is durable and the published index has been moved, or needed no move.
    Published {
        /// The published commit, hexadecimal; empty while nothing has ever been published.
        commit: String,
    },
    /// The run is over.
    Finished(RunSummary),
}

impl Event for RunEvent {
    const TOPIC: Topic = Topic::Runs;
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RunSummary {
    /// Versions that are selected.
    pub selected: u64,
    /// Versions that are newly published.
    pub new: u64,
    /// Versions that are published no more.
    pub removed: u64,
    /// How many versions or crates could not be had; [`failures`](Self::failures) names the first of them.
    pub failed: u64,
    /// Who failed and why, in order of name, the first [`RunSummary::NAMED`] of them.
    pub failures: Vec<Failure>,
    /// Bytes downloaded.
    pub bytes: u64,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// When it ended, in seconds since 1970.
    pub ended: u64,
    /// The published commit, hexadecimal; empty if there is none.
    pub commit: String,
    /// Why the run as a whole could not be done, one line a cause; empty if it was done.
    pub error: Vec<String>,
    /// What to do about it, if we know.
    pub hint: Option<String>,
}

impl RunSummary {
    /// The most failures that a summary names.
    pub const NAMED: usize = 1_000;

    /// Whether everything that was asked for is there.
    pub fn is_complete(&self) -> bool {
        self.failed == 0 && self.error.is_empty()
    }
}

/// Something that could not be had.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Failure {
    /// What people call it: `serde@1.0.0`, `serde`.
    pub what: String,
    /// Why.
    pub reason: String,
}

impl Failure {
    /// The most that is told of a reason, in bytes: all failures of a [`RunSummary`] must fit into one message.
    const REASON: usize = 400;

    /// Something that could not be had. A long reason is cut.
    pub fn new(what: String, mut reason: String) -> Self {
        if reason.len() > Self::REASON {
            reason.truncate(reason.floor_char_boundary(Self::REASON));
            reason.push('…');
        }
        Self { what, reason }
    }
}

/// A new snapshot is published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// Its commit, hexadecimal.
    pub commit: String,
}

impl Event for Published {
    const TOPIC: Topic = Topic::Published;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_summary_fits_into_a_message() {
        let failure = |n: usize| Failure::new(format!("{}@1.0.{n}", "x".repeat(64)), "\"ä".repeat(1_000));
        let failures = (0..RunSummary::NAMED).map(failure).collect();
        let summary = RunSummary { failures, ..RunSummary::default() };
        let size = serde_json::to_vec(&summary).unwrap().len();
        assert!(size < crate::MAX_MESSAGE - 64 * 1024, "{size}");
    }
}

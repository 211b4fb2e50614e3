//! Runs: what is asked of the indexer and what everyone hears of it.

use romt_types::RunId;
use serde::{Deserialize, Serialize};

use super::ExportedArchive;
use crate::{Event, Job, Queue, Topic};

/// The key of the small state that holds the [`LastRun`].
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
    /// Write archives of what is new since the last export into the outbox.
    Export {
        /// Write what is here, whatever was exported before.
        full: bool,
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
    /// What is to be fetched of one toolchain is known.
    ToolchainPlanned {
        /// What was asked for: `stable`.
        spec: String,
        /// What that is: `stable-2026-04-16(1.95.0)`.
        release: String,
        /// Files to fetch, those included that are here and to be read again.
        files: u64,
    },
    /// Something is new of a toolchain, and it is published.
    ToolchainPublished {
        /// What was asked for.
        spec: String,
        /// What that is.
        release: String,
    },
    /// What is to be fetched of one release of rustup is known.
    RustupPlanned {
        /// The release.
        version: String,
        /// Programs to fetch, those included that are here and to be read again.
        files: u64,
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
    /// An archive is being written; said now and then.
    Packing {
        /// Its name in the outbox.
        archive: String,
        /// Files in it so far.
        files: u64,
        /// Bytes of those files.
        bytes: u64,
    },
    /// An archive is in the outbox.
    Exported(ExportedArchive),
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
    /// How many versions, crates, toolchains and programs could not be had; [`failures`](Self::failures) names the first of
    /// them.
    pub failed: u64,
    /// Who failed and why, in order of name, the first [`RunSummary::NAMED`] of them.
    pub failures: Vec<Failure>,
    /// Bytes of crates that were downloaded.
    pub bytes: u64,
    /// Whether crates were selected: the counts of versions are about them.
    pub crates: bool,
    /// How many of the failures are about crates.
    pub crates_failed: u64,
    /// What became of each toolchain that is selected, in the order in which they are.
    pub toolchains: Vec<ToolchainSummary>,
    /// What became of each release of rustup that is selected.
    pub rustup: Vec<RustupSummary>,
    /// What was taken away of older days of toolchains; `None` if nobody looked.
    pub pruned: Option<PrunedDays>,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// When it ended, in seconds since 1970.
    pub ended: u64,
    /// The published commit, hexadecimal; empty if there is none.
    pub commit: String,
    /// The archives that an export wrote.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub archives: Vec<ExportedArchive>,
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

/// The run that ended last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LastRun {
    /// Which one it was.
    pub run: RunId,
    /// What it did, where whoever wrote this said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<RunKind>,
    /// How it ended.
    #[serde(flatten)]
    pub summary: RunSummary,
}

/// What became of one toolchain.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ToolchainSummary {
    /// What was asked for: `stable`.
    pub spec: String,
    /// What that is: `stable-2026-04-16(1.95.0)`; empty where that is not known.
    pub release: String,
    /// Whether anything of it is new here.
    pub new: bool,
    /// Whether it could not be had; then it is one of the failures.
    pub failed: bool,
    /// Files that were downloaded.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// What became of one release of rustup.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RustupSummary {
    /// What was asked for: `stable`.
    pub spec: String,
    /// What that is: `1.29.0`; empty where that is not known.
    pub version: String,
    /// Whether anything of it is new here.
    pub new: bool,
    /// Whether any of it could not be had.
    pub failed: bool,
    /// Programs that were downloaded.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// What was taken away of older days of toolchains, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PrunedDays {
    /// The days.
    pub days: Vec<String>,
    /// Files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
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

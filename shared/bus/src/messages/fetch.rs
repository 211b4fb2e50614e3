//! Between indexer and fetcher.

use romt_types::{Digest, RunId};
use serde::{Deserialize, Serialize};

use crate::{Job, Queue};

/// A batch of files to fetch into the store; the answer is one [`FetchSettled`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchBatch {
    /// The run that asks.
    pub run: RunId,
    /// The number of the batch in that run.
    pub batch: u32,
    /// The files, each under a key of its own.
    pub items: Vec<FetchItem>,
}

/// One file to fetch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchItem {
    /// The key to store it under, as `romt_storage::StorageKey` writes it.
    pub key: String,
    /// Where it is.
    pub url: String,
    /// What it must hash to.
    pub digest: Digest,
    /// What people call it: `serde@1.0.0`.
    pub label: String,
    /// No more bytes than this are taken.
    pub limit: u64,
}

impl Job for FetchBatch {
    const QUEUE: Queue = Queue::Fetch;

    fn id(&self) -> String {
        format!("{}.{}", self.run, self.batch)
    }
}

/// What became of every item of a batch, in the order of the batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchSettled {
    /// The run that asked.
    pub run: RunId,
    /// The batch that is answered.
    pub batch: u32,
    /// One outcome for each item.
    pub outcomes: Vec<FetchOutcome>,
}

/// What became of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FetchOutcome {
    /// It was downloaded, is right, and is under its key.
    Downloaded {
        /// Its size.
        bytes: u64,
    },
    /// It was under its key already; it has been read again and is right.
    Present,
    /// It could not be had.
    Failed {
        /// Why: the error and its causes on one line.
        reason: String,
    },
}

impl Job for FetchSettled {
    const QUEUE: Queue = Queue::Fetched;

    fn id(&self) -> String {
        format!("{}.{}", self.run, self.batch)
    }
}

//! Packing archives: what the indexer asks of the packer, and the answer.

use romt_types::{Digest, RunId};
use serde::{Deserialize, Serialize};

use crate::{Job, Queue};

/// An archive to write into the outbox; the answer is one [`PackSettled`].
///
/// What goes into it is listed in the store, a key a line, in the archive's order: lists are long, messages are small.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackOrder {
    /// The run that asks.
    pub run: RunId,
    /// The archive's name in the outbox. No other order ever has it: it is the order's id.
    pub archive: String,
    /// What it is an archive of.
    pub content: PackContent,
    /// The key of the list.
    pub list: String,
}

/// What an archive is to be of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "of")]
pub enum PackContent {
    /// Crates, and the index's git bundle.
    Crates {
        /// The key of the bundle.
        bundle: String,
        /// Whether prefixes are spelled in the case of the names, as only Python romt before 0.4 did.
        mixed: bool,
    },
    /// Toolchains.
    Toolchains,
    /// Releases of rustup.
    Rustup,
}

impl Job for PackOrder {
    const QUEUE: Queue = Queue::Pack;

    fn id(&self) -> String {
        self.archive.clone()
    }
}

/// What became of a [`PackOrder`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackSettled {
    /// The run that asked.
    pub run: RunId,
    /// The archive that is answered for.
    pub archive: String,
    /// What became of it.
    pub outcome: PackOutcome,
}

/// What became of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PackOutcome {
    /// It is in the outbox under its name, durable.
    Packed(ExportedArchive),
    /// There is nothing of it in the outbox.
    Failed {
        /// Why, one line a cause.
        error: Vec<String>,
        /// What to do about it, if we know.
        hint: Option<String>,
    },
}

/// An archive in the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportedArchive {
    /// Its name.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256.
    pub sha256: Digest,
    /// Files in it, the index's bundle not counted.
    pub files: u64,
    /// Files that should be in it and are not in the store.
    #[serde(default)]
    pub left_out: u64,
    /// The key of the list of those, a key a line; none where nothing was left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out_list: Option<String>,
}

impl Job for PackSettled {
    const QUEUE: Queue = Queue::Packed;

    fn id(&self) -> String {
        self.archive.clone()
    }
}

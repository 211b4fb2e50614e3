//! Admitting archives: what the packer asks of the indexer, and the answer.

use romt_types::RunId;
use serde::{Deserialize, Serialize};

use crate::{Job, Queue};

/// The key of the small state that holds the [`LastAdmission`].
pub const LAST_ADMISSION: &str = "admissions/last";

/// The admission that ended last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastAdmission {
    /// The archive, as people know it.
    pub archive: String,
    /// What it is an archive of: `crates`, `toolchains`, `rustup`.
    pub of: String,
    /// When it ended, in seconds since 1970.
    pub ended: u64,
    /// What became of it.
    pub outcome: AdmissionOutcome,
}

/// An archive whose files are verified and in their places in the store: what it says about them is to be published. The
/// answer is one [`AdmissionSettled`]. Done twice it comes to the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admission {
    /// Its id, under which what it brings waits in the store.
    pub run: RunId,
    /// The archive, as people know it.
    pub archive: String,
    /// What it brings.
    pub content: AdmissionContent,
}

/// What an archive brings, beside the files that are in their places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "of")]
pub enum AdmissionContent {
    /// Crates: the index's git bundle.
    Crates {
        /// The key of the bundle.
        bundle: String,
    },
    /// Toolchains.
    Toolchains {
        /// The key of the list of its files, a key a line.
        list: String,
    },
    /// Releases of rustup.
    Rustup {
        /// The key of the list of its files, a key a line.
        list: String,
    },
}

impl AdmissionContent {
    /// What it is: `crates`, `toolchains`, `rustup`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Crates { .. } => "crates",
            Self::Toolchains { .. } => "toolchains",
            Self::Rustup { .. } => "rustup",
        }
    }
}

impl Job for Admission {
    const QUEUE: Queue = Queue::Admit;

    fn id(&self) -> String {
        self.run.to_string()
    }
}

/// What became of an [`Admission`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdmissionSettled {
    /// The admission that is answered.
    pub run: RunId,
    /// What became of it.
    pub outcome: AdmissionOutcome,
}

/// What became of what an archive brings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdmissionOutcome {
    /// It is published.
    Admitted(Admitted),
    /// It builds on what is not here yet: it can be admitted after others were.
    Early {
        /// What is missing, for people: commits of the index.
        missing: Vec<String>,
    },
    /// It is of no use to this mirror, whatever comes.
    Refused {
        /// Why, one line a cause.
        error: Vec<String>,
        /// What to do about it, if we know.
        hint: Option<String>,
    },
    /// It could not be done now: it may be asked for again.
    Failed {
        /// Why, one line a cause.
        error: Vec<String>,
        /// What to do about it, if we know.
        hint: Option<String>,
    },
}

/// What an archive brought.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Admitted {
    /// Versions, toolchains or releases that it brought or changed.
    pub new: u64,
    /// Versions that are published no more.
    #[serde(default)]
    pub removed: u64,
    /// Versions that are published, but whose files are in no archive so far: clients get 404.
    #[serde(default)]
    pub absent: u64,
    /// The published commit, hexadecimal, where it is an archive of crates.
    #[serde(default)]
    pub commit: String,
    /// Remarks for people, a line each.
    #[serde(default)]
    pub notes: Vec<String>,
}

impl Job for AdmissionSettled {
    const QUEUE: Queue = Queue::Admitted;

    fn id(&self) -> String {
        self.run.to_string()
    }
}

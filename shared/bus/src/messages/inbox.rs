//! The inbox: what became of each archive in it, for whoever watches.

use std::fmt;

use romt_types::RunId;
use serde::{Deserialize, Serialize};

use crate::{Event, Topic};

/// The key of the small state that holds the newest [`InboxStatus`].
pub const INBOX: &str = "inbox/status";

/// The archives of the inbox.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct InboxStatus {
    /// The folder that is watched.
    pub inbox: String,
    /// Who watches it: machine and process; empty where there is no other.
    #[serde(default)]
    pub packer: String,
    /// Archives in it that were admitted, now or earlier.
    pub admitted: u64,
    /// Archives that are neither admitted nor bad: they wait for something.
    pub waiting: u64,
    /// Archives that are bad.
    pub bad: u64,
    /// What there is to say of single ones: the first [`InboxStatus::NAMED`] of those that are not admitted, by name, then
    /// the newest of those that are.
    pub archives: Vec<ArchiveStatus>,
    /// What lies in the quarantine.
    #[serde(default)]
    pub quarantine: QuarantineStatus,
    /// Why the folder cannot be read, while that is so; the archives are those of before then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
    /// When this was written, in seconds since 1970.
    pub updated: u64,
}

impl InboxStatus {
    /// The most archives of which there is something to say.
    pub const NAMED: usize = 100;

    /// Whether everything in the inbox was taken in, or is no archive.
    pub fn is_complete(&self) -> bool {
        self.waiting == 0 && self.bad == 0 && self.unreadable.is_none()
    }
}

/// What lies in the quarantine until somebody takes it away.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct QuarantineStatus {
    /// The folder.
    pub folder: String,
    /// Archives that it is said of why they were refused.
    pub refused: u64,
    /// When the oldest of those was refused, in seconds since 1970; `None` where there is none.
    pub oldest: Option<u64>,
    /// When the newest was.
    pub newest: Option<u64>,
}

/// An archive of the inbox, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveStatus {
    /// Its name in the inbox.
    pub archive: String,
    /// What became of it so far.
    #[serde(flatten)]
    pub state: ArchiveState,
    /// When that was, in seconds since 1970.
    pub since: u64,
}

/// What became of an archive so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum ArchiveState {
    /// It is not whole, or not known to be.
    Waiting {
        /// What it waits for.
        reason: String,
    },
    /// It is being read and verified.
    Verifying,
    /// It builds on archives that were not admitted yet, and is tried again when others were.
    Early {
        /// What is missing: commits of the index.
        missing: Vec<String>,
    },
    /// It could not be read or taken over now, and is tried again.
    Trouble {
        /// Why, one line a cause.
        error: Vec<String>,
        /// What to do about it, if we know.
        hint: Option<String>,
    },
    /// What it brings is published.
    Admitted {
        /// What it is an archive of: `crates`, `toolchains`, `rustup`.
        of: String,
        /// Versions, toolchains or releases that it brought or changed.
        new: u64,
        /// Versions that are published no more.
        #[serde(default)]
        removed: u64,
        /// Versions that are published, but whose files no archive brought.
        #[serde(default)]
        absent: u64,
        /// Remarks for people, a line each.
        #[serde(default)]
        notes: Vec<String>,
    },
    /// The same archive was admitted before, be it under another name.
    Again {
        /// Under which name.
        first: String,
    },
    /// It is refused.
    Bad {
        /// Why, one line a cause.
        error: Vec<String>,
        /// What to do about it, if we know.
        hint: Option<String>,
        /// The file that says so.
        #[serde(default)]
        reason_file: String,
    },
    /// It is no archive, and left alone.
    Ignored {
        /// What it is.
        reason: String,
    },
}

/// Commits that are named of those that are missing.
const NAMED: usize = 3;

impl ArchiveState {
    /// The commits that an [early](Self::Early) archive lacks, for people: the first of them.
    pub fn missing(commits: &[String]) -> String {
        let named: Vec<_> = commits.iter().take(NAMED).map(String::as_str).collect();
        let more = if commits.len() > NAMED { ", …" } else { "" };
        format!("{}{more}", named.join(", "))
    }

    /// What an archive is of, for people: `of` is what [`Admitted`](Self::Admitted) has.
    pub fn things(of: &str) -> &str {
        match of {
            "crates" => "versions",
            "rustup" => "releases of rustup",
            of => of,
        }
    }
}

/// What became of the archive, in a line for people; errors and notes come beside it.
impl fmt::Display for ArchiveStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A name may hold anything that a terminal would obey.
        let archive = self.archive.escape_debug();
        match &self.state {
            ArchiveState::Waiting { reason } => write!(f, "{archive} waits: {reason}"),
            ArchiveState::Verifying => write!(f, "{archive} is being verified"),
            ArchiveState::Early { missing } => write!(
                f,
                "{archive} came too early and waits: it builds on archives that are not here, up to commit {}",
                ArchiveState::missing(missing)
            ),
            ArchiveState::Trouble { .. } => write!(f, "{archive} cannot be taken in now and is tried again"),
            ArchiveState::Admitted { of, new, removed, .. } => {
                let gone = if *removed == 0 { String::new() } else { format!(", {removed} removed") };
                write!(f, "{archive} is admitted: {new} {} new{gone}", ArchiveState::things(of))
            }
            ArchiveState::Again { first } => write!(f, "{archive} was admitted before, as {}", first.escape_debug()),
            ArchiveState::Bad { .. } => write!(f, "{archive} is refused"),
            ArchiveState::Ignored { reason } => write!(f, "{archive} is left alone: {reason}"),
        }
    }
}

/// Something became of an archive of the inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxEvent {
    /// Which, and what.
    #[serde(flatten)]
    pub archive: ArchiveStatus,
}

impl Event for InboxEvent {
    const TOPIC: Topic = Topic::Inbox;
}

/// Somebody asks the packer that watches the inbox to look at it now, and is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "word")]
pub enum InboxCall {
    /// Look now, and say when every archive has come to rest. Asked again under the same id it is the same question.
    Look {
        /// Its id.
        call: RunId,
    },
    /// The packer that watches has heard this.
    Heard {
        /// The call.
        call: RunId,
        /// The folder that is watched.
        inbox: String,
    },
    /// Every archive has come to rest: nothing follows before something changes, but that it is tried again what could not
    /// be taken in.
    AtRest {
        /// The call.
        call: RunId,
        /// What became of the archives.
        status: InboxStatus,
    },
}

impl Event for InboxCall {
    const TOPIC: Topic = Topic::InboxCalls;
}

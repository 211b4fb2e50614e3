//! The roll call: which services a deployment has.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Event, Topic};

/// What a packer is said to have that writes archives.
pub const OUTBOX_PART: &str = "outbox";
/// What a packer is said to have that takes archives in.
pub const INBOX_PART: &str = "inbox";

/// Somebody asks which services there are, and they answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "word")]
pub enum RollCall {
    /// Who is there?
    Asked,
    /// A service is.
    Here(ServiceReport),
}

/// What a service says of itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ServiceReport {
    /// What it is: `fetcher`, `indexer`, `packer`, `server`.
    pub service: String,
    /// Its machine and process, for people.
    pub name: String,
    /// Its version.
    pub version: String,
    /// When it began, in seconds since 1970.
    pub since: u64,
    /// What it has of what only some of its kind have: of a packer `outbox`, `inbox`.
    #[serde(default)]
    pub parts: Vec<String>,
    /// Which folder is a part, where that is one.
    #[serde(default)]
    pub folders: BTreeMap<String, String>,
    /// What it is doing, where that is not plain: `standby`.
    pub note: Option<String>,
    /// Why it is not ready, a line each; empty if it is.
    pub troubles: Vec<String>,
}

impl Event for RollCall {
    const TOPIC: Topic = Topic::Services;
}

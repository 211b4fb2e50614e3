//! Between fetchers: who is there, and what hosts asked for.

use serde::{Deserialize, Serialize};

use crate::{Event, Topic};

/// What a fetcher tells the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FleetNews {
    /// Who tells it. Those who came later have greater names.
    pub fetcher: String,
    /// What it tells.
    #[serde(flatten)]
    pub word: FleetWord,
}

/// What there is to tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "word")]
pub enum FleetWord {
    /// It is there; said again and again. Of the transfers that all may have with one host at once, so many are its own.
    Here {
        /// How many.
        reserved: usize,
        /// It has just come, and would like to hear of the others.
        new: bool,
    },
    /// It goes.
    Gone,
    /// A host wants to be left alone.
    LeaveAlone {
        /// The host: its scheme, name and port.
        host: String,
        /// For how long, in milliseconds.
        millis: u64,
    },
}

impl Event for FleetNews {
    const TOPIC: Topic = Topic::Fetchers;
}

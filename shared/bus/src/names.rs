//! The queues and topics there are.

use std::fmt;

/// A queue of jobs: each job goes to one of its workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Queue {
    /// Runs the indexer is asked for.
    Runs,
    /// Batches of files the fetcher is asked for.
    Fetch,
    /// The fetcher's answers, for the indexer.
    Fetched,
    /// Archives the packer is asked for.
    Pack,
    /// The packer's answers, for the indexer.
    Packed,
    /// What archives bring, for the indexer to publish.
    Admit,
    /// The indexer's answers, for the packer.
    Admitted,
}

impl Queue {
    /// Every queue.
    pub const ALL: [Self; 7] =
        [Self::Runs, Self::Fetch, Self::Fetched, Self::Pack, Self::Packed, Self::Admit, Self::Admitted];

    /// Its name on the wire, in logs and in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Runs => "runs",
            Self::Fetch => "fetch",
            Self::Fetched => "fetched",
            Self::Pack => "pack",
            Self::Packed => "packed",
            Self::Admit => "admit",
            Self::Admitted => "admitted",
        }
    }
}

impl fmt::Display for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A topic of events: each event goes to everyone who listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// What happens in a run, from its start to its summary.
    Runs,
    /// A new snapshot is published.
    Published,
    /// Something became of an archive of the inbox.
    Inbox,
    /// Somebody wants the inbox to be looked at.
    InboxCalls,
    /// What fetchers tell each other.
    Fetchers,
    /// Which services there are.
    Services,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 6] =
        [Self::Runs, Self::Published, Self::Inbox, Self::InboxCalls, Self::Fetchers, Self::Services];

    /// Its name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Runs => "runs",
            Self::Published => "published",
            Self::Inbox => "inbox",
            Self::InboxCalls => "inbox-calls",
            Self::Fetchers => "fetchers",
            Self::Services => "services",
        }
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

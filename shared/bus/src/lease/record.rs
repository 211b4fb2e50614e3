//! What is written of a lease.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

/// Who has a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// For people.
    pub(super) holder: String,
    /// Larger than those of all before.
    pub(super) token: u64,
    /// For how long it is kept without being renewed, in milliseconds.
    ttl: u64,
    /// Whether it was given up; it stays, so that tokens go on growing.
    pub(super) released: bool,
}

impl Record {
    /// The record of the next holder.
    pub(super) fn next(before: Option<&Self>, holder: &str, ttl: Duration) -> Self {
        let after = before.map_or(0, |before| before.token.saturating_add(1));
        // Where the state was lost the clock goes on, if it is not far behind.
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let now = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        let ttl = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX);
        Self { holder: holder.to_owned(), token: after.max(now), ttl, released: false }
    }

    /// The same, for as long as nobody wants it.
    pub(super) fn released(&self) -> Self {
        Self { released: true, ..self.clone() }
    }

    pub(super) fn ttl(&self) -> Duration {
        Duration::from_millis(self.ttl)
    }

    /// How long the holder believes in it without having renewed it: less than others wait.
    pub(super) fn believed(&self) -> Duration {
        self.ttl() / 4 * 3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_grow() {
        let second = Duration::from_secs(1);
        let first = Record::next(None, "a", second);
        assert!(first.token > 1_700_000_000_000, "without a record the clock counts");
        let later = Record { token: u64::MAX - 1, ..first.clone() };
        assert_eq!(Record::next(Some(&later), "b", second).token, u64::MAX, "with one, what comes after it");
        assert!(Record::next(Some(&first), "b", second).token > first.token);
    }
}

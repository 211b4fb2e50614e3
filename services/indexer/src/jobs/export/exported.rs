//! What was exported, as far as the index does not say it. Losing it costs archives that carry too much, nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::json_file;

/// The file in the state folder.
const FILE: &str = "exports.json";

/// What was exported.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Exported {
    /// By which time the last archives are called, in seconds since 1970.
    #[serde(default)]
    last: u64,
    /// By the path of a manifest in the folder of its day, the digest of which files went with it.
    #[serde(default)]
    pub(super) toolchains: BTreeMap<String, String>,
    /// By release, the targets whose programs went.
    #[serde(default)]
    pub(super) rustup: BTreeMap<String, BTreeSet<String>>,
}

impl Exported {
    /// Reads what was remembered in the folder `state`.
    pub(super) async fn load(state: &Path) -> anyhow::Result<Self> {
        let state = state.to_owned();
        let loaded = tokio::task::spawn_blocking(move || json_file::load(&state, FILE));
        Ok(loaded.await??.unwrap_or_default())
    }

    /// Writes it in place of what was there, durably.
    pub(super) async fn save(&self, state: &Path) -> anyhow::Result<()> {
        let (state, exported) = (state.to_owned(), self.clone());
        tokio::task::spawn_blocking(move || json_file::save(&state, FILE, &exported)).await?
    }

    /// A time to call archives by: now, but never the same again nor an earlier one, whatever the clock does. Sorts as text.
    pub(super) fn next_time(&mut self) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        self.next_time_after(now)
    }

    fn next_time_after(&mut self, now: u64) -> String {
        self.last = now.max(self.last.saturating_add(1));
        let time = UNIX_EPOCH.checked_add(Duration::from_secs(self.last)).unwrap_or(UNIX_EPOCH);
        let text = humantime::format_rfc3339_seconds(time).to_string();
        text.replace(['-', ':'], "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_forward_whatever_the_clock_does() {
        let mut exported = Exported::default();
        let times: Vec<_> =
            [1_776_340_800, 1_776_340_800, 5, 1_776_344_400].map(|now| exported.next_time_after(now)).into();
        assert_eq!(times, ["20260416T120000Z", "20260416T120001Z", "20260416T120002Z", "20260416T130000Z"]);
    }
}

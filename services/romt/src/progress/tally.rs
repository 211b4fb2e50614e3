//! What has happened so far in a run.

use std::time::{Duration, Instant};

use romt_bus::messages::RunStep;
use romt_types::ByteSize;

/// The counts of a run, added up.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) index_files: u64,
    pub(super) versions: u64,
    pub(super) files: u64,
    pub(super) settled: u64,
    pub(super) failed: u64,
    pub(super) bytes: u64,
    /// When the first file was asked for.
    since: Option<Instant>,
}

/// Before this time a rate says more about the start than about the network.
const WARM_UP: Duration = Duration::from_secs(2);

impl Tally {
    pub(super) fn count(&mut self, step: &RunStep, now: Instant) {
        match step {
            RunStep::Selecting { index_files, versions } => {
                self.index_files = *index_files;
                self.versions = *versions;
            }
            RunStep::Planned { files, selected } => {
                self.files = *files;
                self.versions = *selected;
                self.since = Some(now);
            }
            RunStep::Fetched { files, failed, bytes } => {
                self.settled += files;
                self.failed += failed;
                self.bytes += bytes;
            }
            // Each of these is looked at for itself.
            RunStep::ToolchainPlanned { files, .. } | RunStep::RustupPlanned { files, .. } => {
                (self.files, self.settled, self.bytes) = (*files, 0, 0);
                self.since = Some(now);
            }
            RunStep::Started
            | RunStep::Note { .. }
            | RunStep::Published { .. }
            | RunStep::ToolchainPublished { .. }
            | RunStep::Packing { .. }
            | RunStep::Exported(_)
            | RunStep::Finished(_) => {}
        }
    }

    /// How the selection goes, in words.
    pub(super) fn selecting(&self) -> String {
        format!("selecting: {} index files read, {} versions", self.index_files, self.versions)
    }

    /// How the download goes, in words.
    pub(super) fn fetching(&self, now: Instant) -> String {
        format!("fetching: {} of {} files, {}", self.settled, self.files, self.traffic(now))
    }

    /// Bytes, bytes a second, the time that is left if it goes on like this, failures.
    pub(super) fn traffic(&self, now: Instant) -> String {
        let mut parts = vec![ByteSize(self.bytes).to_string()];
        let elapsed = self.since.map(|since| now.saturating_duration_since(since)).filter(|time| *time >= WARM_UP);
        if let Some(elapsed) = elapsed {
            let rate = u128::from(self.bytes) * 1000 / elapsed.as_millis().max(1);
            parts.push(format!("{}/s", ByteSize(u64::try_from(rate).unwrap_or(u64::MAX))));
            parts.extend(self.time_left(elapsed).map(|left| format!("{} left", humantime::format_duration(left))));
        }
        if self.failed > 0 {
            parts.push(format!("{} failed", self.failed));
        }
        parts.join(", ")
    }

    /// In whole seconds; nothing while no file has arrived or when all have.
    fn time_left(&self, elapsed: Duration) -> Option<Duration> {
        let left = self.files.checked_sub(self.settled).filter(|left| *left > 0)?;
        let milliseconds = (u128::from(left) * elapsed.as_millis()).checked_div(u128::from(self.settled))?;
        let seconds = u64::try_from(milliseconds / 1000).unwrap_or(u64::MAX);
        Some(Duration::from_secs(seconds.max(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_and_the_time_left_follow_from_what_came() {
        let begin = Instant::now();
        let mut tally = Tally::default();
        tally.count(&RunStep::Selecting { index_files: 7, versions: 9 }, begin);
        assert_eq!(tally.selecting(), "selecting: 7 index files read, 9 versions");
        tally.count(&RunStep::Planned { files: 100, selected: 120 }, begin);
        assert_eq!(tally.fetching(begin), "fetching: 0 of 100 files, 0 B");
        for _ in 0..2 {
            tally.count(&RunStep::Fetched { files: 10, failed: 1, bytes: 5_000_000 }, begin);
        }
        let later = begin + Duration::from_secs(20);
        assert_eq!(tally.fetching(later), "fetching: 20 of 100 files, 10.0 MB, 500.0 kB/s, 1m 20s left, 2 failed");
        tally.count(&RunStep::Fetched { files: 80, failed: 0, bytes: 0 }, later);
        assert_eq!(tally.fetching(later), "fetching: 100 of 100 files, 10.0 MB, 500.0 kB/s, 2 failed");
    }
}

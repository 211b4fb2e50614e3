//! Progress as lines: for log files and terminals that are none.

use std::time::{Duration, Instant};

use romt_bus::messages::RunStep;

use super::export::{exported, packing};
use super::tally::Tally;
use crate::screen::Screen;

/// At most one line of mere progress in this time.
const PAUSE: Duration = Duration::from_secs(5);

/// Says milestones at once, and how it goes now and then.
#[derive(Debug)]
pub(super) struct Lines {
    /// When the last line of mere progress was said, or the run began.
    last: Instant,
}

impl Lines {
    pub(super) fn new() -> Self {
        Self { last: Instant::now() }
    }

    pub(super) fn show(&mut self, screen: &Screen, tally: &Tally, step: &RunStep, now: Instant) {
        if let Some(line) = self.line(tally, step, now) {
            screen.say(line);
        }
    }

    fn line(&mut self, tally: &Tally, step: &RunStep, now: Instant) -> Option<String> {
        match step {
            RunStep::Note { text } => Some(format!("note: {text}")),
            RunStep::Selecting { .. } => self.due(now).then(|| tally.selecting()),
            RunStep::Fetched { .. } => self.due(now).then(|| tally.fetching(now)),
            // The end says whether there was anything new.
            RunStep::Started
            | RunStep::Planned { files: 0, .. }
            | RunStep::ToolchainPlanned { files: 0, .. }
            | RunStep::RustupPlanned { .. }
            | RunStep::Published { .. }
            | RunStep::Finished(_) => None,
            RunStep::ToolchainPlanned { spec, release, files } => {
                Some(format!("toolchain {spec}: {release}, {files} files to fetch"))
            }
            RunStep::ToolchainPublished { spec, release } => Some(format!("toolchain {spec}: {release} is published")),
            RunStep::Packing { .. } => self.due(now).then(|| packing(step)),
            RunStep::Exported(archive) => Some(exported(archive)),
            RunStep::Planned { files, selected } => {
                Some(format!("{selected} versions selected, {files} files to fetch"))
            }
        }
    }

    fn due(&mut self, now: Instant) -> bool {
        let due = now.saturating_duration_since(self.last) >= PAUSE;
        if due {
            self.last = now;
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milestones_are_said_at_once_and_the_rest_now_and_then() {
        let mut lines = Lines::new();
        let mut tally = Tally::default();
        let mut said = Vec::new();
        let mut step = |after: u64, step: RunStep, lines: &mut Lines| {
            let now = lines.last.max(Instant::now()) + Duration::from_secs(after);
            tally.count(&step, now);
            said.extend(lines.line(&tally, &step, now));
        };
        let note = || RunStep::Note { text: "x".to_owned() };
        step(0, RunStep::Selecting { index_files: 1, versions: 1 }, &mut lines);
        step(5, RunStep::Selecting { index_files: 2, versions: 2 }, &mut lines);
        step(0, note(), &mut lines);
        step(0, note(), &mut lines);
        step(0, RunStep::Planned { files: 2, selected: 3 }, &mut lines);
        step(0, RunStep::Fetched { files: 1, failed: 0, bytes: 1 }, &mut lines);
        step(0, RunStep::Published { commit: String::new() }, &mut lines);
        assert_eq!(
            said,
            [
                "selecting: 2 index files read, 2 versions",
                "note: x",
                "note: x",
                "3 versions selected, 2 files to fetch",
            ]
        );
    }
}

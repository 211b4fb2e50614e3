//! What people and machines see of a run.

mod bars;
mod export;
mod inbox;
mod lines;
mod summary;
mod tally;

use std::time::Instant;

use romt_bus::messages::{RunEvent, RunStep};
use romt_types::RunId;

use crate::screen::{Screen, Style};
pub(crate) use inbox::{at_rest, show_inbox, show_inbox_at_rest};
pub(crate) use summary::Verdict;

/// Shows one run.
pub(crate) struct Progress {
    screen: Screen,
    tally: tally::Tally,
    view: View,
}

enum View {
    Bars(bars::Bars),
    Lines(lines::Lines),
    Json,
    Nothing,
}

impl Progress {
    /// Nothing has happened yet.
    pub(crate) fn new(screen: &Screen) -> Self {
        let view = match screen.style() {
            Style::Bars => View::Bars(bars::Bars::new(screen)),
            Style::Lines => View::Lines(lines::Lines::new()),
            Style::Json => View::Json,
            Style::Silent => View::Nothing,
        };
        Self { screen: screen.clone(), tally: tally::Tally::default(), view }
    }

    /// Shows what happened.
    pub(crate) fn show(&mut self, run: &RunId, step: &RunStep) -> anyhow::Result<()> {
        let now = Instant::now();
        self.tally.count(step, now);
        match &mut self.view {
            View::Bars(bars) => bars.show(&self.screen, &self.tally, step, now),
            View::Lines(lines) => lines.show(&self.screen, &self.tally, step, now),
            View::Json => {
                let event = RunEvent { run: run.clone(), step: step.clone() };
                self.screen.data(serde_json::to_string(&event)?)?;
            }
            View::Nothing => {}
        }
        Ok(())
    }
}

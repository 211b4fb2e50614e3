//! Progress as bars that move.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use romt_bus::messages::RunStep;

use super::export::{exported, packing};
use super::tally::Tally;
use crate::screen::Screen;

/// How often the spinner turns, whether or not anything happens.
const TICK: Duration = Duration::from_millis(200);

/// What the bar looks like.
const TEMPLATE: &str = "{prefix}{bar:32} {pos}/{len} files, {msg}";

/// A spinner while the selection is made, a bar while files arrive.
#[derive(Debug)]
pub(super) struct Bars {
    bar: ProgressBar,
}

impl Bars {
    pub(super) fn new(screen: &Screen) -> Self {
        let bar = screen.bars().add(ProgressBar::new_spinner());
        bar.enable_steady_tick(TICK);
        Self { bar }
    }

    pub(super) fn show(&self, screen: &Screen, tally: &Tally, step: &RunStep, now: Instant) {
        match step {
            RunStep::Started => self.bar.set_message("selecting"),
            RunStep::Note { text } => screen.say(format_args!("note: {text}")),
            RunStep::Selecting { .. } => self.bar.set_message(tally.selecting()),
            RunStep::Planned { files: 0, .. }
            | RunStep::ToolchainPlanned { files: 0, .. }
            | RunStep::RustupPlanned { files: 0, .. } => {}
            RunStep::Planned { files, .. } => self.begin("", *files, tally.traffic(now)),
            RunStep::ToolchainPlanned { spec, files, .. } => {
                self.begin(&format!("toolchain {spec} "), *files, tally.traffic(now));
            }
            RunStep::RustupPlanned { version, files } => {
                self.begin(&format!("rustup {version} "), *files, tally.traffic(now));
            }
            RunStep::ToolchainPublished { spec, release } => {
                screen.say(format_args!("toolchain {spec}: {release} is published"));
            }
            RunStep::Fetched { .. } => {
                self.bar.set_position(tally.settled);
                self.bar.set_message(tally.traffic(now));
            }
            RunStep::Published { .. } => self.bar.set_message("published"),
            RunStep::Packing { .. } => self.bar.set_message(packing(step)),
            RunStep::Exported(archive) => screen.say(exported(archive)),
            RunStep::Finished(_) => self.bar.finish_and_clear(),
        }
    }
}

impl Bars {
    /// So many files are to come of what `prefix` names.
    fn begin(&self, prefix: &str, files: u64, message: String) {
        self.bar.set_length(files);
        self.bar.set_position(0);
        // A template that cannot be read leaves the plain style, which is good enough.
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            self.bar.set_style(style);
        }
        self.bar.set_prefix(prefix.to_owned());
        self.bar.set_message(message);
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        // A run that was stopped leaves no half-drawn line behind.
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_can_be_read() {
        assert!(ProgressStyle::with_template(TEMPLATE).is_ok());
    }

    #[test]
    fn the_bar_stands_where_the_tally_does() {
        let screen = Screen::new(false, true);
        let bars = Bars::new(&screen);
        let mut tally = Tally::default();
        let now = Instant::now();
        for step in [
            RunStep::Planned { files: 4, selected: 9 },
            RunStep::Fetched { files: 1, failed: 0, bytes: 10 },
            RunStep::Fetched { files: 2, failed: 1, bytes: 10 },
        ] {
            tally.count(&step, now);
            bars.show(&screen, &tally, &step, now);
        }
        assert_eq!((bars.bar.position(), bars.bar.length()), (3, Some(4)));
        assert_eq!(bars.bar.message(), "20 B, 1 failed");
    }
}

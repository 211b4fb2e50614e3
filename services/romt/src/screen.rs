//! Where words go: talk on standard error, around the bars if there are any; data on standard output.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use anyhow::Context;
use indicatif::{MultiProgress, ProgressDrawTarget};

/// The terminal, or what stands in its place. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Screen {
    bars: MultiProgress,
    style: Style,
    quiet: bool,
}

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// Bars that move, on a terminal.
    Bars,
    /// A line now and then.
    Lines,
    /// JSON on standard output, nothing for people.
    Json,
    /// Not at all.
    Silent,
}

impl Screen {
    /// A screen as the options and standard error want it.
    pub(crate) fn new(json: bool, quiet: bool) -> Self {
        let style = match () {
            () if json => Style::Json,
            () if quiet => Style::Silent,
            () if io::stderr().is_terminal() => Style::Bars,
            () => Style::Lines,
        };
        let target = if style == Style::Bars { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self { bars: MultiProgress::with_draw_target(target), style, quiet }
    }

    pub(crate) fn style(&self) -> Style {
        self.style
    }

    /// The bars, to add one.
    pub(crate) fn bars(&self) -> &MultiProgress {
        &self.bars
    }

    /// Tells people something they may want to know.
    pub(crate) fn say(&self, text: impl Display) {
        if !self.quiet {
            self.complain(text);
        }
    }

    /// Tells people something they must know.
    pub(crate) fn complain(&self, text: impl Display) {
        // Nobody to hear it is no reason to stop.
        let _ = writeln!(self.log_writer(), "{text}");
    }

    /// Writes a line of data.
    pub(crate) fn data(&self, line: impl Display) -> anyhow::Result<()> {
        let write = || {
            let mut out = io::stdout().lock();
            writeln!(out, "{line}").and_then(|()| out.flush())
        };
        self.bars.suspend(write).context("cannot write to standard output")
    }

    /// Where logs go.
    pub(crate) fn log_writer(&self) -> ScreenWriter {
        ScreenWriter(self.bars.clone())
    }
}

/// Standard error, written around the bars.
pub(crate) struct ScreenWriter(MultiProgress);

impl Write for ScreenWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.suspend(|| io::stderr().lock().write_all(bytes))
    }

    fn write_fmt(&mut self, text: std::fmt::Arguments<'_>) -> io::Result<()> {
        // In one piece, so that lines of several threads do not mix.
        self.write_all(text.to_string().as_bytes())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

//! Words as Python romt's verbs have them: by level of verbosity, and data in quantity.

use std::fmt::Display;
use std::io::{self, BufWriter, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use romt_types::ByteSize;

use crate::screen::{Screen, Style};

/// How much must be asked for until something is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Unless `-qq`: errors.
    Error,
    /// Unless `-q`: what happens.
    Normal,
    /// With `-v`: file by file.
    Verbose,
    /// With `-vv`: everything.
    VeryVerbose,
}

/// Nobody reads standard output any more, so there is nothing left to do: `romt crate list | head -1`.
#[derive(Debug, thiserror::Error)]
#[error("standard output was closed")]
pub(crate) struct OutputClosed;

/// Talk on standard error by levels, data on standard output, progress on a terminal. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Console {
    verbosity: i16,
    screen: Screen,
    output: Arc<Mutex<BufWriter<Box<dyn Write + Send>>>>,
    bar: Arc<Mutex<Option<Bar>>>,
}

/// Files that are coming.
struct Bar {
    bar: ProgressBar,
    bytes: u64,
}

/// Data waits until there is that much of it: a list may have millions of lines.
const BUFFER: usize = 64 * 1024;

/// What a bar looks like.
const BAR: &str = "{bar:32} {pos}/{len} files, {msg} {elapsed}";

/// How often the time moves on, whether or not anything comes.
const TICK: Duration = Duration::from_millis(500);

impl Console {
    /// The verbosity without `-v` and `-q`; each adds or takes one.
    pub(crate) const NORMAL: i16 = 1;

    pub(crate) fn new(verbosity: i16) -> Self {
        Self::with_output(verbosity, Box::new(io::stdout()))
    }

    fn with_output(verbosity: i16, output: Box<dyn Write + Send>) -> Self {
        Self {
            verbosity,
            screen: Screen::new(false, verbosity < Self::NORMAL),
            output: Arc::new(Mutex::new(BufWriter::with_capacity(BUFFER, output))),
            bar: Arc::default(),
        }
    }

    /// Whether something of this level is said: ask where it is costly to say.
    pub(crate) fn says(&self, level: Level) -> bool {
        level as i16 <= self.verbosity
    }

    /// Tells people something, on standard error.
    pub(crate) fn say(&self, level: Level, text: impl Display) {
        if self.says(level) {
            self.screen.complain(text);
        }
    }

    /// Writes a line of data to standard output, where errors would be said. It may wait for [`Self::flush`].
    pub(crate) fn data(&self, line: impl Display) -> anyhow::Result<()> {
        self.data_at(Level::Error, line)
    }

    /// The same for a line that is only of interest from some level on.
    pub(crate) fn data_at(&self, level: Level, line: impl Display) -> anyhow::Result<()> {
        if !self.says(level) {
            return Ok(());
        }
        heard(writeln!(lock(&self.output), "{line}"))
    }

    /// Lets the data go out.
    pub(crate) fn flush(&self) -> anyhow::Result<()> {
        heard(lock(&self.output).flush())
    }

    /// So many files are to come: from now on a bar shows how far that is, on a terminal.
    pub(crate) fn begin_progress(&self, files: u64) {
        if files == 0 || !self.says(Level::Normal) || self.screen.style() != Style::Bars {
            return;
        }
        self.end_progress();
        let bar = self.screen.bars().add(ProgressBar::new(files));
        // A template that cannot be read leaves the plain style, which is good enough.
        let bar = ProgressStyle::with_template(BAR).map_or(bar.clone(), |style| bar.with_style(style));
        bar.enable_steady_tick(TICK);
        *lock(&self.bar) = Some(Bar { bar, bytes: 0 });
    }

    /// So many more files are settled, and so many bytes came.
    pub(crate) fn advance(&self, files: u64, bytes: u64) {
        if let Some(bar) = &mut *lock(&self.bar) {
            bar.bytes += bytes;
            bar.bar.set_message(ByteSize(bar.bytes).to_string());
            bar.bar.inc(files);
        }
    }

    /// Takes the bar away.
    pub(crate) fn end_progress(&self) {
        if let Some(bar) = lock(&self.bar).take() {
            bar.bar.finish_and_clear();
        }
    }

    /// The terminal, for logs.
    pub(crate) fn screen(&self) -> &Screen {
        &self.screen
    }
}

/// Words are as good after a panic as before.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn heard(written: io::Result<()>) -> anyhow::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(OutputClosed.into()),
        written => written.context("cannot write to standard output"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An output that counts what it is asked, and fails if it is to.
    #[derive(Clone, Default)]
    struct Output {
        text: Arc<Mutex<Vec<u8>>>,
        writes: Arc<Mutex<usize>>,
        error: Option<io::ErrorKind>,
    }

    impl Write for Output {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            *lock(&self.writes) += 1;
            lock(&self.text).extend_from_slice(bytes);
            self.error.map_or(Ok(bytes.len()), |kind| Err(kind.into()))
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn console(verbosity: i16, output: &Output) -> Console {
        Console::with_output(verbosity, Box::new(output.clone()))
    }

    #[test]
    fn each_level_is_said_from_its_verbosity_on() {
        let said = |verbosity| {
            let levels = [Level::Error, Level::Normal, Level::Verbose, Level::VeryVerbose];
            levels.into_iter().filter(|level| console(verbosity, &Output::default()).says(*level)).count()
        };
        assert_eq!([-1, 0, 1, 2, 3, 4].map(said), [0, 1, 2, 3, 4, 4]);
    }

    #[test]
    fn data_is_shown_with_q_but_not_with_qq() {
        for (verbosity, shown) in [(-1, ""), (0, "a\nb\n"), (1, "a\nb\n")] {
            let output = Output::default();
            let console = console(verbosity, &output);
            console.data("a").and_then(|()| console.data("b")).and_then(|()| console.flush()).unwrap();
            assert_eq!(*lock(&output.text), shown.as_bytes());
        }
    }

    #[test]
    fn lines_go_out_together() {
        let output = Output::default();
        let console = console(1, &output);
        (0..100_000).try_for_each(|line| console.data(line)).and_then(|()| console.flush()).unwrap();
        assert!(lock(&output.text).ends_with(b"\n99998\n99999\n"));
        assert!(*lock(&output.writes) < 100, "{}", lock(&output.writes));
    }

    #[test]
    fn row_14_a_closed_output_is_told_from_one_that_fails() {
        let closed = console(1, &Output { error: Some(io::ErrorKind::BrokenPipe), ..Output::default() });
        closed.data("a").unwrap();
        assert!(closed.flush().unwrap_err().is::<OutputClosed>());
        let full = console(1, &Output { error: Some(io::ErrorKind::StorageFull), ..Output::default() });
        full.data("a").unwrap();
        assert_eq!(full.flush().unwrap_err().to_string(), "cannot write to standard output");
    }

    #[test]
    fn the_bar_can_be_drawn() {
        assert!(ProgressStyle::with_template(BAR).is_ok());
    }
}

//! One call of a verb, from its options to its exit status.

use std::process::ExitCode;

use romt_runtime::logs::LogOptions;
use romt_runtime::{Ended, Lifecycle, Signals, block_on};

use super::Workplace;
use crate::cli::TalkOptions;
use crate::commands::begin_logs;
use crate::commands::outcome::Outcome;
use crate::console::{Console, Level};

/// Opens the console that the options want, and does the verb there; returns the process's exit status.
pub(in crate::commands) fn on_console(
    talk: TalkOptions,
    verb: impl FnOnce(&Console) -> anyhow::Result<Outcome>,
) -> ExitCode {
    let verbosity = i16::from(talk.verbose) - i16::from(talk.quiet);
    let console = Console::new(Console::NORMAL + verbosity);
    let logs = begin_logs(LogOptions { verbosity, json: false }, None, console.screen());
    Outcome::of_console(logs.and_then(|()| verb(&console)), &console)
}

/// The work of one call.
pub(in crate::commands) trait Call<'a>: Sized {
    /// Does all that was asked for, in order.
    async fn work(&mut self) -> anyhow::Result<()>;

    /// Where it works.
    fn workplace(self) -> Workplace<'a>;
}

/// Does the work of a call, and gives the mirror back.
pub(in crate::commands) fn carry_out<'a, C: Call<'a>>(
    console: &Console,
    begin: impl FnOnce(&mut Lifecycle) -> C,
) -> anyhow::Result<Outcome> {
    block_on(async {
        let mut lifecycle = Lifecycle::new(Signals::listen()?);
        let mut call = begin(&mut lifecycle);
        let done = lifecycle.run(call.work()).await;
        console.end_progress();
        // Forced, somebody may still be writing: the mirror is not given back, so that the next one sweeps up.
        if !matches!(done, Ok(Ended::Forced)) {
            call.workplace().give_back().await?;
        }
        Ok(match done? {
            Ended::Done(()) => Outcome::Complete,
            Ended::Stopped(signal) => {
                console.say(Level::Error, "stopped before all was done; the same command goes on where it was");
                Outcome::Cut(signal)
            }
            Ended::Forced => Outcome::Forced,
        })
    })?
}

impl Workplace<'_> {
    /// A step is over: its data goes out. That of a step that failed counts, too; its own error says more than that
    /// nobody reads.
    pub(in crate::commands) fn close_step(&self, done: anyhow::Result<()>) -> anyhow::Result<()> {
        self.console.end_progress();
        let shown = self.console.flush();
        done.and(shown)
    }
}

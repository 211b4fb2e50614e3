//! How a verb ended, and the exit status that says so.

use std::process::ExitCode;

use romt_runtime::logs::LogError;
use romt_runtime::settings::SettingsError;
use romt_runtime::{Ended, Hinted, Report, Signal};

use crate::console::{Console, Level, OutputClosed};
use crate::screen::Screen;

/// How a verb ended that was not prevented by an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Everything there.
    Complete,
    /// Something could not be had; it has been named.
    Incomplete,
    /// It served until a signal ended it, and it ended well.
    Stopped(Signal),
    /// A signal ended it before it was done.
    Cut(Signal),
    /// It was told to leave at once.
    Forced,
}

/// The verb was called wrongly.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Usage(pub(super) String);

const FAILED: u8 = 1;
const USAGE: u8 = 2;

impl Outcome {
    /// The end of a verb that has no work to lose.
    pub(super) fn of_ended<T>(ended: &Ended<T>) -> Self {
        match ended {
            Ended::Done(_) => Self::Complete,
            Ended::Stopped(signal) => Self::Stopped(*signal),
            Ended::Forced => Self::Forced,
        }
    }

    /// The exit status; an error is reported.
    pub(super) fn of(result: anyhow::Result<Self>, screen: &Screen) -> ExitCode {
        Self::told(result, |report| screen.complain(report))
    }

    /// The same for a verb that talks by levels.
    pub(super) fn of_console(result: anyhow::Result<Self>, console: &Console) -> ExitCode {
        Self::told(result, |report| console.say(Level::Error, report))
    }

    fn told(result: anyhow::Result<Self>, tell: impl FnOnce(Report)) -> ExitCode {
        let status = match result {
            Ok(outcome) => outcome.exit_status(),
            // Who has read enough is content.
            Err(error) if error.is::<OutputClosed>() => Self::Complete.exit_status(),
            Err(error) => {
                tell(Report::of(&error));
                if is_usage(&error) { USAGE } else { FAILED }
            }
        };
        ExitCode::from(status)
    }

    fn exit_status(self) -> u8 {
        match self {
            Self::Complete => 0,
            // Asked politely to end, but not everything is there.
            Self::Incomplete | Self::Cut(Signal::Terminate) => FAILED,
            Self::Stopped(signal) => signal.exit_status(),
            // If forced, whatever the signals were: someone pressed Ctrl-C twice, or was as impatient.
            Self::Cut(Signal::Interrupt) | Self::Forced => Signal::Interrupt.exit_status(),
        }
    }
}

fn is_usage(error: &anyhow::Error) -> bool {
    // A hint hides the type of the error inside.
    let error = error.downcast_ref::<Hinted>().map_or(error, Hinted::error);
    error.is::<SettingsError>() || error.is::<Usage>() || error.is::<LogError>()
}

#[cfg(test)]
mod tests {
    use romt_runtime::Hint;

    use super::*;

    #[test]
    fn wrong_usage_is_told_from_failure() {
        let usage = || Err::<(), _>(Usage("x".to_owned()));
        assert!(is_usage(&usage().map_err(anyhow::Error::from).unwrap_err()));
        assert!(is_usage(&usage().hint("y").unwrap_err()));
        assert!(!is_usage(&anyhow::anyhow!("x")));
    }

    #[test]
    fn the_exit_status_says_how_it_ended() {
        let status = |outcome: Outcome| outcome.exit_status();
        assert_eq!(status(Outcome::Complete), 0);
        assert_eq!(status(Outcome::Incomplete), 1);
        assert_eq!(status(Outcome::Stopped(Signal::Interrupt)), 130);
        assert_eq!(status(Outcome::Stopped(Signal::Terminate)), 0);
        assert_eq!(status(Outcome::Cut(Signal::Interrupt)), 130);
        assert_eq!(status(Outcome::Cut(Signal::Terminate)), 1);
        assert_eq!(status(Outcome::Forced), 130);
    }
}

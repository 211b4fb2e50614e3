//! Being told to stop.

use tokio_util::sync::CancellationToken;

/// The error of a job that was told to stop before it was done. Done again from the start, it does the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stopped before it was done")]
pub struct Stopped;

impl Stopped {
    /// Looks whether it is time to stop.
    pub(crate) fn check(stop: &CancellationToken) -> Result<(), Self> {
        if stop.is_cancelled() { Err(Self) } else { Ok(()) }
    }
}

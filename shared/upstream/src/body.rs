//! A body that is watched while it arrives.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::Response;
use tokio::time::Instant;

use crate::Cause;
use crate::speed::SpeedGuard;

/// The body of an answer.
pub(crate) struct Body {
    response: Response,
    timeout: Duration,
    min_speed: u64,
    guard: SpeedGuard,
}

/// Why a small body was not taken.
pub(crate) enum TakeError {
    TooLarge,
    Failed(Cause),
}

impl Body {
    pub(crate) fn new(response: Response, timeout: Duration, min_speed: u64) -> Self {
        Self { response, timeout, min_speed, guard: SpeedGuard::new(timeout, min_speed) }
    }

    /// The next piece, or `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Cause> {
        let began = Instant::now();
        let Ok(arrived) = tokio::time::timeout(self.timeout, self.response.chunk()).await else {
            return Err(self.stalled());
        };
        let Some(piece) = arrived.map_err(|e| Cause::Connection { source: Box::new(e.without_url()) })? else {
            return Ok(None);
        };
        let fast_enough = self.guard.note(began.elapsed(), piece.len() as u64);
        if fast_enough { Ok(Some(piece)) } else { Err(self.stalled()) }
    }

    /// All of it, if it has at most `limit` bytes.
    pub(crate) async fn take(mut self, limit: u64) -> Result<Bytes, TakeError> {
        if self.response.content_length().is_some_and(|length| length > limit) {
            return Err(TakeError::TooLarge);
        }
        let mut whole = BytesMut::new();
        while let Some(piece) = self.next().await.map_err(TakeError::Failed)? {
            if (whole.len() + piece.len()) as u64 > limit {
                return Err(TakeError::TooLarge);
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole.freeze())
    }

    fn stalled(&self) -> Cause {
        Cause::Stalled { min_speed: self.min_speed, over: self.timeout }
    }
}

//! The attempts of one transfer, with their turns and their waits.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use romt_runtime::one_line;
use tokio::time::Instant;
use url::Url;

use crate::error::{Failure, shown_url};
use crate::host::{Host, Turn};
use crate::retry::{Attempts, Failed, Next};
use crate::{Cause, Client, ClientConfig, FetchError};

/// One transfer from its first attempt to its last.
pub(crate) struct Tries {
    /// The URL for errors.
    pub(crate) url: String,
    config: Arc<ClientConfig>,
    host: Arc<Host>,
    attempts: Attempts,
    /// When the first attempt began.
    began: Option<Instant>,
}

impl Client {
    /// Prepares the attempts to transfer `url`.
    pub(crate) fn tries(&self, url: &Url) -> Result<Tries, FetchError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(FetchError::Address { url: shown_url(url) });
        }
        Ok(Tries {
            url: shown_url(url),
            config: Arc::clone(&self.config),
            host: self.hosts.of(url),
            attempts: Attempts::default(),
            began: None,
        })
    }
}

impl Tries {
    /// Waits for the host's next turn. The time budget begins with the first one.
    pub(crate) async fn begin(&mut self) -> Result<Turn, FetchError> {
        let left = self.config.retry.budget.saturating_sub(self.elapsed());
        let turn = match self.host.turn(left).await {
            Ok(turn) => turn,
            Err(wait) => return Err(self.unavailable(Cause::Paused { wait })),
        };
        self.began.get_or_insert_with(Instant::now);
        Ok(turn)
    }

    /// An attempt has failed; `progress` says whether it brought anything new. Waits until the next one is due, or
    /// returns the error that ends the transfer.
    pub(crate) async fn failed(&mut self, failure: Failure, progress: bool) -> Result<(), FetchError> {
        let cause = match failure {
            Failure::Final(error) => return Err(error),
            Failure::Again(cause) => cause,
        };
        let asked = if let Cause::Status { retry_after, .. } = cause { retry_after } else { None };
        if let Some(wait) = asked {
            self.host.asks(wait);
        }
        let failed = Failed { progress, asked, elapsed: self.elapsed(), jitter: chance() };
        match self.attempts.failed(&self.config.retry, failed) {
            Next::GiveUp => Err(self.unavailable(cause)),
            Next::Wait(wait) => {
                tracing::debug!(url = self.url, ?wait, cause = one_line(&cause), "an attempt failed");
                tokio::time::sleep(wait).await;
                Ok(())
            }
        }
    }

    fn elapsed(&self) -> std::time::Duration {
        self.began.map(|began| began.elapsed()).unwrap_or_default()
    }

    fn unavailable(&self, cause: Cause) -> FetchError {
        let (url, attempts) = (self.url.clone(), self.attempts.made);
        FetchError::Unavailable { url, attempts, elapsed: self.elapsed(), cause }
    }
}

/// A number from 0 to 1. The keys of a hash map are chance enough to spread waits, and need no further crate.
fn chance() -> f64 {
    RandomState::new().hash_one(0) as f64 / u64::MAX as f64
}

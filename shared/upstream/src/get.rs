//! Small files, whole.

use std::io;

use bytes::Bytes;
use http::{HeaderMap, header};
use url::Url;

use crate::body::TakeError;
use crate::client::failure;
use crate::error::Failure;
use crate::inflate::{InflateError, inflate};
use crate::tries::Tries;
use crate::{Cause, Client, FetchError, Validators, local};

/// What upstream answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The file is still what it was when the validators were given.
    NotModified,
    /// There is no such file (404, 410, 451).
    Absent,
    /// The file.
    Body {
        /// Its bytes, unpacked.
        bytes: Bytes,
        /// To ask later whether it has changed.
        validators: Validators,
    },
}

/// Bodies up to this size are unpacked where they are; larger ones on a thread that may block.
const INLINE: usize = 64 * 1024;

impl Client {
    /// Asks for a file of at most `limit` bytes, unpacked; with `known`, only if it has changed since.
    ///
    /// Tries again as the [`RetryPolicy`](crate::RetryPolicy) says. A file of this machine
    /// ([`local_files`](crate::ClientConfig::local_files)) is brought whether it has changed or not.
    pub async fn get(&self, url: &Url, known: Option<&Validators>, limit: u64) -> Result<Answer, FetchError> {
        if self.config.local_files && url.scheme() == "file" {
            return local::get(url, limit).await;
        }
        let mut tries = self.tries(url)?;
        let conditions = known.map(Validators::if_changed).unwrap_or_default();
        loop {
            let turn = tries.begin().await?;
            let failure = match self.ask(url, &tries, conditions.clone(), limit).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            drop(turn);
            tries.failed(failure, false).await?;
        }
    }

    async fn ask(&self, url: &Url, tries: &Tries, conditions: HeaderMap, limit: u64) -> Result<Answer, Failure> {
        let conditional = !conditions.is_empty();
        let request = self.http.get(url.clone()).headers(conditions).header(header::ACCEPT_ENCODING, "gzip");
        let response = self.send(&tries.url, request).await?;
        match response.status().as_u16() {
            200 => {}
            304 if conditional => return Ok(Answer::NotModified),
            _ => {
                return match failure(&tries.url, &response) {
                    Failure::Final(FetchError::Absent { .. }) => Ok(Answer::Absent),
                    failure => Err(failure),
                };
            }
        }
        let validators = Validators::of(response.headers());
        let packed = is_packed(response.headers())?;
        let too_large = || FetchError::TooLarge { url: tries.url.clone(), limit };
        // What does not shrink is a little larger when it is packed.
        let wire_limit = if packed { limit.saturating_add(limit / 16 + 1_024) } else { limit };
        let mut bytes = self.body(response).take(wire_limit).await.map_err(|e| match e {
            TakeError::TooLarge => Failure::Final(too_large()),
            TakeError::Failed(cause) => Failure::Again(cause),
        })?;
        if packed {
            bytes = unpack(bytes, limit).await.map_err(|e| match e {
                InflateError::TooLarge => Failure::Final(too_large()),
                InflateError::Garbled(source) => Failure::Again(Cause::Garbled { source }),
            })?;
        }
        Ok(Answer::Body { bytes, validators })
    }
}

/// Whether a body is gzip.
fn is_packed(headers: &HeaderMap) -> Result<bool, Cause> {
    let Some(encoding) = headers.get(header::CONTENT_ENCODING) else { return Ok(false) };
    match encoding.to_str().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "identity" => Ok(false),
        "gzip" | "x-gzip" => Ok(true),
        other => Err(Cause::Garbled {
            source: io::Error::new(io::ErrorKind::Unsupported, format!("its encoding is {other:?}")),
        }),
    }
}

async fn unpack(packed: Bytes, limit: u64) -> Result<Bytes, InflateError> {
    if packed.len() <= INLINE && limit <= 16 * INLINE as u64 {
        return inflate(&packed, limit);
    }
    let unpacked = tokio::task::spawn_blocking(move || inflate(&packed, limit)).await;
    unpacked.unwrap_or_else(|e| Err(InflateError::Garbled(e.into())))
}

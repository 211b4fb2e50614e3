//! Brings spans to the collector, from the thread that has nothing else to do.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use reqwest::StatusCode;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use super::collector::{Collector, Unusable};
use crate::one_line;

/// The pauses before what failed is tried again; then it is given up.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(3)];
/// How often it is said that the collector is away.
const SAY_EVERY: Duration = Duration::from_mins(10);
/// The largest answer that is read: it says little.
const LARGEST: usize = 64 * 1024;

/// An HTTP client with a runtime of its own: the thread that sends spans belongs to none.
#[derive(Debug)]
pub(super) struct Courier {
    http: reqwest::Client,
    runtime: Runtime,
    place: String,
    /// Cancelled when the process ends: then nothing is tried again.
    closing: CancellationToken,
    /// When it was said that the collector is away, while it is.
    said: Mutex<Option<Instant>>,
}

impl Courier {
    pub(super) fn new(collector: &Collector, closing: CancellationToken) -> Result<Self, Unusable> {
        // An error says that somebody chose a provider before, which is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .timeout(collector.timeout())
            .redirect(reqwest::redirect::Policy::none())
            // Nobody would look after a connection between two requests.
            .pool_max_idle_per_host(0)
            .build()
            .map_err(|error| Unusable::Client { source: error.into() })?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Unusable::Client { source: error.into() })?;
        Ok(Self { http, runtime, place: collector.place(), closing, said: Mutex::default() })
    }

    async fn bring(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let request = reqwest::Request::try_from(request)?;
        let mut pauses = PAUSES.iter();
        loop {
            // The body is in memory, so there is a copy.
            let once = request.try_clone().ok_or("a request that cannot be sent twice")?;
            let answer = self.bring_once(once).await;
            self.tell(&answer);
            let may_do_later = answer.as_ref().map_or(true, |answer| may_do_later(answer.status()));
            let Some(pause) = pauses.next().filter(|_| may_do_later) else { return answer };
            if self.closing.run_until_cancelled(tokio::time::sleep(*pause)).await.is_none() {
                return answer;
            }
        }
    }

    async fn bring_once(&self, request: reqwest::Request) -> Result<Response<Bytes>, HttpError> {
        let mut answer = self.http.execute(request).await.map_err(reqwest::Error::without_url)?;
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(reqwest::Error::without_url)? {
            if body.len() + piece.len() > LARGEST {
                return Err(format!("the answer is larger than {LARGEST} bytes").into());
            }
            body.extend_from_slice(&piece);
        }
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = answer.status();
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(response)
    }

    /// Says that the collector is away, not each time; and that it is there again.
    fn tell(&self, answer: &Result<Response<Bytes>, HttpError>) {
        let trouble = match answer {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("it answered {}", answer.status())),
            Err(error) => Some(one_line(error.as_ref())),
        };
        // Nothing panics while it is held.
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        match trouble {
            Some(error) if said.is_none_or(|said| said.elapsed() >= SAY_EVERY) => {
                *said = Some(Instant::now());
                tracing::warn!(collector = self.place, error, "traces cannot be sent, and are lost; the work goes on");
            }
            Some(_) => {}
            None => {
                if said.take().is_some() {
                    tracing::info!(collector = self.place, "traces are sent again");
                }
            }
        }
    }
}

/// Whether the collector may take it another time, by what OTLP says of statuses.
fn may_do_later(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 502 | 503 | 504)
}

#[async_trait]
impl HttpClient for Courier {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        // It is the thread of the batches that asks, and that may wait.
        self.runtime.block_on(self.bring(request))
    }
}

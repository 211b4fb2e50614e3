//! The routes that every process has, for those who run it:
//!
//! - `/healthz`: 200 while the process answers at all. Restart it when it does not.
//! - `/readyz`: 200 when every [`Readiness`] check holds, else 503, with a line for each. Send it no requests meanwhile.
//! - `/metrics`: what [`Metrics`] holds.

use std::fmt::{self, Write as _};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::Metrics;

/// A check that takes longer has failed: whoever asks has a deadline too.
const PATIENCE: Duration = Duration::from_secs(2);

type Checked = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;
type Check = Arc<dyn Fn() -> Checked + Send + Sync>;

/// What must hold before a process is sent requests: checks that its services add. Cheap to clone.
#[derive(Clone, Default)]
pub struct Readiness(Arc<Mutex<Vec<(&'static str, Check)>>>);

impl Readiness {
    /// Adds a check under a name. It is made anew at each question and says in a few words why it does not hold.
    pub fn require<F, Fut>(&self, name: &'static str, check: F)
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), String>> + Send + 'static,
    {
        let check: Check = Arc::new(move || Box::pin(check()));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((name, check));
    }

    /// Makes every check, in the order in which they were added.
    pub async fn evaluate(&self) -> Vec<(&'static str, Result<(), String>)> {
        self.evaluate_within(PATIENCE).await
    }

    async fn evaluate_within(&self, patience: Duration) -> Vec<(&'static str, Result<(), String>)> {
        let checks = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut found = Vec::with_capacity(checks.len());
        for (name, check) in checks {
            let result = tokio::time::timeout(patience, check()).await;
            found.push((name, result.unwrap_or_else(|_| Err(format!("no answer within {patience:?}")))));
        }
        found
    }
}

impl fmt::Debug for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let checks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        f.debug_set().entries(checks.iter().map(|(name, _)| name)).finish()
    }
}

/// The routes, to be merged into a service's own or served alone.
pub fn admin_routes<S: Clone + Send + Sync + 'static>(readiness: Readiness, metrics: Metrics) -> Router<S> {
    Router::new()
        .route("/healthz", get(async || "alive\n"))
        .route("/readyz", get(ready).with_state(readiness))
        .route("/metrics", get(encode).with_state(metrics))
}

async fn ready(State(readiness): State<Readiness>) -> (StatusCode, String) {
    let mut status = StatusCode::OK;
    let mut text = String::new();
    for (name, result) in readiness.evaluate().await {
        let line = match &result {
            Ok(()) => "ready",
            Err(reason) => {
                status = StatusCode::SERVICE_UNAVAILABLE;
                reason
            }
        };
        // Writing to a String does not fail.
        let _ = writeln!(text, "{name}: {line}");
    }
    (status, text)
}

async fn encode(State(metrics): State<Metrics>) -> Response {
    match metrics.encode() {
        Ok(text) => ([(header::CONTENT_TYPE, Metrics::CONTENT_TYPE)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "cannot write the metrics");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_check_that_fails_is_enough() {
        let readiness = Readiness::default();
        assert_eq!(ready(State(readiness.clone())).await, (StatusCode::OK, String::new()));
        readiness.require("index", async || Ok(()));
        assert_eq!(ready(State(readiness.clone())).await, (StatusCode::OK, "index: ready\n".to_owned()));
        readiness.require("store", async || Err("it is gone".to_owned()));
        let (status, text) = ready(State(readiness)).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(text, "index: ready\nstore: it is gone\n");
    }

    #[tokio::test]
    async fn a_check_that_hangs_has_failed() {
        let readiness = Readiness::default();
        readiness.require("bus", std::future::pending);
        let found = readiness.evaluate_within(Duration::from_millis(20)).await;
        assert_eq!(found, [("bus", Err("no answer within 20ms".to_owned()))]);
    }
}

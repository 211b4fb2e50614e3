//! What is counted and logged of each request.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Instant, UNIX_EPOCH};

use axum::body::{Body, HttpBody};
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use http::Method;
use http_body::{Frame, SizeHint};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use romt_runtime::Metrics;

use crate::index_reader::Current;

/// Seconds; most answers come from memory, the slowest wait for a disk.
const BUCKETS: [f64; 9] = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05, 0.25, 1.0, 5.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    route: String,
    method: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

/// The server's metrics. Every label comes from a short list of our own: clients cannot make new ones.
#[derive(Debug, Clone)]
pub(crate) struct HttpMetrics {
    requests: Family<Answered, Counter>,
    seconds: Family<Route, Histogram, fn() -> Histogram>,
    bytes: Counter,
    published: Gauge,
}

impl HttpMetrics {
    /// Adds them to the process's.
    pub(crate) fn register(metrics: &Metrics) -> Self {
        let ours = Self {
            requests: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            bytes: Counter::default(),
            published: Gauge::default(),
        };
        metrics.register(|registry| {
            registry.register("http_requests", "Requests answered", ours.requests.clone());
            registry.register(
                "http_request_duration_seconds",
                "Time from a request's head to the answer's",
                ours.seconds.clone(),
            );
            registry.register("http_response_bytes", "Bytes of bodies handed to clients", ours.bytes.clone());
            registry.register(
                "published_commit_timestamp_seconds",
                "When the snapshot that is served was committed; 0 while nothing is published",
                ours.published.clone(),
            );
        });
        ours
    }

    /// Notes which snapshot is served.
    pub(crate) fn serving(&self, current: Option<&Current>) {
        let since = current.and_then(|current| current.snapshot.time.duration_since(UNIX_EPOCH).ok());
        self.published.set(since.and_then(|since| i64::try_from(since.as_secs()).ok()).unwrap_or_default());
    }
}

/// The layer around every route.
pub(crate) async fn observe(State(metrics): State<Arc<HttpMetrics>>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let response = next.run(request).await;
    let (took, status) = (began.elapsed(), response.status().as_u16());
    tracing::debug!(%method, path, status, ms = took.as_secs_f64() * 1e3, "answered");
    metrics.seconds.get_or_create(&Route { route: route.clone() }).observe(took.as_secs_f64());
    metrics.requests.get_or_create(&Answered { route, method: label(&method), status }).inc();
    let bytes = metrics.bytes.clone();
    response.map(|body| Body::new(Counted { body, bytes }))
}

fn label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        _ => "other",
    }
}

/// A body whose bytes are counted as they leave.
struct Counted {
    body: Body,
    bytes: Counter,
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if let Some(data) = frame.as_ref().and_then(|frame| frame.as_ref().ok()).and_then(Frame::data_ref) {
            self.bytes.inc_by(data.len() as u64);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

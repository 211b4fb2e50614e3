//! Traces: what one request led to, in whichever process, sent to a collector by OTLP over HTTP.
//!
//! The variables are OpenTelemetry's own. Unless they name a collector (`OTEL_EXPORTER_OTLP_ENDPOINT`) nothing of this exists,
//! and a span costs what a log line costs that nobody wants. A collector that is slow or away costs spans and a warning now and
//! then, never work: spans wait in a queue that is bounded, and one thread sends them.
//!
//! Spans are those under the target [`TARGET`]: a run, its steps, a batch, an archive. They are few; a file has none. From one
//! process to the next they are joined by what the bus carries: [`current`] says where we are, [`adopt`] goes on from there.

mod collector;
mod courier;
mod layer;

use std::fmt;
use std::time::Duration;

use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{RetryPolicy, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use romt_types::TraceParent;
use tokio_util::sync::CancellationToken;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use uuid::Uuid;

use collector::Collector;
use courier::Courier;

pub use collector::Unusable;

/// The target of the spans that make a trace. It does not begin as romt's own targets do, so that log lines stay as they are.
pub const TARGET: &str = "trace";

/// How long the end of a process may wait for its last spans.
const PATIENCE: Duration = Duration::from_secs(2);
/// The name of a service that nobody has named begins so.
const UNNAMED: &str = "unknown_service";

/// The sending of spans, from [`Traces::begin`] to [`Traces::end`].
#[derive(Debug)]
pub struct Traces {
    provider: SdkTracerProvider,
    closing: CancellationToken,
}

impl Traces {
    /// Begins to send spans, if the environment names a collector for them. The process is called `service`, unless the
    /// environment has another name for it.
    ///
    /// To be called outside of a runtime, before logging begins.
    pub fn begin(service: &str, version: &'static str) -> Result<Option<Self>, Unusable> {
        match Collector::named(|name| std::env::var(name).ok())? {
            Some(collector) => Self::to(&collector, service, version).map(Some),
            None => Ok(None),
        }
    }

    fn to(collector: &Collector, service: &str, version: &'static str) -> Result<Self, Unusable> {
        let closing = CancellationToken::new();
        let exporter = SpanExporter::builder()
            .with_http()
            .with_endpoint(collector.url())
            .with_timeout(collector.timeout())
            // The courier tries again by itself: it knows when to stop.
            .with_retry_policy(RetryPolicy::disabled())
            .with_http_client(Courier::new(collector, closing.clone())?)
            .build()
            .map_err(|error| Unusable::Exporter { source: Box::new(error) })?;
        let resource = resource(service, version);
        let provider = SdkTracerProvider::builder().with_resource(resource).with_batch_exporter(exporter).build();
        Ok(Self { provider, closing })
    }

    /// Sends what is left, for two seconds at most. To be called outside of a runtime.
    pub fn end(self) {
        self.closing.cancel();
        if let Err(error) = self.provider.shutdown_with_timeout(PATIENCE) {
            // That the collector is away was said by the courier.
            tracing::debug!(%error, "the last traces could not be sent");
        }
    }
}

/// Who sends.
fn resource(service: &str, version: &'static str) -> Resource {
    let named = Resource::builder().build();
    let has = |name| named.get(&opentelemetry::Key::from_static_str(name)).is_some();
    let is_unnamed = named.get(&"service.name".into()).is_none_or(|name| name.as_str().starts_with(UNNAMED));
    let mut ours = Vec::new();
    if is_unnamed {
        ours.push(KeyValue::new("service.name", service.to_owned()));
    }
    if !has("service.version") {
        ours.push(KeyValue::new("service.version", version));
    }
    if !has("service.instance.id") {
        ours.push(KeyValue::new("service.instance.id", Uuid::now_v7().to_string()));
    }
    Resource::builder().with_attributes(ours).build()
}

/// Where what is done here stands in a trace; `None` where nobody traces.
pub fn current() -> Option<TraceParent> {
    let context = Context::current();
    let span = context.span();
    let span = span.span_context();
    let trace = u128::from_be_bytes(span.trace_id().to_bytes());
    TraceParent::new(trace, u64::from_be_bytes(span.span_id().to_bytes()), span.is_sampled())
}

/// Makes `span` a part of the trace that was begun elsewhere. To be called before it is entered.
pub fn adopt(span: &Span, parent: Option<TraceParent>) {
    let Some(parent) = parent else { return };
    let flags = if parent.is_sampled() { TraceFlags::SAMPLED } else { TraceFlags::default() };
    let (trace, id) = (TraceId::from(parent.trace()), SpanId::from(parent.span()));
    let remote = SpanContext::new(trace, id, flags, true, TraceState::default());
    // Refused where nobody traces.
    let _ = span.set_parent(Context::new().with_remote_span_context(remote));
}

/// Says of a span that what it stands for has failed, and why.
pub fn failed(span: &Span, why: impl fmt::Display) {
    if !span.is_disabled() {
        span.set_status(opentelemetry::trace::Status::error(why.to_string()));
    }
}

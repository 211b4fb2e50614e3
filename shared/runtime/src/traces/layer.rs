//! From the spans of `tracing` to those of a trace.

use opentelemetry::trace::TracerProvider as _;
use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

use super::{TARGET, Traces};

/// What the spans come from, as a collector sees it.
const SCOPE: &str = "romt";

impl Traces {
    /// What makes spans of a trace out of ours, whatever is logged.
    pub(crate) fn layer<S>(&self) -> impl Layer<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.provider.tracer(SCOPE))
            // Where in the code and on which thread is of no use to those who look at a trace.
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_filter(filter_fn(belongs).with_max_level_hint(LevelFilter::INFO))
    }
}

/// Our spans, and what went wrong in them.
fn belongs(metadata: &Metadata<'_>) -> bool {
    if metadata.is_span() { metadata.target() == TARGET } else { *metadata.level() <= Level::WARN }
}

//! The metrics of a process: one registry, however many services run in it.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::encoding::text;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

/// What begins the name of every metric.
const PREFIX: &str = "romt";

/// The registry that the services of a process add their metrics to. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Metrics(Arc<Mutex<Registry>>);

impl Metrics {
    /// The media type of [`encode`](Self::encode)'s text.
    pub const CONTENT_TYPE: &'static str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    /// A registry that holds `romt_build_info`, with the version of the program.
    pub fn new(version: &'static str) -> Self {
        let mut registry = Registry::with_prefix(PREFIX);
        registry.register("build", "The program that runs", Info::new([("version", version)]));
        Self(Arc::new(Mutex::new(registry)))
    }

    /// Lets `add` register metrics; their names get the prefix `romt_`, counters the suffix `_total`.
    pub fn register<T>(&self, add: impl FnOnce(&mut Registry) -> T) -> T {
        // A panic in another `add` left a registry that is still whole.
        add(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// All metrics, in the text format that Prometheus reads.
    pub fn encode(&self) -> Result<String, fmt::Error> {
        let mut out = String::new();
        text::encode(&mut out, &self.0.lock().unwrap_or_else(PoisonError::into_inner))?;
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::metrics::counter::Counter;

    use super::*;

    #[test]
    fn services_share_a_registry() {
        let metrics = Metrics::new("1.2.3");
        let counter: Counter = Counter::default();
        metrics.clone().register(|registry| registry.register("things", "Things seen", counter.clone()));
        counter.inc();
        let text = metrics.encode().unwrap();
        assert!(text.contains("romt_build_info{version=\"1.2.3\"} 1\n"), "{text}");
        assert!(text.contains("romt_things_total 1\n"), "{text}");
    }
}

//! Logs: `tracing` on standard error.

mod traced;

use std::io::IsTerminal;

use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::JsonFields;
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::Traces;
use traced::Traced;

/// How much is logged, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LogOptions {
    /// 0 for warnings and errors; each `-v` adds one, each `-q` takes one away.
    pub verbosity: i16,
    /// One JSON object a line, for machines.
    pub json: bool,
}

impl LogOptions {
    /// The filter, in the language of `RUST_LOG`. What romt itself says comes one step before what its libraries say.
    fn filter(self) -> &'static str {
        match self.verbosity {
            ..=-2 => "off",
            -1 => "error",
            0 => "warn",
            1 => "warn,romt=info",
            2 => "info,romt=debug",
            _ => "debug,romt=trace",
        }
    }
}

/// Why logging could not begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The variable is not a filter: tell the operator.
    #[error("RUST_LOG: `{value}` is not a log filter, like `warn,romt=debug`")]
    Filter {
        /// What the variable holds.
        value: String,
        /// What is wrong with it.
        #[source]
        source: tracing_subscriber::filter::ParseError,
    },
    /// Logging has begun already.
    #[error("logging has begun already")]
    Begun(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Begins to log to `writer`, and to trace, if there are `traces`. `rust_log`, the variable `RUST_LOG` if it is set, says what is
/// logged instead of the verbosity; what is traced does not depend on either.
pub fn begin<W>(options: LogOptions, rust_log: Option<&str>, traces: Option<&Traces>, writer: W) -> Result<(), LogError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = filter(options, rust_log)?;
    let (ansi, writer) = (std::io::stderr().is_terminal(), BoxMakeWriter::new(writer));
    let Some(traces) = traces else {
        let builder = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(ansi).with_writer(writer);
        let begun = if options.json { builder.json().try_init() } else { builder.try_init() };
        return begun.map_err(LogError::Begun);
    };
    let spans = tracing_subscriber::registry().with(traces.layer());
    let lines = tracing_subscriber::fmt::layer().with_ansi(ansi).with_writer(writer);
    let begun = if options.json {
        let lines = lines.fmt_fields(JsonFields::new()).event_format(Traced::new());
        spans.with(lines.with_filter(filter)).try_init()
    } else {
        spans.with(lines.with_filter(filter)).try_init()
    };
    begun.map_err(|error| LogError::Begun(error.into()))
}

fn filter(options: LogOptions, rust_log: Option<&str>) -> Result<EnvFilter, LogError> {
    let text = rust_log.filter(|text| !text.trim().is_empty()).unwrap_or_else(|| options.filter());
    EnvFilter::try_new(text).map_err(|source| LogError::Filter { value: text.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(verbosity: i16, rust_log: Option<&str>) -> String {
        filter(LogOptions { verbosity, json: false }, rust_log).unwrap().to_string()
    }

    #[test]
    fn every_step_of_verbosity_is_a_filter() {
        for verbosity in -3..=4 {
            assert!(!shown(verbosity, None).is_empty());
        }
        assert_eq!(shown(0, None), "warn");
    }

    #[test]
    fn the_variable_wins() {
        assert_eq!(shown(-2, Some("trace")), "trace");
        assert_eq!(shown(0, Some(" ")), "warn");
        assert!(filter(LogOptions::default(), Some("romt=loud")).is_err());
    }
}

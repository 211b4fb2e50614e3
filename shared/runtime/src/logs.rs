//! Logs: `tracing` on standard error.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

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

/// Begins to log to `writer`. `rust_log`, the variable `RUST_LOG` if it is set, says what instead of the verbosity.
pub fn begin<W>(options: LogOptions, rust_log: Option<&str>, writer: W) -> Result<(), LogError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter(options, rust_log)?)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(BoxMakeWriter::new(writer));
    let begun = if options.json { builder.json().try_init() } else { builder.try_init() };
    begun.map_err(LogError::Begun)
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

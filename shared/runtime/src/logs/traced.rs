//! JSON lines that say which trace they belong to.

use std::fmt;

use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{Format, Json, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::traces;

/// Lines as they are without traces; in one, with `trace_id` and `span_id`.
#[derive(Debug)]
pub(super) struct Traced(Format<Json>);

impl Traced {
    pub(super) fn new() -> Self {
        Self(tracing_subscriber::fmt::format().json())
    }
}

impl<S, N> FormatEvent<S, N> for Traced
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let Some(trace) = traces::current() else { return self.0.format_event(context, writer, event) };
        let mut line = String::new();
        self.0.format_event(context, Writer::new(&mut line), event)?;
        let Some(object) = line.trim_end().strip_suffix('}') else { return writer.write_str(&line) };
        writeln!(writer, r#"{object},"trace_id":"{:032x}","span_id":"{:016x}"}}"#, trace.trace(), trace.span())
    }
}

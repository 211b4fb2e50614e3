//! The trace of a message, in its headers.

use async_nats::HeaderMap;
use romt_types::TraceParent;

/// The header, as [W3C Trace Context](https://www.w3.org/TR/trace-context/) calls it.
const TRACE_PARENT: &str = "traceparent";

/// Notes the trace that a message is sent in.
pub(super) fn put(trace: Option<TraceParent>, headers: &mut HeaderMap) {
    if let Some(trace) = trace {
        headers.insert(TRACE_PARENT, trace.to_string());
    }
}

/// The trace that a message was sent in. What is malformed says nothing: the work is done all the same.
pub(super) fn of(headers: Option<&HeaderMap>) -> Option<TraceParent> {
    headers?.get(TRACE_PARENT)?.as_str().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_found() {
        let mut headers = HeaderMap::new();
        put(None, &mut headers);
        assert!(headers.is_empty() && of(Some(&headers)).is_none() && of(None).is_none());
        let trace = TraceParent::new(1, 2, true);
        put(trace, &mut headers);
        assert_eq!(of(Some(&headers)), trace);
    }

    #[test]
    fn what_is_malformed_is_passed_over() {
        for value in ["", "00-1-2-01", &"0".repeat(100_000)] {
            let mut headers = HeaderMap::new();
            headers.insert(TRACE_PARENT, value);
            assert_eq!(of(Some(&headers)), None);
        }
    }
}

//! A collector of traces.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use prost::Message as _;

use crate::listening::serve_each;

/// Longer than spans are on their way.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a collector does with what comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CollectorMood {
    /// Takes it.
    Takes,
    /// Takes connections, and never answers.
    Hangs,
    /// Answers with this status.
    Refuses(u16),
}

/// A span as a collector was told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpanTold {
    /// Its trace, in hexadecimal digits.
    pub trace: String,
    /// Its own id.
    pub id: String,
    /// The span that it is under; empty where it is the first one.
    pub parent: String,
    /// What it is called.
    pub name: String,
    /// What the resource that sent it says of itself, and after that what the span says, in order: `name=value`.
    pub attributes: Vec<String>,
    /// Whether it says that something failed.
    pub failed: bool,
}

impl SpanTold {
    /// What it, or who sent it, says under a name.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find_map(|attribute| attribute.strip_prefix(name)?.strip_prefix('='))
    }

    /// The service that sent it.
    pub fn service(&self) -> &str {
        self.attribute("service.name").unwrap_or_default()
    }
}

/// An OTLP receiver over HTTP, on a port of its own. It serves until the test ends.
#[derive(Debug, Clone)]
pub struct FakeCollector {
    address: SocketAddr,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    mood: CollectorMood,
    told: Mutex<Told>,
    more: Condvar,
}

#[derive(Debug, Default)]
struct Told {
    requests: usize,
    spans: Vec<SpanTold>,
}

impl FakeCollector {
    /// One that was told nothing yet.
    pub fn start(mood: CollectorMood) -> Self {
        let state = Arc::new(State { mood, told: Mutex::default(), more: Condvar::new() });
        let address = serve_each(&state, serve);
        Self { address, state }
    }

    /// Where it is, as `OTEL_EXPORTER_OTLP_ENDPOINT` takes it.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many requests it was sent.
    pub fn requests(&self) -> usize {
        self.told().requests
    }

    /// The spans that it was told of, as soon as `enough` of them are there.
    ///
    /// # Panics
    /// When they never come.
    pub fn spans(&self, enough: impl Fn(&[SpanTold]) -> bool) -> Vec<SpanTold> {
        let waited = self.state.more.wait_timeout_while(self.told(), PATIENCE, |told| !enough(&told.spans));
        let (told, waited) = waited.expect("no panic while locked");
        assert!(!waited.timed_out(), "the spans that were waited for never came: {:#?}", told.spans);
        told.spans.clone()
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.state.told.lock().expect("no panic while locked")
    }
}

/// Serves one request.
fn serve(client: TcpStream, state: &State) -> io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let (mut target, mut length) = (None, 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        target.get_or_insert_with(|| line.to_owned());
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    state.told.lock().expect("no panic while locked").requests += 1;
    let status = match state.mood {
        CollectorMood::Takes if target.as_deref() == Some("POST /v1/traces HTTP/1.1") => {
            let request = ExportTraceServiceRequest::decode(&*body).map_err(io::Error::other)?;
            state.told.lock().expect("no panic while locked").spans.extend(spans(request));
            200
        }
        CollectorMood::Takes => 404,
        CollectorMood::Refuses(status) => status,
        CollectorMood::Hangs => {
            // Until the client has had enough.
            let _ = reader.read(&mut [0]);
            return Ok(());
        }
    };
    state.more.notify_all();
    let mut client = client;
    write!(client, "HTTP/1.1 {status} So\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n")
}

fn spans(request: ExportTraceServiceRequest) -> Vec<SpanTold> {
    let mut told = Vec::new();
    for of_resource in request.resource_spans {
        let resource = attributes(of_resource.resource.map(|resource| resource.attributes).unwrap_or_default());
        for span in of_resource.scope_spans.into_iter().flat_map(|of_scope| of_scope.spans) {
            let failed = span.status.as_ref().is_some_and(|status| status.code() == StatusCode::Error);
            told.push(SpanTold {
                trace: hex(&span.trace_id),
                id: hex(&span.span_id),
                parent: hex(&span.parent_span_id),
                name: span.name,
                attributes: [resource.clone(), attributes(span.attributes)].concat(),
                failed,
            });
        }
    }
    told
}

fn attributes(attributes: Vec<KeyValue>) -> Vec<String> {
    let shown = |value: AnyValue| match value.value {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    };
    let mut shown: Vec<_> = attributes
        .into_iter()
        .map(|attribute| format!("{}={}", attribute.key, attribute.value.map(shown).unwrap_or_default()))
        .collect();
    shown.sort();
    shown
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

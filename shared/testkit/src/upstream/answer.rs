//! Answers as they should be, before anything bends them.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use romt_types::Digest;

use super::connection::Peer;
use super::{DownloadStyle, Resource, Shared, bend, journal};

/// A whole answer, held in memory.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Answer {
    pub(super) fn new(status: StatusCode, body: impl Into<Bytes>) -> Self {
        Self { status, headers: HeaderMap::new(), body: body.into() }
    }

    pub(super) fn with(mut self, name: header::HeaderName, value: &str) -> Self {
        self.headers.insert(name, value.parse().expect("a header's value"));
        self
    }
}

/// Answers every request.
pub(super) async fn answer(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    let entry = journal::Request::new(&parts);
    let resource = entry.resource.clone();
    let answering = shared.journal.enter(entry);
    let mischief = shared.manners.decide(&resource).await;
    let ranges = mischief != Some(super::Mischief::NoRanges);
    let right = shared.right_answer(&resource, parts.uri.path(), &parts.headers, ranges);
    bend::bend(right, mischief, &resource, parts.uri.path(), &peer, answering).await
}

impl Shared {
    fn right_answer(&self, resource: &Resource, path: &str, asked: &HeaderMap, ranges: bool) -> Answer {
        match resource {
            Resource::Config => {
                Answer::new(StatusCode::OK, self.config()).with(header::CONTENT_TYPE, "application/json")
            }
            Resource::IndexFile(name) => self.index_file(name, path, asked),
            Resource::Download(id) => file(self.catalog.file(id), asked, ranges),
            Resource::File(path) => file(self.files.get(path), asked, ranges),
            Resource::Other => not_found(),
        }
    }

    fn config(&self) -> String {
        let base = &self.base;
        let dl = match self.style {
            DownloadStyle::Api => format!("{base}/dl"),
            DownloadStyle::Template => format!(
                "{base}/files/{{prefix}}/{{lowerprefix}}/{{sha256-checksum}}/{{crate}}/{{crate}}-{{version}}.crate"
            ),
        };
        serde_json::json!({ "dl": dl, "api": base }).to_string()
    }

    fn index_file(&self, name: &str, path: &str, asked: &HeaderMap) -> Answer {
        let path = path.trim_start_matches("/elsewhere").trim_start_matches("/index/");
        let Some(file) = self.catalog.index_file(name, path) else { return not_found() };
        let etag = etag(file.text.as_bytes());
        let unchanged = match asked.get(header::IF_NONE_MATCH) {
            Some(tag) => tag.as_bytes() == etag.as_bytes(),
            None => is_not_modified_since(asked, file.changed),
        };
        let answer = if unchanged {
            Answer::new(StatusCode::NOT_MODIFIED, "")
        } else {
            Answer::new(StatusCode::OK, file.text).with(header::CONTENT_TYPE, "text/plain")
        };
        answer.with(header::ETAG, &etag).with(header::LAST_MODIFIED, &httpdate::fmt_http_date(file.changed))
    }
}

/// A file, or the part of it that is asked for.
fn file(bytes: Option<Bytes>, asked: &HeaderMap, ranges: bool) -> Answer {
    let Some(bytes) = bytes else { return not_found() };
    let etag = etag(&bytes);
    let answer = match part(&bytes, &etag, asked).filter(|_| ranges) {
        None => Answer::new(StatusCode::OK, bytes),
        Some(start) if start >= bytes.len() => Answer::new(StatusCode::RANGE_NOT_SATISFIABLE, "")
            .with(header::CONTENT_RANGE, &format!("bytes */{}", bytes.len())),
        Some(start) => Answer::new(StatusCode::PARTIAL_CONTENT, bytes.slice(start..))
            .with(header::CONTENT_RANGE, &format!("bytes {start}-{}/{}", bytes.len() - 1, bytes.len())),
    };
    answer.with(header::CONTENT_TYPE, "application/octet-stream").with(header::ETAG, &etag)
}

fn not_found() -> Answer {
    Answer::new(StatusCode::NOT_FOUND, "not here\n").with(header::CONTENT_TYPE, "text/plain")
}

fn etag(bytes: &[u8]) -> String {
    format!("\"{}\"", &Digest::of(bytes).to_string()[..16])
}

fn is_not_modified_since(asked: &HeaderMap, changed: SystemTime) -> bool {
    let since =
        asked.get(header::IF_MODIFIED_SINCE).and_then(|value| httpdate::parse_http_date(value.to_str().ok()?).ok());
    // Dates in headers are whole seconds: what changed within one of them is told apart only by its tag.
    since.is_some_and(|since| changed < since + Duration::from_secs(1))
}

/// Where the wanted part of a file begins, for `Range: bytes=N-`; `None` if the whole is wanted.
fn part(bytes: &Bytes, etag: &str, asked: &HeaderMap) -> Option<usize> {
    if asked.get(header::IF_RANGE).is_some_and(|tag| tag.as_bytes() != etag.as_bytes()) {
        return None;
    }
    let range = asked.get(header::RANGE)?.to_str().ok()?.strip_prefix("bytes=")?;
    let (start, end) = range.split_once('-')?;
    // Only what a resuming client asks for: to the end.
    let to_the_end = end.is_empty() || end.parse() == Ok(bytes.len() - 1);
    start.parse().ok().filter(|_| to_the_end)
}

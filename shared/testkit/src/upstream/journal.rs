//! What was asked of the fake upstream, and how much at once.

use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use axum::http::request::Parts;

use super::Resource;

/// One request.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET`.
    pub method: String,
    /// Its path, with the query.
    pub path: String,
    /// What the path stands for.
    pub resource: Resource,
    /// Its headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// When it came.
    pub at: Instant,
}

impl Request {
    pub(super) fn new(parts: &Parts) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            method: parts.method.to_string(),
            path: parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
            resource: Resource::of(parts.uri.path()),
            headers: parts.headers.iter().map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect(),
            at: Instant::now(),
        }
    }

    /// The first value of a header, whose name is given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }
}

/// Longer than any test needs; who waits that long waits in vain.
const PATIENCE: Duration = Duration::from_secs(30);

/// The list of requests.
#[derive(Debug, Default)]
pub(super) struct Journal {
    pages: Mutex<Pages>,
    grown: Condvar,
}

#[derive(Debug, Default)]
struct Pages {
    requests: Vec<Request>,
    now: usize,
    peak: usize,
}

impl Journal {
    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().expect("no panic while locked")
    }

    /// Writes a request down; it counts as being answered until the result is dropped.
    pub(super) fn enter(self: &Arc<Self>, request: Request) -> Answering {
        let mut pages = self.pages();
        pages.requests.push(request);
        pages.now += 1;
        pages.peak = pages.peak.max(pages.now);
        drop(pages);
        self.grown.notify_all();
        Answering(Arc::clone(self))
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.pages().requests.clone()
    }

    pub(super) fn peak(&self) -> usize {
        self.pages().peak
    }

    pub(super) fn forget(&self) {
        let mut pages = self.pages();
        pages.requests.clear();
        pages.peak = pages.now;
    }

    pub(super) fn wait_until(&self, enough: impl Fn(&[Request]) -> bool) {
        let waited = self.grown.wait_timeout_while(self.pages(), PATIENCE, |pages| !enough(&pages.requests));
        let (pages, timeout) = waited.expect("no panic while locked");
        assert!(!timeout.timed_out(), "waited in vain; {} requests came: {:#?}", pages.requests.len(), pages.requests);
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub(super) struct Answering(Arc<Journal>);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.pages().now -= 1;
    }
}

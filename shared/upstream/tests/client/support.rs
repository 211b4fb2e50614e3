//! A scripted upstream on a free port.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Response};
use bytes::Bytes;
use futures_util::stream;
use romt_upstream::{Client, ClientConfig, RetryPolicy, Sink, SinkError};
use url::Url;

/// What came in: the path and the headers of each request, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen(Arc<Mutex<Vec<(String, HeaderMap)>>>);

impl Seen {
    /// How many requests came.
    pub(crate) fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// A header of the request of that number, from 0; empty if it was not there.
    pub(crate) fn header(&self, number: usize, name: &str) -> String {
        let requests = self.0.lock().unwrap();
        requests[number].1.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    }
}

/// Starts an upstream that answers the request of each number, from 0, with what `script` makes of it and its headers.
pub(crate) async fn upstream<F>(script: F) -> (Url, Seen)
where
    F: Fn(usize, &HeaderMap) -> Response<Body> + Clone + Send + Sync + 'static,
{
    let seen = Seen::default();
    let record = seen.clone();
    let app = Router::new().fallback(move |request: Request| {
        let (script, record) = (script.clone(), record.clone());
        async move {
            let number = {
                let mut requests = record.0.lock().unwrap();
                requests.push((request.uri().path().to_owned(), request.headers().clone()));
                requests.len() - 1
            };
            script(number, request.headers())
        }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/file", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    (url, seen)
}

/// Settings with waits short enough for tests.
pub(crate) fn config() -> ClientConfig {
    ClientConfig {
        timeout: Duration::from_secs(5),
        retry: RetryPolicy {
            attempts: 3,
            budget: Duration::from_secs(10),
            base: Duration::from_millis(2),
            cap: Duration::from_millis(10),
        },
        ..ClientConfig::default()
    }
}

/// A client with those settings.
pub(crate) fn client() -> Client {
    Client::new(config()).unwrap()
}

/// An answer without a body.
pub(crate) fn status(code: u16) -> Response<Body> {
    Response::builder().status(code).body(Body::empty()).unwrap()
}

/// A body of which only the first pieces come before the connection is cut.
pub(crate) fn cut(pieces: Vec<Bytes>) -> Body {
    let pieces = pieces.into_iter().map(Ok).chain([Err(std::io::Error::other("cut"))]);
    // The pieces must have left before the connection breaks, or none of them would arrive.
    Body::from_stream(stream::unfold(pieces, |mut pieces| async {
        let piece: Result<Bytes, _> = pieces.next()?;
        if piece.is_err() {
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        Some((piece, pieces))
    }))
}

/// Bytes that differ from place to place.
pub(crate) fn bytes(length: usize) -> Bytes {
    (0..length).map(|n| u8::try_from(n % 251).unwrap()).collect()
}

/// A sink in memory.
#[derive(Debug)]
pub(crate) struct Collected {
    pub(crate) bytes: Vec<u8>,
    pub(crate) limit: u64,
    pub(crate) restarts: u32,
    /// Set to make it refuse what comes.
    pub(crate) full: bool,
}

impl Collected {
    pub(crate) fn new(limit: u64) -> Self {
        Self { bytes: Vec::new(), limit, restarts: 0, full: false }
    }
}

#[async_trait::async_trait]
impl Sink for Collected {
    fn position(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn limit(&self) -> u64 {
        self.limit
    }

    async fn restart(&mut self) -> Result<(), SinkError> {
        self.restarts += 1;
        self.bytes.clear();
        Ok(())
    }

    async fn write(&mut self, bytes: Bytes) -> Result<(), SinkError> {
        if self.full {
            return Err("no space left".into());
        }
        assert!(self.position() + bytes.len() as u64 <= self.limit, "the client keeps the limit");
        self.bytes.extend_from_slice(&bytes);
        Ok(())
    }
}

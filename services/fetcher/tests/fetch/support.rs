//! A running fetcher with everything around it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Response};
use bytes::Bytes;
use romt_bus::messages::{FetchBatch, FetchItem, FetchOutcome, FetchSettled, RunEvent, RunStep};
use romt_bus::{BusHandle, Events, MemoryBus};
use romt_fetcher::{Config, Context, build};
use romt_storage::Storage;
use romt_types::Digest;
use romt_upstream::{Client, ClientConfig, RetryPolicy};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

type Script = dyn Fn(usize) -> Response<Body> + Send + Sync;

/// An upstream: what each path answers to its first, second … request, and what was asked.
#[derive(Clone, Default)]
pub(crate) struct Upstream {
    scripts: Arc<Mutex<HashMap<String, Arc<Script>>>>,
    asked: Arc<Mutex<Vec<(String, HeaderMap)>>>,
    address: String,
}

impl Upstream {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let upstream = Self { address: format!("http://{}", listener.local_addr().unwrap()), ..Self::default() };
        let this = upstream.clone();
        let app = Router::new().fallback(move |request: Request| {
            let this = this.clone();
            async move {
                let path = request.uri().path().to_owned();
                let number = this.times_asked(&path);
                this.asked.lock().unwrap().push((path.clone(), request.headers().clone()));
                let script = this.scripts.lock().unwrap().get(&path).cloned();
                script.map_or_else(|| status(404), |script| script(number))
            }
        });
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        upstream
    }

    /// The path answers with what `script` makes of the number of the request, from 0.
    pub(crate) fn on(&self, path: &str, script: impl Fn(usize) -> Response<Body> + Send + Sync + 'static) {
        self.scripts.lock().unwrap().insert(path.to_owned(), Arc::new(script));
    }

    /// The path answers with these bytes.
    pub(crate) fn file(&self, path: &str, bytes: &Bytes) {
        let bytes = bytes.clone();
        self.on(path, move |_| Response::new(Body::from(bytes.clone())));
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    pub(crate) fn times_asked(&self, path: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|(asked, _)| asked == path).count()
    }

    /// A header of the last request for a path.
    pub(crate) fn last_header(&self, path: &str, name: &str) -> Option<String> {
        let asked = self.asked.lock().unwrap();
        let (_, headers) = asked.iter().rev().find(|(asked, _)| asked == path)?;
        Some(headers.get(name)?.to_str().unwrap().to_owned())
    }
}

pub(crate) fn status(code: u16) -> Response<Body> {
    Response::builder().status(code).body(Body::empty()).unwrap()
}

/// Bytes that differ from place to place and from seed to seed.
pub(crate) fn bytes(seed: usize, length: usize) -> Bytes {
    (0..length).map(|n| u8::try_from((n + 7 * seed) % 251).unwrap()).collect()
}

/// An item for the crate `name`, version 1.0.0, at `/name`.
pub(crate) fn item(upstream: &Upstream, name: &str, body: &Bytes) -> FetchItem {
    let id: romt_types::CrateId = format!("{name}@1.0.0").parse().unwrap();
    FetchItem {
        key: format!("crates/{}", id.path(romt_types::PrefixStyle::Lower)),
        url: upstream.url(&format!("/{name}")),
        digest: Digest::of(body),
        label: id.to_string(),
        limit: 10_000_000,
    }
}

pub(crate) fn batch(number: u32, items: Vec<FetchItem>) -> FetchBatch {
    FetchBatch { run: "run-1".parse().unwrap(), batch: number, items }
}

/// A fetcher at work.
pub(crate) struct Fetcher {
    pub(crate) bus: BusHandle,
    pub(crate) storage: Storage,
    pub(crate) events: Events<RunEvent>,
    token: CancellationToken,
    running: JoinHandle<anyhow::Result<()>>,
    folder: tempfile::TempDir,
}

impl Fetcher {
    pub(crate) async fn start(num_jobs: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let storage = Storage::folder(folder.path()).unwrap();
        let bus = BusHandle::new(Arc::new(MemoryBus::new()));
        let events = bus.events().await.unwrap();
        let retry = RetryPolicy { attempts: 2, base: Duration::from_millis(2), ..RetryPolicy::default() };
        let client = Client::new(ClientConfig { retry, ..ClientConfig::default() }).unwrap();
        let config = Config { num_jobs, shared_host_limit: None };
        let service = build(Context { config, bus: bus.clone(), storage: storage.clone(), client }).unwrap();
        let token = CancellationToken::new();
        let running = tokio::spawn(service.run(token.clone()));
        Self { bus, storage, events, token, running, folder }
    }

    /// Hands in a batch and waits for its answer.
    pub(crate) async fn settle(&self, items: Vec<FetchItem>) -> Vec<FetchOutcome> {
        self.bus.submit(&batch(1, items)).await.unwrap();
        self.answer().await.outcomes
    }

    /// The next answer.
    pub(crate) async fn answer(&self) -> FetchSettled {
        let delivery = self.bus.next_job::<FetchSettled>().await.unwrap();
        let answer = delivery.job.clone();
        delivery.done().await.unwrap();
        answer
    }

    /// Listens until as many bytes have been told of.
    pub(crate) async fn bytes_told(&mut self, enough: u64) {
        let mut told = 0;
        while told < enough {
            if let RunStep::Fetched { bytes, .. } = self.events.next().await.unwrap().step {
                told += bytes;
            }
        }
    }

    /// Stops it and waits for its end.
    pub(crate) async fn stop(&mut self) {
        self.token.cancel();
        (&mut self.running).await.unwrap().unwrap();
    }

    /// Every file in the store's folder.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        collect(self.folder.path(), &mut found);
        found.sort();
        found
    }
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, found) } else { found.push(path) }
    }
}

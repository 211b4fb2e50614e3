//! A mirror to serve, and a server that serves it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Once};

use bytes::Bytes;
use reqwest::header::HeaderMap;
use reqwest::{Client, ClientBuilder, Method, Response, StatusCode};
use romt_bus::messages::Published;
use romt_bus::{BusHandle, MemoryBus};
use romt_index::{IndexRepository, ObjectWriter, Snapshot, TreeEdits};
use romt_runtime::{Metrics, Readiness};
use romt_server::{Config, Context, Service, build};
use romt_storage::{Storage, StorageKey};
use romt_types::{CrateId, Digest, PrefixStyle};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A mirror in a folder of its own.
pub(crate) struct Mirror {
    pub(crate) folder: TempDir,
    pub(crate) storage: Storage,
    pub(crate) bus: BusHandle,
}

/// The bytes that stand for a crate's file.
pub(crate) fn file_of(id: &str) -> Bytes {
    format!("the bytes of {id}, whatever they are").into()
}

/// The line that lists a version with these bytes.
pub(crate) fn line(id: &str, file: &[u8]) -> String {
    let id: CrateId = id.parse().unwrap();
    let (name, version, cksum) = (&id.name, &id.version, Digest::of(file));
    format!(r#"{{"name":"{name}","vers":"{version}","deps":[],"cksum":"{cksum}","features":{{}},"yanked":false}}"#)
        + "\n"
}

impl Mirror {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let storage = Storage::folder(folder.path()).unwrap();
        Self { folder, storage, bus: BusHandle::new(Arc::new(MemoryBus::default())) }
    }

    /// A mirror that holds and publishes these versions.
    pub(crate) async fn of(ids: &[&str]) -> Self {
        let mirror = Self::new();
        for id in ids {
            mirror.store(id, PrefixStyle::Lower, file_of(id)).await;
        }
        mirror.publish(ids).await;
        mirror
    }

    /// A mirror that holds these files, by their keys, and publishes no crate.
    pub(crate) async fn holding(files: &[(&str, Bytes)]) -> Self {
        let mirror = Self::new();
        for (key, bytes) in files {
            mirror.put(key, bytes.clone()).await;
        }
        mirror
    }

    /// Puts a file under its key, in place of what is there.
    pub(crate) async fn put(&self, key: &str, bytes: Bytes) {
        self.storage.put(&key.parse().unwrap(), bytes).await.unwrap();
    }

    pub(crate) fn repository(&self) -> PathBuf {
        self.folder.path().join("git/crates.io-index")
    }

    /// Puts a file into the store; nobody sees it yet.
    pub(crate) async fn store(&self, id: &str, style: PrefixStyle, bytes: Bytes) {
        let key = StorageKey::Crate { id: id.parse().unwrap(), style };
        self.storage.put(&key, bytes).await.unwrap();
    }

    /// Publishes index files that list exactly these versions of the crates they are of, with [`file_of`] their bytes.
    pub(crate) async fn publish(&self, ids: &[&str]) -> Snapshot {
        let mut files: Vec<(String, String)> = Vec::new();
        for id in ids {
            let path = id.parse::<CrateId>().unwrap().name.index_path();
            let line = line(id, &file_of(id));
            match files.iter_mut().find(|(known, _)| *known == path) {
                Some((_, lines)) => lines.push_str(&line),
                None => files.push((path, line)),
            }
        }
        self.publish_files(files).await
    }

    /// Publishes these index files beside those that are there.
    pub(crate) async fn publish_files(&self, files: Vec<(String, String)>) -> Snapshot {
        let repository = self.repository();
        let publish = move || {
            let repository = IndexRepository::open_or_init(&repository).unwrap();
            let (mut writer, mut edits) = (ObjectWriter::default(), TreeEdits::default());
            for (path, text) in files {
                edits.put(path, writer.blob(&repository, text.as_bytes()).unwrap());
            }
            let snapshot = repository.commit(&mut writer, &edits, "a test").unwrap();
            repository.publish(&snapshot).unwrap();
            snapshot
        };
        tokio::task::spawn_blocking(publish).await.unwrap()
    }

    /// Tells the server that there is something new.
    pub(crate) async fn announce(&self, snapshot: &Snapshot) {
        self.bus.announce(&Published { commit: snapshot.commit.clone() }).await.unwrap();
    }

    pub(crate) fn context(&self) -> Context {
        Context {
            config: Config { bind: "127.0.0.1".to_owned(), port: 0, server_url: None },
            storage: self.storage.clone(),
            repository: self.repository(),
            replica: None,
            bus: Some(self.bus.clone()),
            metrics: Metrics::new("0.0.0"),
            readiness: Readiness::default(),
        }
    }

    pub(crate) async fn serve(&self) -> Running {
        Running::new(build(self.context()).await.unwrap())
    }
}

/// A server that runs until it is stopped.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) client: Client,
    pub(crate) token: CancellationToken,
    pub(crate) task: JoinHandle<anyhow::Result<()>>,
}

impl Running {
    pub(crate) fn new(service: Service) -> Self {
        let address = service.addresses()[0];
        let token = CancellationToken::new();
        let task = tokio::spawn(service.run(token.clone()));
        Self { address, client: client().build().unwrap(), token, task }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.ask(Method::GET, path, &[]).await
    }

    pub(crate) async fn ask(&self, method: Method, path: &str, headers: &[(&'static str, &str)]) -> Response {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        self.client.request(method, self.url(path)).headers(map).send().await.unwrap()
    }

    pub(crate) async fn status(&self, path: &str) -> StatusCode {
        self.get(path).await.status()
    }

    pub(crate) async fn text(&self, path: &str) -> String {
        self.get(path).await.text().await.unwrap()
    }

    /// Sends a request line as it is; clients would tidy it up.
    pub(crate) async fn raw(&self, target: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!("GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Stops it, and waits until it has.
    pub(crate) async fn stop(self) {
        self.token.cancel();
        self.task.await.unwrap().unwrap();
    }
}

/// A client that asks this machine and no proxy.
pub(crate) fn client() -> ClientBuilder {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| rustls::crypto::ring::default_provider().install_default().unwrap());
    Client::builder().no_proxy()
}

/// A header of a response, as text.
pub(crate) fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

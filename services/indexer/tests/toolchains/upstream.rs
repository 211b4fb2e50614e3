//! An upstream of toolchains in this process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{Method, Response, StatusCode};
use romt_dist::testing::{SampleRelease, SigningKey};
use romt_types::Digest;
use url::Url;

type Hook = dyn Fn(&str) + Send + Sync;

/// Serves `/dist/…`. A signature is made when it is asked for, if there is a key.
#[derive(Clone)]
pub(crate) struct Upstream(Arc<Shared>);

struct Shared {
    address: String,
    files: Mutex<BTreeMap<String, Vec<u8>>>,
    asked: Mutex<Vec<String>>,
    key: Mutex<Option<SigningKey>>,
    hook: Mutex<Option<Box<Hook>>>,
}

impl Upstream {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let upstream = Self(Arc::new(Shared {
            address: format!("http://{}", listener.local_addr().unwrap()),
            files: Mutex::default(),
            asked: Mutex::default(),
            key: Mutex::default(),
            hook: Mutex::default(),
        }));
        let this = upstream.clone();
        let app = Router::new().fallback(move |request: Request| {
            let this = this.clone();
            async move { this.answer(&request) }
        });
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        upstream
    }

    fn answer(&self, request: &Request) -> Response<Body> {
        let path = request.uri().path().strip_prefix("/dist/").unwrap_or_default().to_owned();
        if let Some(hook) = &*self.0.hook.lock().unwrap() {
            hook(&path);
        }
        if request.method() == Method::GET {
            self.0.asked.lock().unwrap().push(path.clone());
        }
        let mut response = Response::new(Body::empty());
        match self.content(&path) {
            Some(content) => *response.body_mut() = Body::from(content),
            None => *response.status_mut() = StatusCode::NOT_FOUND,
        }
        response
    }

    fn content(&self, path: &str) -> Option<Vec<u8>> {
        let files = self.0.files.lock().unwrap();
        if let Some(content) = files.get(path) {
            return Some(content.clone());
        }
        let key = self.0.key.lock().unwrap();
        let signed = files.get(path.strip_suffix(".asc")?)?;
        Some(key.as_ref()?.sign(signed))
    }

    /// The address of its `dist` folder.
    pub(crate) fn base(&self) -> Url {
        format!("{}/dist", self.0.address).parse().unwrap()
    }

    /// From now on everything is signed.
    pub(crate) fn sign_with(&self, key: SigningKey) {
        *self.0.key.lock().unwrap() = Some(key);
    }

    /// Calls `hook` with each path that is asked for.
    pub(crate) fn on_request(&self, hook: impl Fn(&str) + Send + Sync + 'static) {
        *self.0.hook.lock().unwrap() = Some(Box::new(hook));
    }

    pub(crate) fn put(&self, path: &str, content: impl Into<Vec<u8>>) {
        self.0.files.lock().unwrap().insert(path.to_owned(), content.into());
    }

    pub(crate) fn remove(&self, path: &str) -> Vec<u8> {
        self.0.files.lock().unwrap().remove(path).unwrap()
    }

    /// Puts a manifest there, with its hash.
    pub(crate) fn put_manifest(&self, path: &str, content: &[u8]) {
        let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
        self.put(&format!("{path}.sha256"), format!("{}  {name}\n", Digest::of(content)));
        self.put(path, content);
    }

    /// Publishes a release as upstream does, all its packages and names. Packages have no hashes beside them.
    pub(crate) fn publish(&self, release: &SampleRelease) {
        let manifest = release.manifest("https://upstream.test");
        self.put_manifest(&release.release.canonical().to_string(), manifest.as_bytes());
        for alias in release.release.aliases() {
            self.put_manifest(&alias.to_string(), manifest.as_bytes());
        }
        for path in release.files() {
            self.put(path.as_str(), SampleRelease::content(&path));
        }
    }

    /// What was asked for since the last call, hashes and signatures left out.
    pub(crate) fn asked(&self) -> Vec<String> {
        let asked = std::mem::take(&mut *self.0.asked.lock().unwrap());
        asked.into_iter().filter(|path| path.ends_with(".toml") || path.ends_with(".xz")).collect()
    }
}

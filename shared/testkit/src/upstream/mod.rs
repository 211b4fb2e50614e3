//! The fake upstream: a sparse index, downloads, and files at any path, whose content and manners can be changed while it runs.

mod answer;
mod bend;
mod body;
mod catalog;
mod connection;
mod files;
mod git;
mod journal;
mod mischief;
mod resource;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::routing::any;
use bytes::Bytes;
use romt_dist::testing::SigningKey;
use romt_types::CrateId;
use tokio::runtime::Runtime;

use crate::{FakeCrate, PackedCrate};
use catalog::Catalog;
use connection::{Listener, Peer};
use files::Files;
use journal::Journal;
use mischief::Manners;

pub use journal::Request;
pub use mischief::{Mischief, Place};
pub use resource::Resource;

/// How `config.json` says where crates are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DownloadStyle {
    /// `/dl`, to which clients append `/{crate}/{version}/download`.
    #[default]
    Api,
    /// A template with all markers.
    Template,
}

/// A registry on a port of its own, with threads of its own: it answers also while a test blocks. Stops when dropped.
#[derive(Debug)]
pub struct Upstream {
    address: SocketAddr,
    shared: Arc<Shared>,
    runtime: Option<Runtime>,
}

/// What the answering side sees.
#[derive(Debug)]
struct Shared {
    base: String,
    style: DownloadStyle,
    catalog: Catalog,
    files: Files,
    journal: Arc<Journal>,
    manners: Manners,
    /// The folder whose git repositories are below `/git/`.
    git_root: OnceLock<PathBuf>,
}

impl Upstream {
    /// An empty registry.
    pub fn start() -> Self {
        Self::start_with(DownloadStyle::default())
    }

    /// An empty registry whose `config.json` is of the given style.
    pub fn start_with(style: DownloadStyle) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("a runtime for the fake upstream");
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            base: format!("http://{address}"),
            style,
            catalog: Catalog::default(),
            files: Files::default(),
            journal: Arc::default(),
            manners: Manners::default(),
            git_root: OnceLock::new(),
        });
        let service = Router::new()
            .route("/git/{*path}", any(git::serve))
            .fallback(answer::answer)
            .with_state(Arc::clone(&shared));
        let service = service.into_make_service_with_connect_info::<Peer>();
        runtime.spawn(axum::serve(Listener(listener), service).into_future());
        Self { address, shared, runtime: Some(runtime) }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address as a URL, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.shared.base
    }

    /// The address of its index, as cargo and romt take it: `sparse+http://…/index/`.
    pub fn index_url(&self) -> String {
        format!("sparse+{}/index/", self.shared.base)
    }

    /// Publishes a version, or replaces what was published under its name and version. Returns it.
    pub fn publish(&self, krate: FakeCrate) -> PackedCrate {
        let packed = krate.pack();
        self.shared.catalog.publish(packed.clone());
        packed
    }

    /// Yanks a version (`serde@1.0.0`), or takes that back.
    pub fn set_yanked(&self, id: &str, yanked: bool) {
        self.shared.catalog.set_yanked(&parse(id), yanked);
    }

    /// Deletes a version, line and file, as crates.io does with malware.
    pub fn delete(&self, id: &str) {
        self.shared.catalog.delete(&parse(id));
    }

    /// The lines of a crate's index file as they are now; none if it has no such file.
    pub fn lines(&self, name: &str) -> Vec<String> {
        self.shared.catalog.lines(name)
    }

    /// Puts a file at a path below `/dist/` or `/rustup/`, or replaces it.
    pub fn put_file(&self, path: &str, content: impl Into<Bytes>) {
        self.shared.files.put(path, content.into());
    }

    /// Takes a file away again, and returns what it held.
    ///
    /// # Panics
    /// When there is none.
    #[track_caller]
    pub fn remove_file(&self, path: &str) -> Bytes {
        self.shared.files.remove(path).unwrap_or_else(|| panic!("there is no {path} upstream"))
    }

    /// What is at a path below `/dist/` or `/rustup/`.
    pub fn file_at(&self, path: &str) -> Option<Bytes> {
        self.shared.files.get(path)
    }

    /// From now on every such file has a signature by this key at its path with `.asc` behind, unless one was put there.
    pub fn sign_files_with(&self, key: Option<SigningKey>) {
        self.shared.files.sign_with(key);
    }

    /// Serves the git repositories below a folder at `/git/`.
    pub(crate) fn serve_git(&self, root: PathBuf) {
        self.shared.git_root.set(root).expect("one folder");
    }

    /// The file of a version as it should come; `None` where none was published.
    pub fn file(&self, id: &CrateId) -> Option<Bytes> {
        self.shared.catalog.file(id)
    }

    /// Every line that was ever in the index.
    pub fn all_lines_ever(&self) -> BTreeSet<String> {
        self.shared.catalog.all_lines_ever()
    }

    /// Behaves badly at `place` from now on. Of several that fit a request, the last one set counts.
    pub fn misbehave(&self, place: Place, mischief: Mischief) {
        self.shared.manners.add(place, mischief, None);
    }

    /// Behaves badly at `place` for the next `times` requests.
    pub fn misbehave_times(&self, times: usize, place: Place, mischief: Mischief) {
        self.shared.manners.add(place, mischief, Some(times));
    }

    /// Behaves well again, everywhere; what is [held](Mischief::Hold) is answered.
    pub fn behave(&self) {
        self.shared.manners.clear();
    }

    /// All requests so far, in the order in which they came.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.journal.requests()
    }

    /// The requests for crate files so far.
    pub fn downloads(&self) -> Vec<Request> {
        let mut requests = self.requests();
        requests.retain(|request| matches!(request.resource, Resource::Download(_)));
        requests
    }

    /// The requests for index files so far, `config.json` left out.
    pub fn index_requests(&self) -> Vec<Request> {
        let mut requests = self.requests();
        requests.retain(|request| matches!(request.resource, Resource::IndexFile(_)));
        requests
    }

    /// Forgets the requests so far and the peaks.
    pub fn forget_requests(&self) {
        self.shared.journal.forget();
    }

    /// The most requests that were being answered at once.
    pub fn peak(&self) -> usize {
        self.shared.journal.peak()
    }

    /// Waits until the requests so far satisfy `enough`.
    ///
    /// # Panics
    /// When they do not within half a minute.
    pub fn wait_until(&self, enough: impl Fn(&[Request]) -> bool) {
        self.shared.journal.wait_until(enough);
    }

    /// Waits until so many crate files were asked for.
    ///
    /// # Panics
    /// When they are not within half a minute.
    pub fn wait_for_downloads(&self, count: usize) {
        self.wait_until(|requests| {
            requests.iter().filter(|request| matches!(request.resource, Resource::Download(_))).count() >= count
        });
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // A runtime must not be waited for inside another one, where some tests run.
            runtime.shutdown_background();
        }
    }
}

fn parse(id: &str) -> CrateId {
    id.parse().expect("NAME@VERSION")
}

#[cfg(test)]
mod tests;

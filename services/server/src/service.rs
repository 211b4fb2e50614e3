//! Putting the server together, and running it.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use romt_bus::BusHandle;
use romt_replica::Replica;
use romt_runtime::{Metrics, Readiness};
use romt_storage::{Storage, StorageKey};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::following::{Followed, Follower};
use crate::index_reader::IndexReader;
use crate::observe::HttpMetrics;
use crate::routes::{App, router};
use crate::{BaseUrl, Config, connections, listen};

/// What the server works with.
#[derive(Debug)]
pub struct Context {
    /// What it is told.
    pub config: Config,
    /// The mirror's files.
    pub storage: Storage,
    /// The git repository of the index; it need not be there yet.
    pub repository: PathBuf,
    /// What keeps that repository up to date, where the index is in a store that is no folder.
    pub replica: Option<Replica>,
    /// Where news of publishing and of runs comes from, if from anywhere.
    pub bus: Option<BusHandle>,
    /// The process's metrics.
    pub metrics: Metrics,
    /// The process's readiness; the server adds `index` and `store`.
    pub readiness: Readiness,
}

/// A server that listens, and answers as soon as it is run.
#[derive(Debug)]
pub struct Service {
    base_url: BaseUrl,
    addresses: Vec<SocketAddr>,
    listeners: Vec<TcpListener>,
    follower: Follower,
    http: HttpMetrics,
    router: Router,
}

/// Binds the sockets and reads what is published.
///
/// A port in use is a [`BindError::InUse`](crate::BindError::InUse) in the error.
pub async fn build(context: Context) -> anyhow::Result<Service> {
    let Context { config, storage, repository, replica, bus, metrics, readiness } = context;
    let listeners = listen::listen(&config.bind, config.port).await?;
    let addresses = listeners.iter().map(TcpListener::local_addr).collect::<Result<Vec<_>, _>>()?;
    let base_url = config.server_url.clone().unwrap_or_else(|| own_url(&config.bind, &addresses));

    let reader = Arc::new(IndexReader::new(&repository));
    let replica = replica.map(|replica| (replica, storage.clone()));
    let follower = Follower::new(Arc::clone(&reader), replica, bus.as_ref()).await?;
    require(&readiness, follower.watch(), &storage);
    let http = HttpMetrics::register(&metrics);
    let app = App { server_url: config.server_url, followed: follower.watch(), reader, storage, bus };
    let router = router(Arc::new(app), readiness, metrics, http.clone());
    Ok(Service { base_url, addresses, listeners, follower, http, router })
}

impl Service {
    /// The addresses it listens on, at least one.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The address to tell people: the server URL where one was given, else the first socket's.
    pub fn base_url(&self) -> &BaseUrl {
        &self.base_url
    }

    /// Serves until `token` is cancelled; what is being answered then has a few seconds to end.
    pub async fn run(self, token: CancellationToken) -> anyhow::Result<()> {
        let Self { listeners, follower, http, router, .. } = self;
        let mut followed = follower.watch();
        let measure = async {
            loop {
                http.serving(followed.borrow_and_update().current.as_deref());
                if followed.changed().await.is_err() {
                    return;
                }
            }
        };
        tokio::join!(connections::serve(listeners, router, token.clone()), follower.run(token), measure);
        Ok(())
    }
}

/// What `/readyz` asks of this service.
fn require(readiness: &Readiness, followed: watch::Receiver<Followed>, storage: &Storage) {
    // A mirror with nothing published is ready: it answers rightly that there is nothing.
    readiness.require("index", move || std::future::ready(followed.borrow().trouble.clone().map_or(Ok(()), Err)));
    let storage = storage.clone();
    readiness.require("store", move || {
        let storage = storage.clone();
        async move {
            // A folder that is gone looks like an empty one to the store.
            if let Some(folder) = storage.as_folder() {
                is_folder(folder).await?;
            }
            storage.info(&StorageKey::CratesConfig).await.map(drop).map_err(|e| format!("{:#}", anyhow::Error::from(e)))
        }
    });
}

async fn is_folder(path: &Path) -> Result<(), String> {
    let error = |reason: &str| Err(format!("`{}` {reason}", path.display()));
    match tokio::fs::metadata(path).await {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => error("is not a folder"),
        Err(cause) => error(&format!("cannot be read: {cause}")),
    }
}

/// The address under which this machine reaches a server that listens on `bind`.
fn own_url(bind: &str, addresses: &[SocketAddr]) -> BaseUrl {
    let port = addresses.first().map_or(0, SocketAddr::port);
    let bare = bind.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>() {
        // "Any address" is none to connect to.
        Ok(address) if address.is_unspecified() => BaseUrl::of_host("localhost", port),
        _ => BaseUrl::of_host(bare, port),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_that_one_can_connect_to() {
        let url = |bind: &str, port: u16| own_url(bind, &[SocketAddr::from(([127, 0, 0, 1], port))]).to_string();
        assert_eq!(url("127.0.0.1", 8000), "http://127.0.0.1:8000");
        assert_eq!(url("localhost", 80), "http://localhost");
        assert_eq!(url("0.0.0.0", 8000), "http://localhost:8000");
        assert_eq!(url("::", 8000), "http://localhost:8000");
        assert_eq!(url("[::1]", 8000), "http://[::1]:8000");
    }
}

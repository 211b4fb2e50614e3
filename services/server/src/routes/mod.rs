//! The route table.

mod crates;
mod index;
mod start_page;
mod toolchains;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use http::{HeaderMap, Uri};
use romt_bus::BusHandle;
use romt_runtime::{Metrics, Readiness, admin_routes};
use romt_storage::Storage;
use tokio::sync::watch;

use crate::BaseUrl;
use crate::following::Followed;
use crate::index_reader::{Current, IndexReader};
use crate::observe::{HttpMetrics, observe};
use crate::refusal::{Refusal, method_not_allowed, no_route};

/// What the routes answer from.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) server_url: Option<BaseUrl>,
    pub(crate) followed: watch::Receiver<Followed>,
    pub(crate) reader: Arc<IndexReader>,
    pub(crate) storage: Storage,
    pub(crate) bus: Option<BusHandle>,
}

impl App {
    /// What is published now. Asked once for each request, so that its answer is of one piece.
    fn current(&self) -> Option<Arc<Current>> {
        self.followed.borrow().current.clone()
    }

    /// The address to give to the one who sent this request.
    fn base_url(&self, uri: &Uri, headers: &HeaderMap) -> Result<BaseUrl, Refusal> {
        match &self.server_url {
            Some(url) => Ok(url.clone()),
            None => BaseUrl::of_request(uri, headers).map_err(Refusal::Host),
        }
    }
}

/// All routes. `get` answers HEAD too, and everything else with 405.
pub(crate) fn router(app: Arc<App>, readiness: Readiness, metrics: Metrics, http: HttpMetrics) -> Router {
    Router::new()
        .route("/", get(start_page::show))
        .route("/crates-index/config.json", get(index::config))
        .route("/crates-index/{*path}", get(index::file))
        .route("/crates/{*path}", get(crates::file))
        .route("/dist/{*path}", get(toolchains::dist))
        .route("/rustup/{*path}", get(toolchains::rustup))
        // Kept free, for a module each: /git/ (the index over smart HTTP), /api/ (the web API that cargo uses).
        .merge(admin_routes(readiness, metrics))
        .fallback(no_route)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(Arc::new(http), observe))
        .with_state(app)
}

//! The files of toolchains and of rustup, as they lie in the store. What rustup asks for is there or not: a manifest is put
//! there after its packages.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, Method};
use romt_storage::StorageKey;

use super::App;
use crate::conditional::ETag;
use crate::refusal::Refusal;
use crate::{paths, stored_file};

/// A file of `dist/`: a manifest, a package, or what lies beside it.
pub(super) async fn dist(
    State(app): State<Arc<App>>,
    Path(path): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    file(&app, paths::dist_file(&path), "no file of a toolchain has this path", &method, &headers).await
}

/// A file of `rustup/`: its program of a release, or which release is the stable one.
pub(super) async fn rustup(
    State(app): State<Arc<App>>,
    Path(path): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    file(&app, paths::rustup_file(&path), "no file of rustup has this path", &method, &headers).await
}

async fn file(
    app: &App,
    key: Option<StorageKey>,
    otherwise: &str,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Response, Refusal> {
    let key = key.ok_or_else(|| Refusal::Absent(otherwise.to_owned()))?;
    let found = stored_file::answer(&app.storage, &key, ETag::of_object, method, headers).await?;
    found.ok_or_else(|| Refusal::Absent(format!("`{key}` is not on this mirror")))
}

//! The sparse index: `config.json` and the files of the published tree.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, Method, Uri, header};
use romt_types::Digest;

use super::App;
use crate::base_url::VARY;
use crate::cargo_config::registry_config;
use crate::conditional::{Answer, ETag, Validators};
use crate::file_response::ServedFile;
use crate::paths;
use crate::range::Part;
use crate::refusal::Refusal;

/// `config.json`, made for the address that the client used.
pub(super) async fn config(
    State(app): State<Arc<App>>,
    uri: Uri,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let text = registry_config(&app.base_url(&uri, &headers)?);
    let etag = ETag::of_digest(Digest::of(text.as_bytes()));
    let response = respond("application/json", Validators::new(etag, None), text.into(), &method, &headers);
    Ok(([(header::VARY, VARY)], response).into_response())
}

/// An index file of the published tree.
pub(super) async fn file(
    State(app): State<Arc<App>>,
    Path(path): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let name = paths::index_file(&path).ok_or_else(|| Refusal::Absent("no index file has this path".to_owned()))?;
    let unpublished = || Refusal::unpublished(format_args!("`{name}`"));
    let current = app.current().ok_or_else(unpublished)?;
    let found = app.reader.file(&current, &name).await?.ok_or_else(unpublished)?;
    // The commit that is served may not have changed this file, but it is no older than its last change.
    let validators = Validators::new(found.etag.clone(), Some(current.snapshot.time));
    Ok(respond("text/plain; charset=utf-8", validators, found.bytes.clone(), &method, &headers))
}

/// Answers with bytes that are at hand.
fn respond(
    content_type: &'static str,
    validators: Validators,
    bytes: Bytes,
    method: &Method,
    headers: &HeaderMap,
) -> Response {
    let file = ServedFile { content_type, validators, length: bytes.len() as u64, is_lasting: false };
    let answer = file.answer(method, headers);
    let body = match &answer {
        Answer::Send(Part::Whole) => bytes,
        Answer::Send(Part::Bytes(range)) => match (usize::try_from(range.start), usize::try_from(range.end)) {
            (Ok(start), Ok(end)) => bytes.slice(start..end),
            // Within bytes that are in memory, both fit.
            _ => Bytes::new(),
        },
        _ => Bytes::new(),
    };
    file.respond(&answer, Body::from(body))
}

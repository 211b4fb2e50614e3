//! The crate files.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, Method};
use romt_storage::StorageKey;
use romt_types::PrefixStyle;

use super::App;
use crate::conditional::ETag;
use crate::refusal::Refusal;
use crate::{paths, stored_file};

/// The file of one version, if the published index lists it: what is not published is not visible, whatever the store
/// holds.
pub(super) async fn file(
    State(app): State<Arc<App>>,
    Path(path): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let id = paths::crate_file(&path).ok_or_else(|| Refusal::Absent("no crate file has this path".to_owned()))?;
    let unpublished = || Refusal::unpublished(format_args!("`{id}`"));
    let current = app.current().ok_or_else(unpublished)?;
    let index = app.reader.file(&current, &id.name).await?.ok_or_else(unpublished)?;
    let etag = ETag::of_digest(index.cksum(&id).ok_or_else(unpublished)?);

    // Mirrors spell prefixes in one of two ways; which one this mirror took is not asked, since there is never a doubt about
    // a file.
    for style in [PrefixStyle::Lower, PrefixStyle::Mixed] {
        let key = StorageKey::Crate { id: id.clone(), style };
        if let Some(response) = stored_file::answer(&app.storage, &key, |_| etag.clone(), &method, &headers).await? {
            return Ok(response);
        }
        if PrefixStyle::Lower.prefix(&id.name) == PrefixStyle::Mixed.prefix(&id.name) {
            break;
        }
    }
    // An index that lists everything may lie over a mirror that does not hold it all.
    Err(unpublished())
}

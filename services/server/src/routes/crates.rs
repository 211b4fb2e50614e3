//! The crate files.

use std::sync::Arc;

use anyhow::anyhow;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, Method};
use romt_storage::{ObjectInfo, Storage, StorageError, StorageKey};
use romt_types::{CrateId, PrefixStyle};

use super::App;
use crate::conditional::{Answer, ETag, Validators};
use crate::file_response::ServedFile;
use crate::paths;
use crate::range::Part;
use crate::refusal::Refusal;

/// How often a file is looked at again that was replaced while it was being opened.
const TRIES: u32 = 3;

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

    for _ in 0..TRIES {
        // An index that lists everything may lie over a mirror that does not hold it all.
        let (key, info) = find(&app.storage, &id).await?.ok_or_else(unpublished)?;
        let file = ServedFile {
            content_type: key.content_type(),
            validators: Validators::new(etag.clone(), Some(info.modified)),
            length: info.size,
        };
        let answer = file.answer(&method, &headers);
        let range = match &answer {
            Answer::Send(Part::Whole) if method != Method::HEAD => None,
            Answer::Send(Part::Bytes(range)) => Some(range.clone()),
            _ => return Ok(file.respond(&answer, Body::empty())),
        };
        match app.storage.read(&key, range).await {
            Ok(object) if object.info == info => {
                return Ok(file.respond(&answer, Body::from_stream(object.body.into_stream(info.key))));
            }
            Ok(_) | Err(StorageError::NotFound { .. }) => {}
            Err(error) => return Err(Refusal::Broken(error.into())),
        }
    }
    Err(Refusal::Broken(anyhow!("the file of `{id}` changes all the time")))
}

/// Where the file is. Mirrors spell prefixes in one of two ways; which one this mirror took is not asked, since there
/// is never a doubt about a file.
async fn find(storage: &Storage, id: &CrateId) -> anyhow::Result<Option<(StorageKey, ObjectInfo)>> {
    for style in [PrefixStyle::Lower, PrefixStyle::Mixed] {
        let key = StorageKey::Crate { id: id.clone(), style };
        if let Some(info) = storage.info(&key).await? {
            return Ok(Some((key, info)));
        }
        if PrefixStyle::Lower.prefix(&id.name) == PrefixStyle::Mixed.prefix(&id.name) {
            break;
        }
    }
    Ok(None)
}

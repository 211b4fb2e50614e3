//! Answering with a file of the store.

use std::fs::File;

use anyhow::anyhow;
use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, Method};
use romt_storage::{Object, ObjectBody, ObjectInfo, Storage, StorageError, StorageKey};

use crate::conditional::{Answer, ETag, Validators};
use crate::file_response::ServedFile;
use crate::range::Part;
use crate::refusal::Refusal;

/// How often a file is looked at again that was replaced between two questions to the store.
const TRIES: u32 = 3;

/// Answers with the file under `key`, of which `etag` makes the tag; `None` if it is not in the store. What is sent is of
/// one state of the file, also while it is replaced.
pub(crate) async fn answer(
    storage: &Storage,
    key: &StorageKey,
    etag: impl Fn(&ObjectInfo) -> ETag,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Option<Response>, Refusal> {
    for _ in 0..TRIES {
        let Some((info, opened)) = look(storage, key).await? else { return Ok(None) };
        let file = ServedFile {
            content_type: key.content_type(),
            validators: Validators::new(etag(&info), Some(info.modified)),
            length: info.size,
            is_lasting: key.is_lasting(),
        };
        let answer = file.answer(method, headers);
        let range = match &answer {
            Answer::Send(Part::Whole) if method != Method::HEAD => None,
            Answer::Send(Part::Bytes(range)) => Some(range.clone()),
            _ => return Ok(Some(file.respond(&answer, Body::empty()))),
        };
        let body = match opened {
            Some(opened) => ObjectBody::File { file: opened, range: range.unwrap_or(0..info.size) },
            None => match storage.read(key, range).await {
                Ok(object) if object.info == info => object.body,
                Ok(_) | Err(StorageError::NotFound { .. }) => continue,
                Err(error) => return Err(broken(error)),
            },
        };
        return Ok(Some(file.respond(&answer, Body::from_stream(body.into_stream(info.key)))));
    }
    Err(Refusal::Broken(anyhow!("`{key}` changes all the time")))
}

/// What is known of a file; of a folder's also the open file, which is of one state whatever becomes of its name.
async fn look(storage: &Storage, key: &StorageKey) -> Result<Option<(ObjectInfo, Option<File>)>, Refusal> {
    if storage.as_folder().is_none() {
        return Ok(storage.info(key).await.map_err(broken)?.map(|info| (info, None)));
    }
    match storage.read(key, None).await {
        Ok(Object { info, body: ObjectBody::File { file, .. }, .. }) => Ok(Some((info, Some(file)))),
        Ok(Object { info, .. }) => Ok(Some((info, None))),
        Err(StorageError::NotFound { .. }) => Ok(None),
        Err(error) => Err(broken(error)),
    }
}

fn broken(error: StorageError) -> Refusal {
    Refusal::Broken(error.into())
}

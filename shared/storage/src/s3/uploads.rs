//! Uploads that nobody will finish.
//!
//! The parts of an upload take space, and money, until it is completed or aborted; a writer that is killed does neither.
//! `object_store` cannot list them, but it can sign the request.

use std::error::Error;
use std::time::{Duration, SystemTime};

use futures_util::StreamExt;
use object_store::multipart::MultipartStore;
use object_store::path::Path;
use object_store::signer::{SignedUrlOptions, Signer};
use reqwest::{Method, StatusCode};
use serde::Deserialize;

use super::Bucket;
use crate::StorageError;

/// An upload that was begun this long ago has no writer any more. Others may be at work while we sweep.
pub(crate) const ABANDONED: Duration = Duration::from_hours(24);
/// A page has a thousand uploads.
const PAGE_LIMIT: usize = 8 * 1024 * 1024;
/// More pages than this are left for the next time.
const PAGES: usize = 1000;
/// How long a signed request may be used.
const SIGNED_FOR: Duration = Duration::from_mins(5);

/// An upload in hand.
#[derive(Debug, PartialEq, Eq)]
struct Upload {
    key: String,
    id: String,
    begun: SystemTime,
}

impl Bucket {
    /// Aborts uploads below the prefix that were begun so long ago that nobody works on them; returns how many. Where the service
    /// does not list them, a lifecycle rule of the bucket must do it.
    pub(crate) async fn abort_abandoned(&self) -> Result<u64, StorageError> {
        let now = SystemTime::now();
        let is_old = |upload: &Upload| now.duration_since(upload.begun).is_ok_and(|age| age > ABANDONED);
        let mut aborted = 0;
        let Some(uploads) = self.uploads().await? else {
            tracing::warn!(
                bucket = %self.address,
                "the service does not list unfinished uploads; let a lifecycle rule of the bucket abort them after some days"
            );
            return Ok(0);
        };
        for upload in uploads.iter().filter(|upload| is_old(upload)) {
            let path = Path::parse(&upload.key).map_err(|e| self.failed(Box::new(e)))?;
            match self.store.abort_multipart(&path, &upload.id).await {
                // Somebody else was quicker.
                Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(StorageError::from_object_store(&upload.key, error)),
                Ok(()) => aborted += 1,
            }
        }
        Ok(aborted)
    }

    /// How many uploads below the prefix are neither completed nor aborted; `None` if the service does not tell.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) async fn count_uploads(&self) -> Result<Option<usize>, StorageError> {
        Ok(self.uploads().await?.map(|uploads| uploads.len()))
    }

    /// The uploads below the prefix; `None` if the service does not list them, or not for us.
    async fn uploads(&self) -> Result<Option<Vec<Upload>>, StorageError> {
        let mut found = Vec::new();
        let mut after = None;
        for _ in 0..PAGES {
            let Some(page) = self.page(after.take()).await? else { return Ok(None) };
            let more = page.is_truncated && !page.uploads.is_empty();
            let next = (page.next_key_marker.clone(), page.next_upload_id_marker.clone());
            found.extend(page.read().map_err(|e| self.failed(e))?);
            match next {
                (Some(key), Some(id)) if more => after = Some((key, id)),
                _ => break,
            }
        }
        Ok(Some(found))
    }

    async fn page(&self, after: Option<(String, String)>) -> Result<Option<Page>, StorageError> {
        let mut query = vec![("uploads".to_owned(), String::new())];
        if !self.address.prefix().is_empty() {
            query.push(("prefix".to_owned(), format!("{}/", self.address.prefix())));
        }
        if let Some((key, id)) = after {
            query.extend([("key-marker".to_owned(), key), ("upload-id-marker".to_owned(), id)]);
        }
        let options = SignedUrlOptions::default().with_query(query);
        let url = self.store.signed_url_opts(Method::GET, &Path::default(), SIGNED_FOR, &options).await;
        let url = url.map_err(|e| self.failed(Box::new(e)))?;
        // The address is signed, so it is in no error.
        let read = async {
            let answer = self.http.get(url).send().await.map_err(reqwest::Error::without_url)?;
            if matches!(answer.status(), StatusCode::NOT_IMPLEMENTED | StatusCode::FORBIDDEN) {
                return Ok(None);
            }
            let answer = answer.error_for_status().map_err(reqwest::Error::without_url)?;
            let mut text = Vec::new();
            let mut body = answer.bytes_stream();
            while let Some(piece) = body.next().await {
                text.extend_from_slice(&piece.map_err(reqwest::Error::without_url)?);
                if text.len() > PAGE_LIMIT {
                    return Err("the list of uploads is too long".into());
                }
            }
            Ok::<_, Box<dyn Error + Send + Sync>>(Some(Page::parse(&String::from_utf8_lossy(&text))?))
        };
        let read = tokio::time::timeout(self.timeout, read).await;
        read.map_err(|e| self.failed(Box::new(e)))?.map_err(|e| self.failed(e))
    }

    fn failed(&self, source: Box<dyn Error + Send + Sync>) -> StorageError {
        StorageError::Failed { key: self.address.to_string(), source }
    }
}

/// A page of the list of uploads (`ListMultipartUploadsResult`).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    #[serde(default)]
    is_truncated: bool,
    next_key_marker: Option<String>,
    next_upload_id_marker: Option<String>,
    #[serde(default, rename = "Upload")]
    uploads: Vec<RawUpload>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawUpload {
    key: String,
    upload_id: String,
    initiated: String,
}

impl Page {
    fn parse(text: &str) -> Result<Self, quick_xml::DeError> {
        quick_xml::de::from_str(text)
    }

    fn read(self) -> Result<Vec<Upload>, Box<dyn Error + Send + Sync>> {
        let read = |upload: RawUpload| {
            let begun = humantime::parse_rfc3339(&upload.initiated)?;
            Ok(Upload { key: upload.key, id: upload.upload_id, begun })
        };
        self.uploads.into_iter().map(read).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_uploads_is_read() {
        let page = Page::parse(
            "<?xml version=\"1.0\"?><ListMultipartUploadsResult xmlns=\"http://s3.example/doc/\"><Bucket>romt</Bucket>\
             <KeyMarker/><NextKeyMarker>b</NextKeyMarker><NextUploadIdMarker>2</NextUploadIdMarker>\
             <MaxUploads>1000</MaxUploads><IsTruncated>true</IsTruncated>\
             <Upload><Key>a&amp;b</Key><UploadId>1</UploadId><Initiator><ID>x</ID></Initiator>\
             <Initiated>2026-11-25T10:00:00.000Z</Initiated></Upload>\
             <Upload><Key>b</Key><UploadId>2</UploadId><Initiated>2026-11-25T10:00:01Z</Initiated></Upload>\
             </ListMultipartUploadsResult>",
        )
        .unwrap();
        assert!(page.is_truncated);
        assert_eq!((page.next_key_marker.as_deref(), page.next_upload_id_marker.as_deref()), (Some("b"), Some("2")));
        let uploads = page.read().unwrap();
        assert_eq!(uploads.len(), 2);
        assert_eq!((&*uploads[0].key, &*uploads[0].id), ("a&b", "1"));
        assert_eq!(uploads[1].begun.duration_since(uploads[0].begun).unwrap(), Duration::from_secs(1));
        let nothing =
            Page::parse("<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>");
        assert!(nothing.unwrap().read().unwrap().is_empty());
        assert!(Page::parse("not XML").is_err());
    }
}

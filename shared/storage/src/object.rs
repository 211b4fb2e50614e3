//! What is read from a store.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::time::SystemTime;

use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, BoxStream, StreamExt};
use object_store::{GetResult, GetResultPayload, ObjectMeta};

use crate::StorageError;

/// What is known of an object without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectInfo {
    /// Its key as text; not always a [`StorageKey`](crate::StorageKey) where a listing found it.
    pub key: String,
    /// Its size in bytes.
    pub size: u64,
    /// When it was written.
    pub modified: SystemTime,
    /// What changes whenever its bytes change, if the store has such a thing; without quotes.
    pub etag: Option<String>,
}

impl From<ObjectMeta> for ObjectInfo {
    fn from(meta: ObjectMeta) -> Self {
        Self {
            key: meta.location.to_string(),
            size: meta.size,
            modified: meta.last_modified.into(),
            etag: meta.e_tag.map(|tag| tag.trim_matches('"').to_owned()),
        }
    }
}

/// An object that is being read.
#[derive(Debug)]
pub struct Object {
    /// What is known of it.
    pub info: ObjectInfo,
    /// Which of its bytes come.
    pub range: Range<u64>,
    /// The bytes.
    pub body: ObjectBody,
}

impl Object {
    pub(crate) fn new(result: GetResult) -> Self {
        let range = result.range.clone();
        let body = match result.payload {
            GetResultPayload::File(file, _) => ObjectBody::File { file, range: range.clone() },
            GetResultPayload::Stream(stream) => ObjectBody::Stream(stream),
        };
        Self { info: result.meta.into(), range, body }
    }
}

/// The bytes of an object: one open file or one response, so they are of one version even if the key is replaced.
pub enum ObjectBody {
    /// An open file and the part of it to read.
    File {
        /// The file.
        file: File,
        /// The part.
        range: Range<u64>,
    },
    /// Bytes as they arrive.
    Stream(BoxStream<'static, object_store::Result<Bytes>>),
}

/// How much of a file one blocking read takes.
const CHUNK: u64 = 256 * 1024;

impl ObjectBody {
    /// The bytes as a stream of pieces. Files are read on blocking threads.
    pub fn into_stream(self, key: String) -> BoxStream<'static, Result<Bytes, StorageError>> {
        match self {
            Self::Stream(stream) => {
                stream.map(move |piece| piece.map_err(|e| StorageError::from_object_store(&key, e))).boxed()
            }
            Self::File { file, range } => stream::try_unfold((file, range), move |(file, range)| {
                let key = key.clone();
                async move {
                    if range.is_empty() {
                        return Ok(None);
                    }
                    let read = tokio::task::spawn_blocking(move || read_piece(file, range)).await;
                    let (piece, file, range) = read
                        .map_err(std::io::Error::other)
                        .and_then(|read| read)
                        .map_err(|e| StorageError::from_io(&key, e))?;
                    Ok(Some((piece, (file, range))))
                }
            })
            .boxed(),
        }
    }
}

/// The next piece of a file, the file, and what is left of the range.
fn read_piece(file: File, range: Range<u64>) -> std::io::Result<(Bytes, File, Range<u64>)> {
    let length = CHUNK.min(range.end - range.start);
    // At most CHUNK, which fits.
    let mut piece = BytesMut::zeroed(usize::try_from(length).unwrap_or_default());
    file.read_exact_at(&mut piece, range.start)?;
    Ok((piece.freeze(), file, range.start + length..range.end))
}

impl std::fmt::Debug for ObjectBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::File { .. } => "ObjectBody::File",
            Self::Stream(_) => "ObjectBody::Stream",
        })
    }
}

//! Pointers: small objects that say what is published, replaced only by one who knows what was there before.

use bytes::Bytes;
use futures_util::StreamExt;
use object_store::{GetOptions, PutMode, PutOptions, UpdateVersion};

use crate::folder_pointer::FolderPointer;
use crate::{Storage, StorageError, StorageKey};

/// A pointer as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointer {
    /// Its bytes.
    pub bytes: Bytes,
    /// Which state of it this is.
    pub tag: PointerTag,
}

/// Names one state of a pointer. Two states with the same bytes may have the same one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointerTag(pub(crate) String);

/// What a pointer must be for it to be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected<'a> {
    /// It is not there.
    Absent,
    /// It is in this state.
    Version(&'a PointerTag),
}

/// What came of looking whether a pointer has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PointerNews {
    /// There is none.
    Absent,
    /// It is in the state that is known.
    Unchanged,
    /// It is in another one.
    Changed(Pointer),
}

impl Storage {
    /// Reads a pointer of at most `limit` bytes; `None` if there is none.
    pub async fn read_pointer(&self, key: &StorageKey, limit: usize) -> Result<Option<Pointer>, StorageError> {
        match self.pointer_news(key, limit, None).await? {
            PointerNews::Changed(pointer) => Ok(Some(pointer)),
            PointerNews::Absent | PointerNews::Unchanged => Ok(None),
        }
    }

    /// Reads a pointer of at most `limit` bytes, unless it is in the state `known`: then that costs next to nothing.
    pub async fn pointer_news(
        &self,
        key: &StorageKey,
        limit: usize,
        known: Option<&PointerTag>,
    ) -> Result<PointerNews, StorageError> {
        let found = match self.folder_pointer(key) {
            Some(pointer) => pointer.blocking(move |pointer| pointer.read(limit)).await?,
            None => match self.get_pointer(key, limit, known).await {
                Err(object_store::Error::NotModified { .. }) => return Ok(PointerNews::Unchanged),
                Err(error) => match StorageError::from_object_store(&key.to_string(), error) {
                    StorageError::NotFound { .. } => None,
                    error => return Err(error),
                },
                Ok(read) => Some(read?),
            },
        };
        Ok(match found {
            None => PointerNews::Absent,
            // Not every service answers that it has not changed.
            Some(pointer) if Some(&pointer.tag) == known => PointerNews::Unchanged,
            Some(pointer) => PointerNews::Changed(pointer),
        })
    }

    /// Puts a pointer if it is as `expected`, so that of two who put at once only one does; returns its new state. It is
    /// durable then.
    ///
    /// [`StorageError::Conflict`]: it is not as expected. Where an answer was lost on the network and the request sent again,
    /// it may be this very pointer that is there: who must know writes something into it by which to tell.
    pub async fn put_if(
        &self,
        key: &StorageKey,
        bytes: Bytes,
        expected: Expected<'_>,
    ) -> Result<PointerTag, StorageError> {
        if let Some(pointer) = self.folder_pointer(key) {
            let expected = match expected {
                Expected::Absent => None,
                Expected::Version(tag) => Some(tag.clone()),
            };
            return pointer.blocking(move |pointer| pointer.put(&bytes, expected.as_ref())).await;
        }
        let mode = match expected {
            Expected::Absent => PutMode::Create,
            Expected::Version(tag) => PutMode::Update(UpdateVersion { e_tag: Some(tag.0.clone()), version: None }),
        };
        let name = key.to_string();
        let options = PutOptions { mode, ..PutOptions::default() };
        let put = self.objects().put_opts(&self.path_of(&name), bytes.into(), options).await;
        let put = put.map_err(|e| StorageError::from_object_store(&name, e))?;
        put.e_tag.map(PointerTag).ok_or_else(|| no_tag(&name))
    }

    async fn get_pointer(
        &self,
        key: &StorageKey,
        limit: usize,
        known: Option<&PointerTag>,
    ) -> object_store::Result<Result<Pointer, StorageError>> {
        let name = key.to_string();
        let options = GetOptions { if_none_match: known.map(|tag| tag.0.clone()), ..GetOptions::default() };
        let found = self.objects().get_opts(&self.path_of(&name), options).await?;
        let Some(tag) = found.meta.e_tag.clone() else { return Ok(Err(no_tag(&name))) };
        let oversized = || StorageError::Oversized { key: name.clone(), limit };
        if found.meta.size > limit as u64 {
            return Ok(Err(oversized()));
        }
        let mut bytes = Vec::new();
        let mut pieces = found.into_stream();
        while let Some(piece) = pieces.next().await {
            bytes.extend_from_slice(&piece?);
            if bytes.len() > limit {
                return Ok(Err(oversized()));
            }
        }
        Ok(Ok(Pointer { bytes: bytes.into(), tag: PointerTag(tag) }))
    }

    fn folder_pointer(&self, key: &StorageKey) -> Option<FolderPointer> {
        self.as_folder()
            .map(|folder| FolderPointer::new(folder, self.tree().path_of(&key.to_string()), key.to_string()))
    }
}

fn no_tag(key: &str) -> StorageError {
    StorageError::Failed {
        key: key.to_owned(),
        source: "the store gives no ETag, so nothing can be put on a condition".into(),
    }
}

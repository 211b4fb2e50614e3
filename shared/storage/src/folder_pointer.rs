//! Pointers in a folder.
//!
//! Whoever puts one holds a lock on `.romt/pointers.lock`, which the kernel gives back however the process ends, so that
//! looking and replacing are one step; readers need no lock, since a file is replaced by renaming another over it. A state is
//! named by the hash of its bytes: times are too coarse to tell two states apart.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use romt_types::Digest;

use crate::StorageError;
use crate::pointer::{Pointer, PointerTag};

/// Where all pointers of a folder are locked.
const LOCK: &str = ".romt/pointers.lock";
/// More than this is no pointer, and is not read to see whether it is the one that is expected.
const LIMIT: usize = 64 * 1024 * 1024;

/// One pointer in a folder. Its calls block.
#[derive(Debug)]
pub(crate) struct FolderPointer {
    path: PathBuf,
    lock: PathBuf,
    key: String,
}

impl FolderPointer {
    pub(crate) fn new(mirror: &Path, path: &str, key: String) -> Self {
        Self { path: mirror.join(path), lock: mirror.join(LOCK), key }
    }

    /// Does `work` on a blocking thread.
    pub(crate) async fn blocking<T: Send + 'static>(
        self,
        work: impl FnOnce(&Self) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        let key = self.key.clone();
        let done = tokio::task::spawn_blocking(move || work(&self)).await;
        done.map_err(|e| StorageError::from_io(&key, e.into()))?
    }

    /// Reads it, if it has at most `limit` bytes.
    pub(crate) fn read(&self, limit: usize) -> Result<Option<Pointer>, StorageError> {
        let read = || -> io::Result<Option<Vec<u8>>> {
            let file = match File::open(&self.path) {
                Ok(file) => file,
                Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                    return Ok(None);
                }
                Err(error) => return Err(error),
            };
            let mut bytes = Vec::new();
            file.take(limit as u64 + 1).read_to_end(&mut bytes)?;
            Ok(Some(bytes))
        };
        let Some(bytes) = read().map_err(|e| StorageError::from_io(&self.key, e))? else { return Ok(None) };
        if bytes.len() > limit {
            return Err(StorageError::Oversized { key: self.key.clone(), limit });
        }
        let tag = tag_of(&bytes);
        Ok(Some(Pointer { bytes: bytes.into(), tag }))
    }

    /// Puts it if it is in the state `expected`, or not there where there is to be none.
    pub(crate) fn put(&self, bytes: &Bytes, expected: Option<&PointerTag>) -> Result<PointerTag, StorageError> {
        let error = |e| StorageError::from_io(&self.key, e);
        let lock = self.lock().map_err(error)?;
        let found = self.read(LIMIT)?.map(|pointer| pointer.tag);
        if found.as_ref() != expected {
            return Err(StorageError::Conflict { key: self.key.clone() });
        }
        self.replace(bytes).map_err(error)?;
        drop(lock);
        Ok(tag_of(bytes))
    }

    /// Waits for the right to put pointers.
    fn lock(&self) -> io::Result<File> {
        for path in [&self.lock, &self.path] {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
        }
        let file = File::options().write(true).create(true).truncate(false).open(&self.lock)?;
        file.lock()?;
        Ok(file)
    }

    /// Replaces the file, durably. The one who does has the lock, so the temporary name is its own.
    fn replace(&self, bytes: &Bytes) -> io::Result<()> {
        let mut name = self.path.clone().into_os_string();
        name.push("#0");
        let temporary = PathBuf::from(name);
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, &self.path)?;
        self.path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    }
}

fn tag_of(bytes: &[u8]) -> PointerTag {
    PointerTag(Digest::of(bytes).to_string())
}

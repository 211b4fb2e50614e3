//! The folder of a replica: a file by which it is known and locked, and the repository beside it.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use romt_index::IndexRepository;
use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::ReplicaError;

/// Says that the folder is ours to clear, and is locked by the process that uses it.
const MARKER: &str = "romt-replica";
/// The repository.
const REPOSITORY: &str = "index";
/// What another one is called while it is made.
const NEW: &str = "index.new";
/// What the repository is called while it is removed.
const OLD: &str = "index.old";

/// The folder, which is ours as long as this is there.
#[derive(Debug, Clone)]
pub(super) struct ReplicaFolder {
    path: PathBuf,
    /// Keeps the lock.
    _marker: Arc<File>,
    is_distrusted: bool,
}

impl ReplicaFolder {
    /// Takes a folder that is empty, not there yet, or was ours before.
    pub(super) fn open(path: &Path) -> Result<Self, ReplicaError> {
        fs::create_dir_all(path).map_err(ReplicaError::io("create", path))?;
        let marker = path.join(MARKER);
        if !marker.exists() {
            let mut entries = fs::read_dir(path).map_err(ReplicaError::io("read", path))?;
            // What a fresh file system has at its top.
            let is_other = |entry: &io::Result<fs::DirEntry>| {
                entry.as_ref().map_or(true, |entry| entry.file_name() != "lost+found" && entry.file_name() != MARKER)
            };
            if entries.any(|entry| is_other(&entry)) {
                return Err(ReplicaError::NotOurs { path: path.to_owned() });
            }
        }
        let file = File::options().write(true).create(true).truncate(false).open(&marker);
        let file = file.map_err(ReplicaError::io("create", &marker))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(ReplicaError::InUse { path: path.to_owned() }),
            Err(TryLockError::Error(source)) => return Err(ReplicaError::io("lock", &marker)(source)),
        }
        let folder = Self { path: path.to_owned(), _marker: Arc::new(file), is_distrusted: false };
        remove(&folder.path.join(OLD))?;
        remove(&folder.path.join(NEW))?;
        folder.unlock_git()?;
        Ok(folder)
    }

    pub(super) fn repository(&self) -> PathBuf {
        self.path.join(REPOSITORY)
    }

    /// Makes an empty repository beside the one that is read.
    pub(super) fn begin_new(&self) -> Result<PathBuf, ReplicaError> {
        let new = self.path.join(NEW);
        remove(&new)?;
        IndexRepository::create(&new)?;
        Ok(new)
    }

    /// Puts the new repository in the place of the old one.
    pub(super) fn take_new(&self) -> Result<(), ReplicaError> {
        let (repository, new, old) = (self.repository(), self.path.join(NEW), self.path.join(OLD));
        remove(&old)?;
        // At once, so that no reader finds nothing; where the file system cannot do that, one after the other.
        let exchanged = renameat_with(CWD, &new, CWD, &repository, RenameFlags::EXCHANGE);
        if exchanged.is_ok() {
            return remove(&new);
        }
        match fs::rename(&repository, &old) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(ReplicaError::io("rename", &repository)(error));
            }
            _ => {}
        }
        fs::rename(&new, &repository).map_err(ReplicaError::io("rename", &new))?;
        remove(&old)
    }

    pub(super) fn is_distrusted(&self) -> bool {
        self.is_distrusted
    }

    pub(super) fn distrust(&mut self) {
        self.is_distrusted = true;
    }

    pub(super) fn trust(&mut self) {
        self.is_distrusted = false;
    }

    /// Removes the locks of references that a killed process left; we are the only one who moves any.
    fn unlock_git(&self) -> Result<(), ReplicaError> {
        let mut folders = vec![self.repository(), self.repository().join("refs")];
        while let Some(folder) = folders.pop() {
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                // No repository: it will be made anew.
                Err(error) if error.kind() == io::ErrorKind::NotADirectory => continue,
                Err(error) => return Err(ReplicaError::io("read", &folder)(error)),
            };
            for entry in entries {
                let path = entry.map_err(ReplicaError::io("read", &folder))?.path();
                if path.extension().is_some_and(|extension| extension == "lock") {
                    fs::remove_file(&path).map_err(ReplicaError::io("remove", &path))?;
                } else if path.is_dir() && folder != self.repository() {
                    folders.push(path);
                }
            }
        }
        Ok(())
    }
}

fn remove(path: &Path) -> Result<(), ReplicaError> {
    let removed = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(ReplicaError::io("remove", path)(error)),
        _ => Ok(()),
    }
}

//! What must be on the disk before something else names it.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::IndexError;

/// Makes one file durable; none is fine, because then it is elsewhere (a packed branch).
pub(super) fn sync_file(path: &Path) -> Result<(), IndexError> {
    match File::open(path).and_then(|file| file.sync_all()) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(IndexError::Io { action: "sync", path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// Makes durable which files are in a folder.
pub(super) fn sync_folder(path: &Path) -> Result<(), IndexError> {
    sync_file(path)
}

/// Makes durable where a branch is.
pub(super) fn sync_reference(git_folder: &Path, name: &str) -> Result<(), IndexError> {
    let path = git_folder.join(name);
    sync_file(&path)?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// The packs that a repository has at some time, to make the later ones durable.
#[derive(Debug)]
pub(super) struct Packs {
    folder: PathBuf,
    known: HashSet<OsString>,
}

impl Packs {
    pub(super) fn of(git_folder: &Path) -> Result<Self, IndexError> {
        let folder = git_folder.join("objects/pack");
        let known = names(&folder)?.into_iter().collect();
        Ok(Self { folder, known })
    }

    /// Makes the packs durable that have come since, with all that belongs to them.
    pub(super) fn sync_new(&self) -> Result<(), IndexError> {
        for name in names(&self.folder)? {
            if !self.known.contains(&name) {
                sync_file(&self.folder.join(name))?;
            }
        }
        sync_folder(&self.folder)
    }
}

/// The names of what is in a folder; no folder, no names.
pub(super) fn names(folder: &Path) -> Result<Vec<OsString>, IndexError> {
    let read = || fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.file_name())).collect::<io::Result<_>>();
    match read() {
        Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        read => read.map_err(|source| IndexError::Io { action: "read", path: folder.to_owned(), source }),
    }
}

//! Writes what comes out of an archive to the folder where it waits.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;
use romt_storage::SeenFiles;
use romt_types::{CrateId, Digest, Hasher, PrefixStyle};
use rustix::fs::{Mode, OFlags, mkdirat, openat};
use rustix::io::Errno;

use super::UnpackOrder;
use crate::jobs::destination::Destination;
use crate::jobs::early_sync::EarlySync;
use crate::jobs::mirror_folder::MirrorFolder;

/// What those who write have in common.
pub(super) struct Stage<'a> {
    pub(super) order: &'a UnpackOrder,
    pub(super) destination: &'a Destination,
    /// The folder where crates wait.
    pub(super) tree: &'a Path,
    /// What was written, and what was in its place and is right.
    pub(super) seen: Mutex<SeenFiles>,
    /// Is told what is written.
    pub(super) early: &'a EarlySync,
}

/// Writes crates, one at a time.
pub(super) struct Stager<'a> {
    stage: &'a Stage<'a>,
    /// The folder where crates wait.
    tree: OwnedFd,
    /// Where crates may be already; none where that is asked later, of many at once.
    root: Option<MirrorFolder<'a>>,
    style: PrefixStyle,
    /// The path of the folder in the tree that was made last.
    made: String,
    buffer: Vec<u8>,
}

/// A crate that is being written.
pub(super) struct Staging {
    file: File,
    path: PathBuf,
}

/// As much of a file in its place as is hashed at once.
const BUFFER: usize = 256 << 10;

impl<'a> Stager<'a> {
    pub(super) fn new(stage: &'a Stage<'a>) -> anyhow::Result<Self> {
        let tree = File::open(stage.tree).with_context(|| format!("cannot open `{}`", stage.tree.display()))?;
        let root = stage.destination.folder().map(MirrorFolder::open).transpose()?;
        let (made, buffer) = (String::new(), Vec::new());
        Ok(Self { stage, tree: tree.into(), root, style: stage.order.style, made, buffer })
    }

    /// Writes a crate with this digest, unless it is in its place.
    pub(super) fn stage(&mut self, id: &CrateId, digest: &Digest, bytes: &[u8]) -> anyhow::Result<()> {
        let Some(mut staging) = self.begin(id, digest, bytes.len() as u64)? else { return Ok(()) };
        self.write(&mut staging, bytes)?;
        self.end(&staging, digest)
    }

    /// Begins to write a crate; none if it is in its place. Nothing is seen of it before its [`end`](Self::end).
    pub(super) fn begin(&mut self, id: &CrateId, digest: &Digest, size: u64) -> anyhow::Result<Option<Staging>> {
        let path = id.path(self.style);
        if self.is_in_place(&path, digest, size)? {
            return Ok(None);
        }
        self.make_folder(path.rsplit_once('/').map_or("", |(folder, _)| folder))?;
        // In the tree are only folders that we made.
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let file = openat(&self.tree, &path, flags, Mode::from_raw_mode(0o666));
        let path = self.stage.tree.join(path);
        let file = file.with_context(|| cannot_write(&path))?;
        Ok(Some(Staging { file: file.into(), path }))
    }

    /// Writes the next bytes of the crate.
    pub(super) fn write(&self, staging: &mut Staging, bytes: &[u8]) -> anyhow::Result<()> {
        staging.file.write_all(bytes).with_context(|| cannot_write(&staging.path))?;
        self.stage.early.wrote(bytes.len());
        Ok(())
    }

    /// All bytes of the crate were written, and have this digest.
    pub(super) fn end(&self, staging: &Staging, digest: &Digest) -> anyhow::Result<()> {
        self.note(&staging.file, digest).with_context(|| cannot_write(&staging.path))
    }

    fn note(&self, file: &File, digest: &Digest) -> std::io::Result<()> {
        let metadata = file.metadata()?;
        self.stage.seen.lock().unwrap_or_else(PoisonError::into_inner).note(digest, &metadata);
        Ok(())
    }

    /// Makes a folder in the tree, and those on the way to it.
    fn make_folder(&mut self, path: &str) -> anyhow::Result<()> {
        if path == self.made {
            return Ok(());
        }
        let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
        for folder in ends.filter_map(|end| path.get(..end)) {
            // It has folders in it: it was made on the way to the last one.
            if self.made.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')) {
                continue;
            }
            match mkdirat(&self.tree, folder, Mode::RWXU | Mode::RWXG | Mode::RWXO) {
                // Another thread may have been faster.
                Ok(()) | Err(Errno::EXIST) => {}
                Err(error) => {
                    let path = self.stage.tree.join(folder);
                    return Err(error).with_context(|| format!("cannot make the folder `{}`", path.display()));
                }
            }
        }
        path.clone_into(&mut self.made);
        Ok(())
    }

    /// Whether the file in the place of a crate is the right one. Reading it costs less than writing another.
    fn is_in_place(&mut self, path: &str, digest: &Digest, size: u64) -> anyhow::Result<bool> {
        let Some(root) = &mut self.root else { return Ok(false) };
        let Some(mut file) = root.file_of_size(path, size)? else { return Ok(false) };
        // From before it is read: what is written to it meanwhile does not pass for what was read.
        let metadata = file.metadata();
        let mut hasher = Hasher::default();
        self.buffer.resize(BUFFER, 0);
        loop {
            // What cannot be read is not right, and is written again.
            match file.read(&mut self.buffer) {
                Ok(0) => break,
                Ok(count) => hasher.update(&self.buffer[..count]),
                Err(_) => return Ok(false),
            }
        }
        let right = hasher.finish() == *digest;
        if let (true, Ok(metadata)) = (right, metadata) {
            self.stage.seen.lock().unwrap_or_else(PoisonError::into_inner).note(digest, &metadata);
        }
        Ok(right)
    }
}

impl Staging {
    /// The bytes were not right.
    pub(super) fn remove(self) -> anyhow::Result<()> {
        fs::remove_file(&self.path).with_context(|| format!("cannot remove `{}`", self.path.display()))
    }
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write `{}`", path.display())
}

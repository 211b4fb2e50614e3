//! A folder of the mirror, never left by way of a link.

use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use anyhow::{Context as _, bail};
use romt_runtime::Hint;
use romt_storage::sync_folders;
use rustix::fs::{Mode, OFlags, mkdirat, openat, renameat, unlinkat};
use rustix::io::Errno;

/// A folder of the mirror, whose files go by their paths below it. Each folder on the way is entered by itself, and one that
/// is a link is not: whatever stands there, nothing is written elsewhere.
pub(super) struct MirrorFolder<'a> {
    path: &'a Path,
    root: Option<OwnedFd>,
    /// The folder of the file that was asked about last, by its path.
    last: Option<(String, OwnedFd)>,
}

/// What came of moving a file to its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moved {
    /// It is in its place.
    Placed,
    /// Its place is on another file system, where it is beside its place now.
    Beside,
}

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

impl<'a> MirrorFolder<'a> {
    /// The folder at `path`, which need not be there.
    pub(super) fn open(path: &'a Path) -> anyhow::Result<Self> {
        let root = match rustix::fs::open(path, FOLDER, Mode::empty()) {
            Ok(root) => Some(root),
            Err(Errno::NOENT) => None,
            Err(error) => return Err(error).with_context(|| format!("cannot open the folder `{}`", path.display())),
        };
        Ok(Self { path, root, last: None })
    }

    /// The folder at `path`, which is made if it is not there.
    pub(super) fn make(path: &'a Path) -> anyhow::Result<Self> {
        fs::create_dir_all(path).with_context(|| format!("cannot make the folder `{}`", path.display()))?;
        Self::open(path)
    }

    /// Opens what is in the place of `file`, if it is a file of this size. What could not be replaced is an error.
    pub(super) fn file_of_size(&mut self, file: &str, size: u64) -> anyhow::Result<Option<File>> {
        let path = self.path.join(file);
        let (folder, name) = split(file);
        let Some(folder) = self.folder(folder, false)? else { return Ok(None) };
        // Or a named pipe would be waited for.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        // A link, or what must not be read, gives way to the file.
        let Ok(file) = openat(folder, name, flags, Mode::empty()) else { return Ok(None) };
        let file = File::from(file);
        let metadata = file.metadata().with_context(|| format!("cannot read `{}`", path.display()))?;
        if metadata.is_dir() {
            return in_the_way(&path, "is a folder, where a file should be");
        }
        Ok((metadata.is_file() && metadata.len() == size).then_some(file))
    }

    /// Moves `staged`, file `number` of an archive, to the place of `file`.
    pub(super) fn place(&mut self, staged: &Path, number: u64, file: &str) -> anyhow::Result<Moved> {
        let place = self.path.join(file);
        let failed = || format!("cannot write `{}`", place.display());
        let (folder, name) = split(file);
        let Some(folder) = self.folder(folder, true)? else { bail!("{}", failed()) };
        match renameat(rustix::fs::CWD, staged, folder, name) {
            Ok(()) => Ok(Moved::Placed),
            Err(Errno::XDEV) => {
                let beside = beside(name, number);
                copy(staged, folder, &beside).with_context(failed)?;
                Ok(Moved::Beside)
            }
            Err(error) => Err(error).with_context(failed),
        }
    }

    /// Moves a file that is [beside its place](Moved::Beside) into it. False if it is not there.
    pub(super) fn place_from_beside(&mut self, number: u64, file: &str) -> anyhow::Result<bool> {
        let place = self.path.join(file);
        let (folder, name) = split(file);
        let Some(folder) = self.folder(folder, false)? else { return Ok(false) };
        match renameat(folder, beside(name, number), folder, name) {
            Ok(()) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(error).with_context(|| format!("cannot write `{}`", place.display())),
        }
    }

    /// The folder of this path; none if it is not there and is not to be made.
    fn folder(&mut self, path: &str, make: bool) -> anyhow::Result<Option<&OwnedFd>> {
        if self.last.as_ref().is_none_or(|(last, _)| last != path) {
            self.last = self.enter(path, make)?.map(|folder| (path.to_owned(), folder));
        }
        Ok(self.last.as_ref().map(|(_, folder)| folder))
    }

    fn enter(&self, folder: &str, make: bool) -> anyhow::Result<Option<OwnedFd>> {
        let Some(root) = &self.root else { return Ok(None) };
        let mut path = self.path.to_owned();
        let mut entered: Option<OwnedFd> = None;
        for part in folder.split('/').filter(|part| !part.is_empty()) {
            let above = entered.as_ref().unwrap_or(root);
            path.push(part);
            let mut found = openat(above, part, FOLDER | OFlags::NOFOLLOW, Mode::empty());
            if make && matches!(found, Err(Errno::NOENT)) {
                match mkdirat(above, part, Mode::RWXU | Mode::RWXG | Mode::RWXO) {
                    // Another thread may have been faster.
                    Ok(()) | Err(Errno::EXIST) => {}
                    Err(error) => {
                        return Err(error).with_context(|| format!("cannot make the folder `{}`", path.display()));
                    }
                }
                found = openat(above, part, FOLDER | OFlags::NOFOLLOW, Mode::empty());
            }
            match found {
                Ok(folder) => entered = Some(folder),
                Err(Errno::NOENT) => return Ok(None),
                Err(Errno::NOTDIR | Errno::LOOP) => return in_the_way(&path, "is not a folder, where one should be"),
                Err(error) => {
                    return Err(error).with_context(|| format!("cannot open the folder `{}`", path.display()));
                }
            }
        }
        // A file in the folder itself has no folders on its way.
        let this = || root.try_clone().with_context(|| format!("cannot open the folder `{}`", self.path.display()));
        entered.map_or_else(this, Ok).map(Some)
    }
}

fn in_the_way<T>(path: &Path, what: &str) -> anyhow::Result<T> {
    Err(anyhow::anyhow!("`{}` {what}", path.display())).hint("move it away, then again")
}

/// The path of a file's folder, and its name there.
fn split(file: &str) -> (&str, &str) {
    file.rsplit_once('/').unwrap_or(("", file))
}

/// The name of a file beside its place. The store sweeps such up where they are left.
fn beside(name: &str, number: u64) -> String {
    format!("{name}#{number}")
}

/// Copies a file to another file system. It is not durable there yet.
fn copy(from: &Path, folder: &OwnedFd, name: &str) -> io::Result<()> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mode = Mode::from_raw_mode(0o666);
    match unlinkat(folder, name, rustix::fs::AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => {}
        Err(error) => return Err(error.into()),
    }
    let mut target = File::from(openat(folder, name, flags, mode)?);
    io::copy(&mut File::open(from)?, &mut target)?;
    fs::remove_file(from)
}

/// Makes what was written to the file system of a folder durable.
pub(super) fn sync(folder: &Path) -> anyhow::Result<()> {
    sync_folders([folder]).with_context(|| format!("cannot make durable what was written to `{}`", folder.display()))
}

//! A folder of the mirror, never left by way of a link.

use std::fs::{self, File};
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

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
    /// The folders on the way to the file that was asked about last, by their names: the next one is often near it.
    way: Vec<(String, OwnedFd)>,
    /// The path of a folder that was not there, as is then all below it.
    missing: Option<String>,
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
            Err(Errno::NOENT) => None,
            opened => Some(opened.with_context(|| format!("cannot open the folder `{}`", path.display()))?),
        };
        Ok(Self { path, root, way: Vec::new(), missing: None })
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
        let (folder, name) = split(file);
        let Some(folder) = self.folder(folder, true)? else { bail!("cannot write `{}`", place.display()) };
        move_file((rustix::fs::CWD, staged), folder, name, number)
            .with_context(|| format!("cannot write `{}`", place.display()))
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
        let Some(root) = &self.root else { return Ok(None) };
        if make {
            self.missing = None;
        } else if self.missing.as_deref().is_some_and(|missing| is_within(path, missing)) {
            return Ok(None);
        }
        let parts = path.split('/').filter(|part| !part.is_empty());
        let shared = self.way.iter().zip(parts.clone()).take_while(|((name, _), part)| name == part).count();
        self.way.truncate(shared);
        for part in parts.skip(shared) {
            let above = self.way.last().map_or(root, |(_, folder)| folder);
            let names = self.way.iter().map(|(name, _)| &**name);
            let below: Vec<&str> = names.chain([part]).collect();
            let Some(folder) = enter(above, part, make, || self.path.join(below.join("/")))? else {
                self.missing = Some(below.join("/"));
                return Ok(None);
            };
            self.way.push((part.to_owned(), folder));
        }
        // A file in the folder itself has no folders on its way.
        Ok(Some(self.way.last().map_or(root, |(_, folder)| folder)))
    }
}

/// Opens a folder that is there.
pub(super) fn open_folder(path: &Path) -> anyhow::Result<OwnedFd> {
    rustix::fs::open(path, FOLDER, Mode::empty())
        .with_context(|| format!("cannot open the folder `{}`", path.display()))
}

/// Whether a path is `folder` or below it.
fn is_within(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Opens the folder `name` in another one, which must not be a link; none if it is not there and is not to be made. `path` is
/// for errors.
pub(super) fn enter(
    above: &OwnedFd,
    name: &str,
    make: bool,
    path: impl Fn() -> PathBuf,
) -> anyhow::Result<Option<OwnedFd>> {
    let mut found = openat(above, name, FOLDER | OFlags::NOFOLLOW, Mode::empty());
    if make && matches!(found, Err(Errno::NOENT)) {
        match mkdirat(above, name, Mode::RWXU | Mode::RWXG | Mode::RWXO) {
            // Another thread may have been faster.
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => {
                return Err(error).with_context(|| format!("cannot make the folder `{}`", path().display()));
            }
        }
        found = openat(above, name, FOLDER | OFlags::NOFOLLOW, Mode::empty());
    }
    match found {
        Ok(folder) => Ok(Some(folder)),
        Err(Errno::NOENT) => Ok(None),
        Err(Errno::NOTDIR | Errno::LOOP) => in_the_way(&path(), "is not a folder, where one should be"),
        Err(error) => Err(error).with_context(|| format!("cannot open the folder `{}`", path().display())),
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

/// Moves the file at a path in an open folder to `name` in another one, or beside it.
pub(super) fn move_file(
    (from, staged): (BorrowedFd<'_>, &Path),
    folder: &OwnedFd,
    name: &str,
    number: u64,
) -> io::Result<Moved> {
    match renameat(from, staged, folder, name) {
        Ok(()) => Ok(Moved::Placed),
        Err(Errno::XDEV) => {
            copy((from, staged), folder, &beside(name, number))?;
            Ok(Moved::Beside)
        }
        Err(error) => Err(error.into()),
    }
}

/// Moves a file to another file system. It is not durable there yet.
fn copy((from, staged): (BorrowedFd<'_>, &Path), folder: &OwnedFd, name: &str) -> io::Result<()> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mode = Mode::from_raw_mode(0o666);
    match unlinkat(folder, name, rustix::fs::AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => {}
        Err(error) => return Err(error.into()),
    }
    let mut target = File::from(openat(folder, name, flags, mode)?);
    let mut source = File::from(openat(from, staged, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?);
    io::copy(&mut source, &mut target)?;
    Ok(unlinkat(from, staged, rustix::fs::AtFlags::empty())?)
}

/// Makes what was written to the file system of a folder durable.
pub(super) fn sync(folder: &Path) -> anyhow::Result<()> {
    sync_folders([folder]).with_context(|| format!("cannot make durable what was written to `{}`", folder.display()))
}

//! The folder of crates, never left by way of a link.

use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use romt_runtime::Hint;
use romt_types::{CrateId, CrateName, PrefixStyle};
use rustix::fs::{Mode, OFlags, mkdirat, openat, renameat, unlinkat};
use rustix::io::Errno;

/// The folder of crates. Below it each folder is entered by itself, and one that is a link is not: whatever stands there,
/// nothing is written elsewhere.
pub(super) struct CratesRoot<'a> {
    path: &'a Path,
    style: PrefixStyle,
    root: Option<OwnedFd>,
    /// The folder of the crate that was asked about last.
    last: Option<(CrateName, OwnedFd)>,
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

impl<'a> CratesRoot<'a> {
    /// The folder at `path`, which need not be there.
    pub(super) fn open(path: &'a Path, style: PrefixStyle) -> anyhow::Result<Self> {
        let root = match rustix::fs::open(path, FOLDER, Mode::empty()) {
            Ok(root) => Some(root),
            Err(Errno::NOENT) => None,
            Err(error) => return Err(error).with_context(|| format!("cannot open the folder `{}`", path.display())),
        };
        Ok(Self { path, style, root, last: None })
    }

    /// The folder at `path`, which is made if it is not there.
    pub(super) fn make(path: &'a Path, style: PrefixStyle) -> anyhow::Result<Self> {
        fs::create_dir_all(path).with_context(|| format!("cannot make the folder `{}`", path.display()))?;
        Self::open(path, style)
    }

    /// Opens what is in the place of a crate, if it is a file of this size. What could not be replaced is an error.
    pub(super) fn file_of_size(&mut self, id: &CrateId, size: u64) -> anyhow::Result<Option<File>> {
        let path = self.path_of(id);
        let Some(folder) = self.folder(&id.name, false)? else { return Ok(None) };
        // Or a named pipe would be waited for.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        // A link, or what must not be read, gives way to the file.
        let Ok(file) = openat(folder, id.file_name(), flags, Mode::empty()) else { return Ok(None) };
        let file = File::from(file);
        let metadata = file.metadata().with_context(|| format!("cannot read `{}`", path.display()))?;
        if metadata.is_dir() {
            return in_the_way(&path, "is a folder, where a crate should be");
        }
        Ok((metadata.is_file() && metadata.len() == size).then_some(file))
    }

    /// Moves `staged`, file `number` of an archive, to the place of `id`.
    pub(super) fn place(&mut self, staged: &Path, number: u64, id: &CrateId) -> anyhow::Result<Moved> {
        let place = self.path_of(id);
        let failed = || format!("cannot write `{}`", place.display());
        let Some(folder) = self.folder(&id.name, true)? else { bail!("{}", failed()) };
        match renameat(rustix::fs::CWD, staged, folder, id.file_name()) {
            Ok(()) => Ok(Moved::Placed),
            Err(Errno::XDEV) => {
                let beside = beside(id, number);
                copy(staged, folder, &beside).with_context(failed)?;
                Ok(Moved::Beside)
            }
            Err(error) => Err(error).with_context(failed),
        }
    }

    /// Moves a file that is [beside its place](Moved::Beside) into it. False if it is not there.
    pub(super) fn place_from_beside(&mut self, number: u64, id: &CrateId) -> anyhow::Result<bool> {
        let place = self.path_of(id);
        let Some(folder) = self.folder(&id.name, false)? else { return Ok(false) };
        match renameat(folder, beside(id, number), folder, id.file_name()) {
            Ok(()) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(error).with_context(|| format!("cannot write `{}`", place.display())),
        }
    }

    fn path_of(&self, id: &CrateId) -> PathBuf {
        self.path.join(id.path(self.style))
    }

    /// The folder of a crate's versions; none if it is not there and is not to be made.
    fn folder(&mut self, name: &CrateName, make: bool) -> anyhow::Result<Option<&OwnedFd>> {
        if self.last.as_ref().is_none_or(|(last, _)| last != name) {
            self.last = self.enter(name, make)?.map(|folder| (name.clone(), folder));
        }
        Ok(self.last.as_ref().map(|(_, folder)| folder))
    }

    fn enter(&self, name: &CrateName, make: bool) -> anyhow::Result<Option<OwnedFd>> {
        let Some(root) = &self.root else { return Ok(None) };
        let mut path = self.path.to_owned();
        let mut entered: Option<OwnedFd> = None;
        for part in self.style.prefix(name).split('/').chain([name.as_str()]) {
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
        Ok(entered)
    }
}

fn in_the_way<T>(path: &Path, what: &str) -> anyhow::Result<T> {
    Err(anyhow::anyhow!("`{}` {what}", path.display())).hint("move it away, then again")
}

/// The name of a file beside its place. The store sweeps such up where they are left.
fn beside(id: &CrateId, number: u64) -> String {
    format!("{}#{number}", id.file_name())
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

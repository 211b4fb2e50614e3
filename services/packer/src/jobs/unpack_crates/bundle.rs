//! The bundle of the index: out of the archive, and to its place.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use romt_bundle::{ArchiveEntry, CratesArchiveReader, CratesMember};
use romt_index::{BundleError, GitProgram, IncomingIndex, IndexRepository, Watch};
use romt_runtime::Hint;
use tokio_util::sync::CancellationToken;

use super::UnpackOrder;
use super::outcome::UnpackEvent;
use crate::Stopped;
use crate::jobs::pipe::read_error;

/// As much of it as is copied at once.
const BUFFER: usize = 256 << 10;

/// Takes the bundle out of an archive and writes it to `target`. Returns the archive, to read the crates from: all of them
/// come behind the bundle, or the archive is begun anew.
///
/// Python romt writes the bundle first, but takes it from anywhere.
pub(super) fn take_out(
    order: &UnpackOrder,
    mut archive: CratesArchiveReader<File>,
    target: &Path,
    stop: &CancellationToken,
) -> anyhow::Result<CratesArchiveReader<File>> {
    let mut crates_before = false;
    while let Some(mut entry) = archive.next_entry()? {
        Stopped::check(stop)?;
        if *entry.member() != CratesMember::Index {
            crates_before = true;
            continue;
        }
        write(&mut entry, target, stop)?;
        return if crates_before { Ok(CratesArchiveReader::open(&order.archive, order.limits)?) } else { Ok(archive) };
    }
    // The reader does not call an archive without it whole.
    bail!("there is no bundle of the index in the archive `{}`", order.archive.display())
}

fn write(
    entry: &mut ArchiveEntry<'_, CratesMember, File>,
    target: &Path,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let failed = || format!("cannot write `{}`", target.display());
    let mut file = File::create_new(target).with_context(failed)?;
    let mut buffer = vec![0; BUFFER];
    loop {
        Stopped::check(stop)?;
        match entry.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => file.write_all(&buffer[..count]).with_context(failed)?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(read_error(error)),
        }
    }
}

/// Has the repository take the bundle into quarantine.
pub(super) fn receive(
    order: &UnpackOrder,
    bundle: &Path,
    repository: &IndexRepository,
    git: Option<&GitProgram>,
    on: &mut dyn FnMut(UnpackEvent<'_>),
    stop: &CancellationToken,
) -> anyhow::Result<IncomingIndex> {
    let archive = order.archive.display();
    let stopped = || stop.is_cancelled();
    let mut tell = |line: &str| on(UnpackEvent::Git(line));
    match repository.receive_bundle(git, bundle, &mut Watch::new(&stopped, &mut tell)) {
        Ok(incoming) => Ok(incoming),
        Err(BundleError::Stopped) => Err(Stopped.into()),
        Err(error @ (BundleError::Io { .. } | BundleError::Run(_) | BundleError::Index(_))) => {
            Err(error).with_context(|| format!("cannot read the index in the archive `{archive}`"))
        }
        Err(error @ BundleError::MissingPrerequisites { .. }) => Err(error)
            .with_context(|| format!("the archive `{archive}` builds on others that are not here"))
            .hint("take over the archives before it first, or have one made from an older `--start`"),
        Err(error) => Err(error).with_context(|| format!("the archive `{archive}` is refused for its index")),
    }
}

/// The bundle beside its place, durable: to give it its name is all that is left to do. Removed when it is dropped before.
#[derive(Debug)]
pub(super) struct ReadyBundle {
    beside: PathBuf,
    place: PathBuf,
}

impl ReadyBundle {
    /// Moves `bundle`, which is durable, beside `place`.
    pub(super) fn new(bundle: &Path, place: &Path) -> anyhow::Result<Self> {
        let failed = || format!("cannot write `{}`", place.display());
        let Some(name) = place.file_name() else { bail!("`{}` is not the path of a file", place.display()) };
        if fs::symlink_metadata(place).is_ok_and(|metadata| metadata.is_dir()) {
            return Err(anyhow::anyhow!("`{}` is a folder, where the bundle of the index should be", place.display()))
                .hint("move it away, then again");
        }
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(".tmp");
        let ready = Self { beside: place.with_file_name(hidden), place: place.to_owned() };
        fs::create_dir_all(ready.folder()).with_context(failed)?;
        match fs::rename(bundle, &ready.beside) {
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
                copy(bundle, &ready.beside).with_context(failed)?;
            }
            renamed => renamed.with_context(failed)?,
        }
        Ok(ready)
    }

    /// Puts it in its place, durably.
    pub(super) fn commit(self) -> anyhow::Result<()> {
        fs::rename(&self.beside, &self.place)
            .and_then(|()| File::open(self.folder())?.sync_all())
            .with_context(|| format!("cannot write `{}`", self.place.display()))
    }

    /// The folder it is in.
    pub(super) fn folder(&self) -> &Path {
        self.place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }
}

impl Drop for ReadyBundle {
    fn drop(&mut self) {
        // After a commit there is none of this name any more. One that cannot be removed is replaced the next time.
        let _ = fs::remove_file(&self.beside);
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    match fs::remove_file(to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = File::create_new(to)?;
    io::copy(&mut File::open(from)?, &mut file)?;
    file.sync_all()
}

//! Brings crates from where they were staged to their places.

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use anyhow::{Context as _, anyhow};
use romt_storage::StorageKey;
use romt_types::{CrateId, Digest, PrefixStyle};
use rustix::fs::{AtFlags, Dir, FileType, Mode, fgetxattr, fstat, renameat, statat};
use rustix::io::Errno;
use tokio_util::sync::CancellationToken;

use super::staged::entries;
use crate::Stopped;
use crate::jobs::destination::{Destination, StoreDestination, WaitingFile};
use crate::jobs::mirror_folder::{MirrorFolder, Moved, enter, move_file, open_folder, sync};
use crate::jobs::staging_folder::StagingFolder;

/// The number of the name that files have beside their places.
const BESIDE: u64 = 0;

/// Gives every crate in `tree` its place, and makes that durable. The files themselves must be durable before: a name after a
/// power cut must not lead to an empty file.
pub(super) fn place(
    destination: &Destination,
    style: PrefixStyle,
    folder: &StagingFolder,
    tree: &Path,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    match destination {
        Destination::Folder(crates_root) => move_all(crates_root, style, folder, tree, stop),
        Destination::Store(store) => copy_all(store, style, folder, tree, stop),
    }
}

/// Copies them to a store. What replaces another file comes last: the index goes on listing that one until it is told
/// otherwise, which is what happens next.
fn copy_all(
    store: &StoreDestination,
    style: PrefixStyle,
    folder: &StagingFolder,
    tree: &Path,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let waiting = |entry: anyhow::Result<(CrateId, Digest)>| {
        let (id, digest) = entry?;
        let path = tree.join(id.path(style));
        Ok(WaitingFile { key: StorageKey::Crate { id, style }, path, digest })
    };
    let others = store.add(entries(folder)?.map(waiting), stop)?;
    if others.is_empty() {
        return Ok(());
    }
    let mut others = others.into_iter().peekable();
    let others = (0..).zip(entries(folder)?).filter(move |(number, _)| others.next_if_eq(number).is_some());
    store.replace(others.map(|(_, entry)| waiting(entry)), stop)
}

/// Moves them into a folder.
fn move_all(
    crates_root: &Path,
    style: PrefixStyle,
    folder: &StagingFolder,
    tree: &Path,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let mut root = MirrorFolder::make(crates_root)?;
    let mut placing = Placing { stop, beside: false };
    placing.merge(&open_folder(tree)?, &open_folder(crates_root)?, crates_root)?;
    sync(crates_root)?;
    if placing.beside {
        for entry in entries(folder)? {
            Stopped::check(stop)?;
            root.place_from_beside(BESIDE, &entry?.0.path(style))?;
        }
        sync(crates_root)?;
    }
    Ok(())
}

struct Placing<'a> {
    stop: &'a CancellationToken,
    /// Whether some could not be moved to their places.
    beside: bool,
}

impl Placing<'_> {
    /// Moves everything in one folder to another one, whose path is `path`: whole folders where there is none of their name.
    fn merge(&mut self, from: &OwnedFd, into: &OwnedFd, path: &Path) -> anyhow::Result<()> {
        let whole = !hands_down(into);
        for (name, is_folder) in names(from)? {
            Stopped::check(self.stop)?;
            let place = path.join(&name);
            if !is_folder {
                let moved = move_file((from.as_fd(), Path::new(&name)), into, &name, BESIDE)
                    .with_context(|| format!("cannot write `{}`", place.display()))?;
                self.beside |= moved == Moved::Beside;
                continue;
            }
            // Mostly it fails because there is one with something in it; whatever it is, the files in it are tried then.
            if whole && renameat(from, &*name, into, &*name).is_ok() {
                continue;
            }
            let below = enter(from, &name, false, || Path::new(&name).to_owned())?;
            let place_below = enter(into, &name, true, || place.clone())?;
            let (Some(below), Some(place_below)) = (below, place_below) else {
                return Err(anyhow!("`{}` is gone", place.display()));
            };
            self.merge(&below, &place_below, &place)?;
        }
        Ok(())
    }
}

/// The names of what is in a folder, and whether it is a folder. A folder of the tree holds no more than the crates that share
/// the first letters.
fn names(folder: &OwnedFd) -> anyhow::Result<Vec<(String, bool)>> {
    let read = || -> anyhow::Result<Vec<_>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_str()?.to_owned();
            let kind = match entry.file_type() {
                FileType::Unknown => {
                    FileType::from_raw_mode(statat(folder, &*name, AtFlags::SYMLINK_NOFOLLOW)?.st_mode)
                }
                kind => kind,
            };
            if name != "." && name != ".." {
                names.push((name, kind == FileType::Directory));
            }
        }
        Ok(names)
    };
    read().context("cannot read a folder of what was unpacked")
}

/// The attribute that says which rights a new file or folder in a folder has.
const DEFAULT_RIGHTS: &str = "system.posix_acl_default";

/// Whether what is made in a folder takes after it: its group, or who may do what. Then a folder that was made elsewhere is
/// another one than if it had been made there.
fn hands_down(folder: &OwnedFd) -> bool {
    let group = fstat(folder).is_ok_and(|stat| Mode::from_raw_mode(stat.st_mode).contains(Mode::SGID));
    // As much as it may be, only whether there is any counts: where there is more than no room, that is an error.
    group || !matches!(fgetxattr(folder, DEFAULT_RIGHTS, &mut [0_u8; 0]), Err(Errno::NODATA | Errno::OPNOTSUPP))
}

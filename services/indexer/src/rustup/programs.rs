//! `dist/`: the programs of the stable release once more, where people look for them.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use romt_dist::{ReleaseVersion, RustupKey, Target};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use super::releases::{hash_of, program};

/// Where the next `dist/` is made. No key leads there, so nobody is served from it.
const NEXT: &str = ".dist.new";
const DIST: &str = "dist";

/// Makes `dist/` hold the programs of a release, and nothing else: all at once where the file system can, else file by
/// file; at no time is it not there. Returns whether it was anything else before. Blocks.
pub(super) fn remake(dest: &Path, version: ReleaseVersion, targets: &BTreeSet<Target>) -> io::Result<bool> {
    let (dist, next) = (dest.join(DIST), dest.join(NEXT));
    remove_folder(&next)?;
    let files = files(dest, version, targets)?;
    if is_made_of(dest, &dist, &files)? {
        return Ok(false);
    }
    for (from, to) in &files {
        let to = next.join(below_dist(to));
        fs::create_dir_all(to.parent().unwrap_or(&next))?;
        copy(&dest.join(from.to_string()), &to)?;
    }
    put_in_place(&next, &dist)?;
    remove_folder(&next)?;
    Ok(true)
}

/// A file of the release, and what it is in `dist/`.
type Copy = (RustupKey, RustupKey);

fn files(dest: &Path, version: ReleaseVersion, targets: &BTreeSet<Target>) -> io::Result<Vec<Copy>> {
    let mut files = Vec::new();
    for target in targets {
        let from = program(version, target);
        let to = RustupKey::Dist { target: target.clone(), hash: false };
        // A program without its hash file is what Python romt makes of some.
        if dest.join(hash_of(&from).to_string()).try_exists()? {
            files.push((hash_of(&from), hash_of(&to)));
        }
        files.push((from, to));
    }
    Ok(files)
}

fn below_dist(key: &RustupKey) -> String {
    let path = key.to_string();
    path.strip_prefix("dist/").map(str::to_owned).unwrap_or(path)
}

/// Whether the folder holds these very files, and no other.
fn is_made_of(dest: &Path, dist: &Path, files: &[Copy]) -> io::Result<bool> {
    for (from, to) in files {
        let Some(to) = found(fs::symlink_metadata(dest.join(to.to_string())))? else { return Ok(false) };
        let from = fs::metadata(dest.join(from.to_string()))?;
        if (from.dev(), from.ino()) != (to.dev(), to.ino()) {
            return Ok(false);
        }
    }
    Ok(found(count_files(dist))? == Some(files.len()))
}

fn count_files(folder: &Path) -> io::Result<usize> {
    let mut count = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        count += if entry.file_type()?.is_dir() { count_files(&entry.path())? } else { 1 };
    }
    Ok(count)
}

/// A second name for a file; a copy where that cannot be.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    // Of a link it is the file that is meant.
    let from = from.canonicalize()?;
    fs::hard_link(&from, to).or_else(|_| fs::copy(&from, to).map(drop))
}

/// Puts the folder `next` where `dist` is. What is in `next` then is of no use any more.
fn put_in_place(next: &Path, dist: &Path) -> io::Result<()> {
    fs::create_dir_all(next)?;
    if found(fs::symlink_metadata(dist))?.is_none() {
        return fs::rename(next, dist);
    }
    match renameat_with(CWD, next, CWD, dist, RenameFlags::EXCHANGE) {
        // A mount of its own, or a file system that cannot.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP | Errno::XDEV | Errno::BUSY) => move_files(next, dist),
        exchanged => Ok(exchanged?),
    }
}

/// Moves each file of `next` over that of `dist`, and removes what only `dist` has.
fn move_files(next: &Path, dist: &Path) -> io::Result<()> {
    fs::create_dir_all(dist)?;
    let mut moved = BTreeSet::new();
    for entry in fs::read_dir(next)? {
        let entry = entry?;
        moved.insert(entry.file_name());
        let (from, to) = (entry.path(), dist.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            move_files(&from, &to)?;
        } else if let Err(error) = fs::rename(&from, &to) {
            if error.kind() != io::ErrorKind::CrossesDevices {
                return Err(error);
            }
            let staged = dist.join(format!("{}#1", entry.file_name().display()));
            fs::copy(&from, &staged)?;
            fs::rename(&staged, &to)?;
        }
    }
    for entry in fs::read_dir(dist)? {
        let entry = entry?;
        if moved.contains(&entry.file_name()) {
            continue;
        }
        if entry.file_type()?.is_dir() { fs::remove_dir_all(entry.path())? } else { fs::remove_file(entry.path())? }
    }
    Ok(())
}

fn remove_folder(folder: &Path) -> io::Result<()> {
    found(fs::remove_dir_all(folder)).map(drop)
}

fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_folders_cannot_be_exchanged_files_are_moved() {
        let folder = tempfile::tempdir().unwrap();
        let (next, dist) = (folder.path().join("next"), folder.path().join("dist"));
        for (name, content) in
            [("next/a/x", "new"), ("next/b/x", "new"), ("dist/a/x", "old"), ("dist/a/y", "old"), ("dist/c/x", "old")]
        {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        move_files(&next, &dist).unwrap();
        assert_eq!(count_files(&dist).unwrap(), 2);
        for name in ["a/x", "b/x"] {
            assert_eq!(fs::read_to_string(dist.join(name)).unwrap(), "new");
        }
        assert!(!dist.join("c").exists());
    }
}

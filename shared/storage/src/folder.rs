//! What a folder needs beyond `object_store`: one sync for many files, and sweeping after a kill.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use romt_types::{Digest, Hasher};

use crate::tree::Tree;
use crate::{SeenFiles, StorageError, StorageKey};

/// The folders of a mirror that may be mounts or links of their own.
const PLACES: [&str; 6] = ["", "crates", "git", "dist", "rustup", ".romt"];

/// Flushes the file systems that hold the mirror: all files and names written before the call are durable after it.
pub(crate) fn sync(mirror: &Path) -> io::Result<()> {
    sync_folders(PLACES.map(|place| mirror.join(place)))
}

/// Flushes the file systems that hold these folders, each once: all files and names written to them before the call are
/// durable after it. A folder that is not there is passed over. Blocks.
pub fn sync_folders(folders: impl IntoIterator<Item = impl AsRef<Path>>) -> io::Result<()> {
    let mut synced = Vec::new();
    for folder in folders {
        let folder = match File::open(folder) {
            Ok(folder) => folder,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        let device = folder.metadata()?.dev();
        if !synced.contains(&device) {
            rustix::fs::syncfs(&folder)?;
            synced.push(device);
        }
    }
    Ok(())
}

/// Removes the files under `keys` and the folders that are empty then, down from that of their kind; returns which of them
/// were there.
pub(crate) fn remove(mirror: &Path, tree: Tree, keys: &[StorageKey]) -> io::Result<Vec<bool>> {
    let remove = |key: &StorageKey| {
        let top = mirror.join(tree.path_of(key.folder()));
        let path = mirror.join(tree.path_of(&key.to_string()));
        let was_there = match fs::remove_file(&path) {
            Ok(()) => true,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => false,
            Err(error) => return Err(error),
        };
        for folder in path.ancestors().skip(1).take_while(|folder| *folder != top && folder.starts_with(&top)) {
            // Also where the file was gone before: an interrupted run may have left its folders.
            match fs::remove_dir(folder) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => break,
                Err(error) => return Err(error),
            }
        }
        Ok(was_there)
    };
    keys.iter().map(remove).collect()
}

/// The sizes of the files under `keys`, `None` for those that are not there.
pub(crate) fn sizes(mirror: &Path, tree: Tree, keys: &[StorageKey]) -> io::Result<Vec<Option<u64>>> {
    let size = |key: &StorageKey| match fs::metadata(mirror.join(tree.path_of(&key.to_string()))) {
        Ok(metadata) => Ok(metadata.is_file().then_some(metadata.len())),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    };
    keys.iter().map(size).collect()
}

/// As much of a file as is read at once.
const PIECE: usize = 256 * 1024;

/// The digests of the files under `keys`, `None` for those that are not there. A file that was `seen` to have the digest
/// beside its key, and is the same still, is not read.
pub(crate) fn digests(
    mirror: &Path,
    tree: Tree,
    keys: &[(StorageKey, Option<Digest>)],
    seen: &SeenFiles,
) -> Vec<Result<Option<Digest>, StorageError>> {
    let mut piece = Vec::new();
    let mut digest = |key: &str, expected: Option<Digest>| -> io::Result<Option<Digest>> {
        let path = mirror.join(tree.path_of(key));
        if let Some(expected) = expected
            && fs::metadata(&path).is_ok_and(|metadata| seen.has(&expected, &metadata))
        {
            return Ok(Some(expected));
        }
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        piece.resize(PIECE, 0);
        let mut hasher = Hasher::default();
        loop {
            match file.read(&mut piece) {
                Ok(0) => return Ok(Some(hasher.finish())),
                Ok(count) => hasher.update(&piece[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    };
    let digest = |(key, expected): &(StorageKey, Option<Digest>)| {
        let key = key.to_string();
        digest(&key, *expected).map_err(|error| StorageError::from_io(&key, error))
    };
    keys.iter().map(digest).collect()
}

/// Where an archive is unpacked before it is believed.
const UNPACK: &str = ".romt/unpack";

/// Removes the files that are staged as `KEY#NUMBER`, everything that still waits in the incoming folder, and what was
/// unpacked of an archive that was not believed yet.
pub(crate) fn sweep(mirror: &Path, tree: Tree) -> io::Result<u64> {
    let mut removed = sweep_files(mirror, tree, &|_| Ok(true))?;
    removed += remove_files(&mirror.join(UNPACK), "", &|_| true, &|_| Ok(true))?;
    // Its files wait in folders of their own.
    match fs::remove_dir_all(mirror.join(UNPACK)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(removed),
    }
}

/// The same for what nobody has written to for `age`, and without what was unpacked: others are at work.
pub(crate) fn sweep_abandoned(mirror: &Path, tree: Tree, age: Duration) -> io::Result<u64> {
    let now = SystemTime::now();
    let is_old = |entry: &fs::DirEntry| {
        let modified = entry.metadata()?.modified()?;
        Ok(now.duration_since(modified).is_ok_and(|passed| passed >= age))
    };
    sweep_files(mirror, tree, &is_old)
}

/// Removes the files that are staged for a key, and those that wait for their place or were handed over, where `doomed` says
/// so.
fn sweep_files(mirror: &Path, tree: Tree, doomed: &Doomed<'_>) -> io::Result<u64> {
    let mut removed = 0;
    for prefix in tree.prefixes() {
        // A part of a mirror may be in a folder that holds other things, so only what is staged for a key is ours.
        removed += remove_files(&mirror.join(tree.path_of(prefix)), prefix, &is_staged, doomed)?;
    }
    for waiting in [StorageKey::INCOMING, StorageKey::HANDOVER] {
        removed += remove_files(&mirror.join(waiting), "", &|_| true, doomed)?;
    }
    Ok(removed)
}

/// Whether a file may go.
type Doomed<'a> = dyn Fn(&fs::DirEntry) -> io::Result<bool> + 'a;

fn is_staged(path: &str) -> bool {
    path.rsplit_once('#').is_some_and(|(key, number)| {
        !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) && key.parse::<StorageKey>().is_ok()
    })
}

/// Removes the files below `folder` that `unwanted` picks by their path, `within` and on, and that are `doomed`; follows no
/// link.
fn remove_files(folder: &Path, within: &str, unwanted: &dyn Fn(&str) -> bool, doomed: &Doomed<'_>) -> io::Result<u64> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let mut removed = 0;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        // A name that is no text is none that we gave.
        let Some(name) = name.to_str() else { continue };
        let path = format!("{within}{name}");
        if entry.file_type()?.is_dir() {
            removed += remove_files(&entry.path(), &format!("{path}/"), unwanted, doomed)?;
        } else if unwanted(&path) {
            // Who is at work may have put it in its place by now.
            match doomed(&entry)
                .and_then(|doomed| if doomed { fs::remove_file(entry.path()).map(|()| 1) } else { Ok(0) })
            {
                Ok(count) => removed += count,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_are_at_work_on_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("crates")).unwrap();
        fs::write(folder.path().join("crates/config.toml#1"), "new").unwrap();
        let old = File::create(folder.path().join("crates/config.toml#2")).unwrap();
        let hour = Duration::from_hours(1);
        old.set_modified(SystemTime::now() - 2 * hour).unwrap();
        assert_eq!(sweep_abandoned(folder.path(), Tree::Mirror, hour).unwrap(), 1);
        assert!(folder.path().join("crates/config.toml#1").exists());
        assert!(!folder.path().join("crates/config.toml#2").exists());
    }

    #[test]
    fn sweeping_takes_what_was_left_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        };
        let kept = [
            "crates/se/rd/serde/serde-1.0.0.crate",
            "crates/config.toml",
            "crates/odd#name",
            "crates/notes#1",
            "dist/channel-rust-stable.toml",
            "dist/2026-04-16/notes#1",
            "rustup/release-stable.toml",
            "other#1",
        ];
        for name in kept {
            put(name);
        }
        put("crates/se/rd/serde/serde-1.0.0.crate#1");
        put("crates/config.toml#3");
        put("dist/channel-rust-stable.toml.sha256#12");
        put("dist/2026-04-16/rust-src-1.95.0.tar.xz#1");
        put("rustup/archive/1.29.0/x86_64-unknown-linux-gnu/rustup-init#1");
        put(&format!(".romt/incoming/{}", "0".repeat(64)));
        put(".romt/unpack/17");
        put(".romt/unpack/crates/se/rd/serde/serde-1.0.0.crate");
        put(".romt/handover/1/list");
        assert_eq!(sweep(folder.path(), Tree::Mirror).unwrap(), 9);
        assert!(!folder.path().join(UNPACK).exists());
        for name in kept {
            assert!(folder.path().join(name).exists(), "{name}");
        }
        assert_eq!(sweep(folder.path(), Tree::Mirror).unwrap(), 0);
    }
}

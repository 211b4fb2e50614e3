//! What a folder needs beyond `object_store`: one sync for many files, and sweeping after a kill.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use romt_types::{Digest, Hasher};

use crate::storage::Tree;
use crate::{StorageError, StorageKey};

/// The folders of a mirror that may be mounts or links of their own.
const PLACES: [&str; 4] = ["", "crates", "git", ".romt"];

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

/// Removes the files under `keys` and the folders that are empty then, down from that of all crates; returns which of
/// them were there.
pub(crate) fn remove(mirror: &Path, tree: Tree, keys: &[StorageKey]) -> io::Result<Vec<bool>> {
    let crates = mirror.join(tree.path_of(StorageKey::CRATES));
    let remove = |key: &StorageKey| {
        let path = mirror.join(tree.path_of(&key.to_string()));
        let was_there = match fs::remove_file(&path) {
            Ok(()) => true,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => false,
            Err(error) => return Err(error),
        };
        for folder in path.ancestors().skip(1).take_while(|folder| *folder != crates && folder.starts_with(&crates)) {
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

/// The digests of the files under `keys`, `None` for those that are not there.
pub(crate) fn digests(mirror: &Path, tree: Tree, keys: &[StorageKey]) -> Vec<Result<Option<Digest>, StorageError>> {
    let mut piece = vec![0; PIECE];
    let mut digest = |key: &str| -> io::Result<Option<Digest>> {
        let mut file = match File::open(mirror.join(tree.path_of(key))) {
            Ok(file) => file,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
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
    let keys = keys.iter().map(ToString::to_string);
    keys.map(|key| digest(&key).map_err(|error| StorageError::from_io(&key, error))).collect()
}

/// Where an archive is unpacked before it is believed.
const UNPACK: &str = ".romt/unpack";

/// Removes the files that are staged as `NAME#NUMBER`, everything that still waits in the incoming folder, and what was
/// unpacked of an archive that was not believed yet.
pub(crate) fn sweep(mirror: &Path, tree: Tree) -> io::Result<u64> {
    let staged = remove_files(&mirror.join(tree.path_of(StorageKey::CRATES)), &is_staged)?;
    let incoming = remove_files(&mirror.join(StorageKey::INCOMING), &|_| true)?;
    let unpacked = remove_files(&mirror.join(UNPACK), &|_| true)?;
    Ok(staged + incoming + unpacked)
}

fn is_staged(name: &str) -> bool {
    let number = name.rsplit_once('#').map(|(_, number)| number);
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

/// Removes the files below `folder` whose name `unwanted` picks; follows no link.
fn remove_files(folder: &Path, unwanted: &dyn Fn(&str) -> bool) -> io::Result<u64> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let mut removed = 0;
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            removed += remove_files(&entry.path(), unwanted)?;
        } else if entry.file_name().to_str().is_some_and(unwanted) {
            fs::remove_file(entry.path())?;
            removed += 1;
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sweeping_takes_what_was_left_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        };
        let kept = ["crates/se/rd/serde/serde-1.0.0.crate", "crates/config.toml", "crates/odd#name", "other#1"];
        for name in kept {
            put(name);
        }
        put("crates/se/rd/serde/serde-1.0.0.crate#1");
        put(&format!(".romt/incoming/{}", "0".repeat(64)));
        put(".romt/unpack/17");
        assert_eq!(sweep(folder.path(), Tree::Mirror).unwrap(), 3);
        for name in kept {
            assert!(folder.path().join(name).exists(), "{name}");
        }
        assert_eq!(sweep(folder.path(), Tree::Mirror).unwrap(), 0);
    }
}

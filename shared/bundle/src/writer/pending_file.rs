//! A file that takes its name only when it is complete.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The file `.<name>.tmp` beside the file it is to become; removed when it is dropped before.
///
/// One that a killed process left is replaced. Of two processes that write the same file at once, the later one wins
/// and the earlier one fails: it looks whether the file is still its own before it renames it.
#[derive(Debug)]
pub(super) struct PendingFile {
    target: PathBuf,
    folder: PathBuf,
    path: PathBuf,
    /// Device and number of the file.
    identity: (u64, u64),
}

impl PendingFile {
    /// Makes the file that is to become `target`.
    pub(super) fn create(target: &Path) -> io::Result<(Self, File)> {
        let name = target
            .file_name()
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the path ends in no file name"))?;
        let folder = match target.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(".tmp");
        let path = folder.join(hidden);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        // New, so that no link that somebody put there is followed.
        let file = File::create_new(&path)?;
        let identity = identity(&file.metadata()?);
        Ok((Self { target: target.to_owned(), folder, path, identity }, file))
    }

    /// Makes `file` durable and gives it its name, in place of what has that name.
    pub(super) fn commit(self, file: File) -> io::Result<()> {
        file.sync_all()?;
        if !self.is_ours() {
            return Err(io::Error::other(format!("another process removed or replaced `{}`", self.path.display())));
        }
        fs::rename(&self.path, &self.target)?;
        File::open(&self.folder)?.sync_all()
    }

    fn is_ours(&self) -> bool {
        fs::symlink_metadata(&self.path).is_ok_and(|metadata| identity(&metadata) == self.identity)
    }
}

impl Drop for PendingFile {
    fn drop(&mut self) {
        // After a commit there is none of this name any more. One that cannot be removed is replaced the next time.
        if self.is_ours() {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn identity(metadata: &fs::Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn replaces_only_when_committed() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a");
        fs::write(&target, "old").unwrap();
        let (pending, mut file) = PendingFile::create(&target).unwrap();
        file.write_all(b"new").unwrap();
        assert_eq!(names(folder.path()), [".a.tmp", "a"]);
        assert_eq!(fs::read(&target).unwrap(), b"old");
        pending.commit(file).unwrap();
        assert_eq!(names(folder.path()), ["a"]);
        assert_eq!(fs::read(&target).unwrap(), b"new");

        drop(PendingFile::create(&target).unwrap());
        assert_eq!(names(folder.path()), ["a"]);
        assert_eq!(fs::read(&target).unwrap(), b"new");
    }

    #[test]
    fn a_link_in_its_place_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let victim = folder.path().join("victim");
        fs::write(&victim, "precious").unwrap();
        std::os::unix::fs::symlink(&victim, folder.path().join(".a.tmp")).unwrap();
        let target = folder.path().join("a");
        let (pending, mut file) = PendingFile::create(&target).unwrap();
        file.write_all(b"new").unwrap();
        pending.commit(file).unwrap();
        assert_eq!(fs::read(&victim).unwrap(), b"precious");
        assert_eq!(fs::read(&target).unwrap(), b"new");
    }

    #[test]
    fn of_two_at_once_the_later_wins() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a");
        let (first, file_1) = PendingFile::create(&target).unwrap();
        let (second, mut file_2) = PendingFile::create(&target).unwrap();
        file_2.write_all(b"second").unwrap();
        assert!(first.commit(file_1).is_err());
        second.commit(file_2).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"second");
        assert_eq!(names(folder.path()), ["a"]);
    }

    #[test]
    fn a_path_without_a_name_or_folder_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(PendingFile::create(Path::new("..")).is_err());
        assert!(PendingFile::create(&folder.path().join("absent/a")).is_err());
    }
}

//! Where what comes out of an archive waits until the archive is believed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// A folder of numbered files, removed when it is dropped. What a killed process left of it is removed first.
pub(crate) struct StagingFolder(PathBuf);

impl StagingFolder {
    /// Makes the folder below `state`, the folder of romt's own state, which is made too.
    pub(crate) fn fresh(state: &Path) -> anyhow::Result<Self> {
        let folder = state.join("unpack");
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot remove what was left in `{}`", folder.display()));
            }
            _ => {}
        }
        fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
        Ok(Self(folder))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// The file with this number.
    pub(super) fn file(&self, number: u64) -> PathBuf {
        self.0.join(number.to_string())
    }
}

impl Drop for StagingFolder {
    fn drop(&mut self) {
        // What cannot be removed now is removed the next time.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_is_removed_and_so_is_the_rest_at_the_end() {
        let state = tempfile::tempdir().unwrap();
        fs::create_dir_all(state.path().join("unpack/deeper")).unwrap();
        fs::write(state.path().join("unpack/deeper/17"), "x").unwrap();
        let folder = StagingFolder::fresh(state.path()).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        fs::write(folder.file(1), "x").unwrap();
        drop(folder);
        assert_eq!(fs::read_dir(state.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_link_in_its_place_is_not_followed() {
        let state = tempfile::tempdir().unwrap();
        let other = tempfile::tempdir().unwrap();
        fs::write(other.path().join("precious"), "x").unwrap();
        std::os::unix::fs::symlink(other.path(), state.path().join("unpack")).unwrap();
        let folder = StagingFolder::fresh(state.path()).unwrap();
        assert!(folder.path().symlink_metadata().unwrap().is_dir());
        assert!(other.path().join("precious").exists());
    }
}

//! Where a mirror's crates and their index are.

use std::path::{Path, PathBuf};

use crate::home::{STATE, home, up};

/// The two folders of a crates mirror: the INDEX and the `CRATES_ROOT` of Python romt, which may be anywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrateRoots {
    index: PathBuf,
    crates: PathBuf,
}

/// What the folder of crates is called in a mirror's own layout.
const CRATES: &str = "crates";
/// Where the index is in a mirror's own layout.
const INDEX: &str = "git/crates.io-index";
impl CrateRoots {
    /// The index at `index`, the crates below `crates`.
    pub fn new(index: PathBuf, crates: PathBuf) -> Self {
        Self { index, crates }
    }

    /// The index repository.
    pub fn index(&self) -> &Path {
        &self.index
    }

    /// The folder of crates.
    pub fn crates(&self) -> &Path {
        &self.crates
    }

    /// Where romt remembers things about these crates: in the mirror around them if they have its layout.
    pub fn state(&self) -> PathBuf {
        self.crates_home().join(STATE)
    }

    /// The folders to take the lock of, in the order in which to take them, before either root is written: with the layout
    /// of a mirror one, the same that `romt up` takes.
    pub fn lock_folders(&self) -> Vec<PathBuf> {
        let mut folders = vec![self.crates_home(), self.index_home()];
        // Two names of one folder would be two locks on one file, the second of which is never to be had.
        folders.sort_by_cached_key(|folder| folder.canonicalize().unwrap_or_else(|_| folder.clone()));
        folders.dedup_by_key(|folder| folder.canonicalize().unwrap_or_else(|_| folder.clone()));
        folders
    }

    fn crates_home(&self) -> PathBuf {
        home(&self.crates, CRATES)
    }

    fn index_home(&self) -> PathBuf {
        if self.index.ends_with(INDEX) {
            return up(&self.index, 2);
        }
        // A folder of git's own is the one place there where nobody looks for files.
        let with_work_tree = self.index.join(".git");
        if with_work_tree.is_dir() { with_work_tree } else { self.index.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_s_own_layout_has_one_home() {
        for (index, crates, home) in [
            ("git/crates.io-index", "crates", "."),
            ("./git/crates.io-index", "crates/", "."),
            ("/srv/m/git/crates.io-index", "/srv/m/crates", "/srv/m"),
        ] {
            let roots = CrateRoots::new(index.into(), crates.into());
            assert_eq!(roots.lock_folders(), [Path::new(home)], "{index} {crates}");
            assert_eq!(roots.state(), Path::new(home).join(".romt"));
        }
    }

    #[test]
    fn other_layouts_have_two() {
        let roots = CrateRoots::new("/srv/index".into(), "/data/files".into());
        assert_eq!(roots.lock_folders(), [Path::new("/data/files"), Path::new("/srv/index")]);
        assert_eq!(roots.state(), Path::new("/data/files/.romt"));
    }
}

//! Where a mirror's toolchains are.

use std::path::{Path, PathBuf};

/// The `dist` folder of Python romt, which may be anywhere and may not be there yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolchainRoots {
    dest: PathBuf,
}

/// What the folder is called in a mirror's own layout.
const DIST: &str = "dist";
/// romt's own things: lock, what was asked for, what waits.
const STATE: &str = ".romt";

impl ToolchainRoots {
    /// The toolchains below `dest`.
    pub fn new(dest: PathBuf) -> Self {
        Self { dest }
    }

    /// The folder of toolchains.
    pub fn dest(&self) -> &Path {
        &self.dest
    }

    /// Where romt remembers things about them: in the mirror around them if they have its layout.
    pub fn state(&self) -> PathBuf {
        self.home().join(STATE)
    }

    /// The folders to take the lock of before anything is written: with the layout of a mirror the same that `romt up`
    /// takes.
    pub fn lock_folders(&self) -> Vec<PathBuf> {
        vec![self.home()]
    }

    fn home(&self) -> PathBuf {
        if self.dest.file_name().is_none_or(|name| name != DIST) {
            return self.dest.clone();
        }
        match self.dest.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_called_dist_belongs_to_the_mirror_around_it() {
        for (dest, home) in
            [("dist", "."), ("./dist/", "."), ("/srv/m/dist", "/srv/m"), ("/srv/tc", "/srv/tc"), ("tc", "tc")]
        {
            let roots = ToolchainRoots::new(dest.into());
            assert_eq!(roots.lock_folders(), [Path::new(home)], "{dest}");
            assert_eq!(roots.state(), Path::new(home).join(".romt"));
        }
    }
}

//! Where a mirror's toolchains are.

use std::path::{Path, PathBuf};

use crate::home::{STATE, home};

/// The `dist` folder of Python romt, which may be anywhere and may not be there yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolchainRoots {
    dest: PathBuf,
    /// Where romt remembers things, where that does not follow from `dest`.
    state: Option<PathBuf>,
}

/// What the folder is called in a mirror's own layout.
const DIST: &str = "dist";

impl ToolchainRoots {
    /// The toolchains below `dest`.
    pub fn new(dest: PathBuf) -> Self {
        Self { dest, state: None }
    }

    /// The toolchains of a store that is no folder, about which romt remembers things in the folder `state`.
    pub(crate) fn in_store(state: &Path) -> Self {
        Self { dest: DIST.into(), state: Some(state.to_owned()) }
    }

    /// The folder of toolchains; of a store that is no folder, what their keys begin with.
    pub fn dest(&self) -> &Path {
        &self.dest
    }

    /// Where romt remembers things about them: in the mirror around them if they have its layout.
    pub fn state(&self) -> PathBuf {
        self.state.clone().unwrap_or_else(|| home(&self.dest, DIST).join(STATE))
    }

    /// The folders to take the lock of before anything is written: with the layout of a mirror the same that `romt up`
    /// takes.
    pub fn lock_folders(&self) -> Vec<PathBuf> {
        vec![home(&self.dest, DIST)]
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

//! Where a mirror of rustup is.

use std::path::{Path, PathBuf};

use crate::home::{STATE, home};

/// The folder of a rustup mirror: DEST of Python romt, which may be anywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RustupRoots {
    dest: PathBuf,
    /// Where romt remembers things, where that does not follow from `dest`.
    state: Option<PathBuf>,
}

/// What the folder is called in a mirror's own layout.
const RUSTUP: &str = "rustup";

impl RustupRoots {
    /// The mirror in `dest`.
    pub fn new(dest: PathBuf) -> Self {
        Self { dest, state: None }
    }

    /// The mirror in a store that is no folder, about which romt remembers things in the folder `state`.
    pub(crate) fn in_store(state: &Path) -> Self {
        Self { dest: RUSTUP.into(), state: Some(state.to_owned()) }
    }

    /// The folder; of a store that is no folder, what its keys begin with.
    pub fn dest(&self) -> &Path {
        &self.dest
    }

    /// The folders to take the lock of before anything is written: with the layout of a mirror the one around, the same that
    /// `romt up` takes.
    pub fn lock_folders(&self) -> Vec<PathBuf> {
        vec![home(&self.dest, RUSTUP)]
    }

    /// Where romt remembers things about it.
    pub fn state(&self) -> PathBuf {
        self.state.clone().unwrap_or_else(|| home(&self.dest, RUSTUP).join(STATE))
    }
}

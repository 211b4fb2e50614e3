//! Where a mirror of rustup is.

use std::path::{Path, PathBuf};

use crate::home::{STATE, home};

/// The folder of a rustup mirror: DEST of Python romt, which may be anywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RustupRoots {
    dest: PathBuf,
}

/// What the folder is called in a mirror's own layout.
const RUSTUP: &str = "rustup";

impl RustupRoots {
    /// The mirror in `dest`.
    pub fn new(dest: PathBuf) -> Self {
        Self { dest }
    }

    /// The folder.
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
        home(&self.dest, RUSTUP).join(STATE)
    }
}

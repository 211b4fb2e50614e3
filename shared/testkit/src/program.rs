//! Programs with romt's command line.

use std::path::{Path, PathBuf};

use crate::romt::binary;

/// Where `tests/run` puts Python romt, below cargo's target folder.
const PYTHON_ROMT: &str = "tools/python-romt-0.10.3/bin/romt";

/// A program with the command line of romt: ours, or the one written in Python.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RomtProgram {
    path: PathBuf,
    is_python: bool,
}

impl RomtProgram {
    /// Our own romt.
    ///
    /// # Panics
    /// When it was not built.
    pub fn ours() -> Self {
        Self { path: binary(), is_python: false }
    }

    /// Python romt 0.10.3: `ROMT_PYTHON`, or what `tests/run` installed; `None` where it is not.
    pub fn python() -> Option<Self> {
        let installed = || {
            let test = std::env::current_exe().expect("the running test's path");
            test.ancestors().map(|folder| folder.join(PYTHON_ROMT)).find(|path| path.is_file())
        };
        let path = std::env::var_os("ROMT_PYTHON").map(PathBuf::from).or_else(installed)?;
        Some(Self { path, is_python: true })
    }

    /// Whether it is the one written in Python.
    pub fn is_python(&self) -> bool {
        self.is_python
    }

    /// The program's file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

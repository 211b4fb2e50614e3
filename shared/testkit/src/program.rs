//! Programs with romt's command line.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
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

    /// Python romt, and it believes the keys in a file beside Rust's own: it has no option for that, so it becomes the
    /// script `script`.
    pub(crate) fn believing(python: &Path, keys: &Path, script: &Path) -> Self {
        let lines = [
            format!("#!{}", python.display()),
            "import sys".to_owned(),
            "import romt.signature".to_owned(),
            "from romt.cli import main".to_owned(),
            format!("romt.signature.RUST_KEYS.append(open({:?}).read())", keys.display().to_string()),
            "sys.argv[0] = 'romt'".to_owned(),
            "sys.exit(main())".to_owned(),
        ];
        fs::write(script, lines.join("\n") + "\n").expect("a file in a temporary folder");
        fs::set_permissions(script, Permissions::from_mode(0o755)).expect("a file of our own");
        Self { path: script.to_owned(), is_python: true }
    }

    /// What runs a program that is a script.
    pub(crate) fn interpreter(&self) -> PathBuf {
        let text = fs::read_to_string(&self.path).expect("a script");
        let first = text.lines().next().and_then(|line| line.strip_prefix("#!"));
        first.expect("a script's first line").into()
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

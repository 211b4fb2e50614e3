//! Sessions with our romt and with Python's.

use std::fmt::Debug;

use romt_testkit::{RomtProgram, not_run};

/// Python romt, where it is installed; where it is not, says that the test did not run.
///
/// # Panics
/// When the environment says `CI=true` and it is not installed.
pub fn python_romt(test: &str) -> Option<RomtProgram> {
    let python = RomtProgram::python();
    if python.is_none() {
        not_run(test, "Python romt is not installed; `tests/run python` installs it");
    }
    python
}

/// What a session comes to with our romt, which is what it comes to with Python's where that is installed.
///
/// # Panics
/// When it is not.
#[track_caller]
pub fn alike<T: PartialEq + Debug>(test: &str, session: impl Fn(&RomtProgram) -> T) -> T {
    let ours = session(&RomtProgram::ours());
    if let Some(python) = python_romt(test) {
        let theirs = session(&python);
        assert_eq!(ours, theirs, "ours is on the left, Python romt's on the right");
    }
    ours
}

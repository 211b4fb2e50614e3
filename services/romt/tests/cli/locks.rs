//! Folders that cannot be written to.

use crate::program::{Program, assert_shown};

#[test]
fn a_mirror_that_cannot_be_written() {
    // Below a file that is no folder: not even root can make it.
    assert_shown!(Program::new().run(&["up", "--mirror", "/dev/null/x", "--port", "0"]), @r"
    status 1
    --- stderr
    error: the mirror `/dev/null/x` is not writable
      caused by: Not a directory (os error 20)
    hint: choose a folder that you may write to with `--mirror DIR`
    ");
}

#[test]
fn two_on_one_folder() {
    let program = Program::new();
    let _first = program.serve(&["up", "--port", "0"]);
    assert_shown!(program.run(&["up", "--port", "0"]), @r"
    status 1
    --- stderr
    error: the mirror `./mirror` is in use by romt up, process [ID]
    hint: give this one another folder with `--mirror DIR`; `romt serve` only reads and needs no lock
    ");
    assert_shown!(program.run(&["prune", "--crate", "serde"]), @r"
    status 1
    --- stderr
    error: the mirror `./mirror` is in use by romt up, process [ID]
    hint: give this one another folder with `--mirror DIR`; `romt serve` only reads and needs no lock
    ");
}

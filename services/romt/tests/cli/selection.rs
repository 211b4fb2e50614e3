//! Selections that are missing or cannot be read.

use crate::program::{Program, assert_shown};

#[test]
fn a_lockfile_that_is_missing() {
    let program = Program::new();
    assert_shown!(program.run(&["up", "--lockfile", "Cargo.lock"]), @r"
    status 1
    --- stderr
    error: cannot read `Cargo.lock`
      caused by: No such file or directory (os error 2)
    hint: check the files given by `--lockfile` and `--manifest`; `cargo generate-lockfile` makes a Cargo.lock
    ");
    assert!(!program.folder().join("mirror").exists());
}

#[test]
fn a_lockfile_that_is_malformed() {
    let program = Program::new();
    program.write("Cargo.lock", "version = 4\n\n[[package]]\nname = 'x'\n");
    assert_shown!(program.run(&["up", "--lockfile", "Cargo.lock"]), @r"
    status 1
    --- stderr
    error: `Cargo.lock` is not a Cargo.lock
      caused by: parse error: TOML parse error at line 3, column 1
          |
        3 | [[package]]
          | ^^^^^^^^^^^
        missing field `version`
    hint: check the files given by `--lockfile` and `--manifest`; `cargo generate-lockfile` makes a Cargo.lock
    ");
}

#[test]
fn a_manifest_that_is_malformed() {
    let program = Program::new();
    program.write("Cargo.toml", "[package\n");
    assert_shown!(program.run(&["up", "--once", "--manifest", "Cargo.toml"]), @r"
    status 1
    --- stderr
    error: `Cargo.toml` is not a Cargo.toml
      caused by: TOML parse error at line 1, column 9
          |
        1 | [package
          |         ^
        unclosed table, expected `]`
    hint: check the files given by `--lockfile` and `--manifest`; `cargo generate-lockfile` makes a Cargo.lock
    ");
}

#[test]
fn work_without_a_selection_is_refused() {
    let program = Program::new();
    assert_shown!(program.run(&["up", "--once"]), @r"
    status 2
    --- stderr
    error: nothing is selected, so there is nothing to do once
    hint: select with `--lockfile Cargo.lock`, `--manifest Cargo.toml`, `--crate NAME` or `--toolchain SPEC --target TARGET`, or in romt.toml
    ");
    assert_shown!(program.run(&["prune"]), @r"
    status 2
    --- stderr
    error: nothing is selected, so everything would be removed
    hint: select with `--lockfile Cargo.lock`, `--manifest Cargo.toml` or `--crate NAME`, or in romt.toml; of toolchains `--keep` tells how many days stay
    ");
    assert_shown!(program.run(&["explain", "serde"]), @r"
    status 2
    --- stderr
    error: nothing is selected, so there is nothing to explain
    hint: select with `--lockfile Cargo.lock`, `--manifest Cargo.toml` or `--crate NAME`, or in romt.toml
    ");
    assert!(!program.folder().join("mirror").exists());
}

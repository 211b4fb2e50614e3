//! Bad settings.

use crate::program::{Program, assert_shown};

#[test]
fn all_bad_settings_are_told_at_once() {
    let program = Program::new().with("ROMT_TIMEOUT", "soon").with("ROMT_CRATE", "serde, 1abc");
    program.write("romt.toml", "every = 5\nprot = 80\nlockfile = ['Cargo.lock']\n\n[crates]\nversions = 'some'\n");
    assert_shown!(program.run(&["up", "--port", "abc", "--index-url", "ftp://host/"]), @r"
    status 2
    --- stderr
    error: 8 settings cannot be used
      romt.toml: prot (line 2): there is no such setting; did you mean `port`?
      romt.toml: lockfile (line 3): there is no such setting; did you mean `crates.lockfile`?
      ROMT_TIMEOUT: `soon` is not a duration: expected number at 0; write it like 90s, 30m or 1h
      ROMT_CRATE: `1abc` is not a crate name: it does not start with a letter
      romt.toml: crates.versions (line 6): `some` is not a choice of versions: it is `newest` or `all`
      --index-url: `ftp://host/` is not the address of a sparse index: it should look like sparse+https://HOST/PATH/
      --port: `abc` is not a port: a number from 0 to 65535 is needed
      romt.toml: every (line 1): `5` is not a duration: time unit needed, for example 5sec or 5ms; write it like 90s, 30m or 1h
    ");
}

#[test]
fn a_name_that_no_crate_can_have() {
    assert_shown!(Program::new().run(&["up", "--crate", "serde", "--crate", "ser/de@1"]), @r"
    status 2
    --- stderr
    error: --crate: `ser/de` is not a crate name: only ASCII letters, digits, `-` and `_` may stand in it
    ");
    assert_shown!(Program::new().run(&["up", "--crate", "serde@one"]), @r"
    status 2
    --- stderr
    error: --crate: `serde@one` is not a crate with a version requirement (NAME or NAME@REQ): unexpected character 'o' while parsing major version number
    ");
    assert_shown!(Program::new().run(&["explain", "ser/de", "--crate", "serde"]), @r"
    status 2
    --- stderr
    error: NAME[@VERSION]: `ser/de` is not a crate name: only ASCII letters, digits, `-` and `_` may stand in it
    ");
}

#[test]
fn a_settings_file_that_is_named_must_be_there() {
    assert_shown!(Program::new().run(&["up", "--config", "other.toml"]), @r"
    status 2
    --- stderr
    error: other.toml: cannot be read: No such file or directory (os error 2)
    ");
}

#[test]
fn a_settings_file_that_a_variable_names() {
    let program = Program::new().with("ROMT_CONFIG", "conf/export.toml");
    program.write("romt.toml", "prot = 1\n");
    program.write("conf/export.toml", "prot = 2\n");
    program.write("other.toml", "\n\nprot = 3\n");
    assert_shown!(program.run(&["up"]), @r"
    status 2
    --- stderr
    error: conf/export.toml: prot (line 1): there is no such setting; did you mean `port`?
    ");
    // An option counts more.
    assert_shown!(program.run(&["up", "--config", "other.toml"]), @r"
    status 2
    --- stderr
    error: other.toml: prot (line 3): there is no such setting; did you mean `port`?
    ");
    // Empty is as if it were not set.
    let program = Program::new().with("ROMT_CONFIG", "");
    program.write("romt.toml", "prot = 1\n");
    assert_shown!(program.run(&["up"]), @r"
    status 2
    --- stderr
    error: romt.toml: prot (line 1): there is no such setting; did you mean `port`?
    ");
}

#[test]
fn a_settings_file_that_is_not_toml() {
    let program = Program::new();
    program.write("romt.toml", "port = 8000\nmirror = \n");
    assert_shown!(program.run(&["up"]), @r"
    status 2
    --- stderr
    error: romt.toml (line 2): string values must be quoted, expected literal string
    ");
}

#[test]
fn a_log_filter_that_is_none() {
    assert_shown!(Program::new().with("RUST_LOG", "romt=loud").run(&["up"]), @r#"
    status 2
    --- stderr
    error: RUST_LOG: `romt=loud` is not a log filter, like `warn,romt=debug`
      caused by: error parsing level filter: expected one of "off", "error", "warn", "info", "debug", "trace", or a number 0-5
    "#);
}

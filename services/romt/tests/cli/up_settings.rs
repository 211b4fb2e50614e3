//! What `romt up` is told of toolchains and rustup, and what of it is refused.

use crate::program::{Program, assert_shown};

#[test]
fn bad_settings_of_toolchains_are_told_at_once() {
    let program = Program::new().with("ROMT_SIGNATURES", "maybe").with("ROMT_RUSTUP_URL", "file:///up/rustup");
    program.write(
        "romt.toml",
        "[toolchains]\ntoolchain = ['stable', 'nightly-latest', '1.76.0.1']\ntarget = ['*', '../x']\nprofile = 'huge'\n\
         accept-sha1 = 'perhaps'\n\n[toolchains.keep]\nnightly = 14\ngamma = 1\n\n[rustup]\nrelease = ['nightly', '*']\n\
         targets = ['linux']\n",
    );
    assert_shown!(program.run(&["up", "--dist-url", "up/dist"]), @r"
    status 2
    --- stderr
    error: 13 settings cannot be used
      romt.toml: rustup.targets (line 13): there is no such setting; did you mean `rustup.target`?
      romt.toml: toolchains.target (line 3): `*` stands for what is on disk; name targets, or `all`
      romt.toml: toolchains.target (line 3): invalid TARGET '../x'
      ROMT_SIGNATURES: `maybe` is not a way with signatures: it is none of check, warn, off
      romt.toml: toolchains.accept-sha1 (line 5): `perhaps` is not a choice: it is `true` or `false`
      romt.toml: toolchains.toolchain (line 2): invalid wild SPEC: nightly-latest
      romt.toml: toolchains.toolchain (line 2): invalid SPEC '1.76.0.1'
      romt.toml: toolchains.profile (line 4): `huge` is not a profile: it is none of minimal, default, complete, all
      romt.toml: toolchains.keep (line 7): `gamma=1,nightly=14` is not a rule of what to keep: it is none of nightly, beta, stable, versions
      --dist-url: `up/dist` is not the address of a folder on the web: relative URL without a base
      romt.toml: rustup.release (line 12): invalid SPEC 'nightly'
      romt.toml: rustup.release (line 12): invalid wild SPEC: *
      ROMT_RUSTUP_URL: `file:///up/rustup` is not the address of a folder on the web: `file` is not http or https
    ");
}

#[test]
fn toolchains_and_rustup_need_targets() {
    assert_shown!(Program::new().run(&["up", "--toolchain", "stable"]), @r"
    status 2
    --- stderr
    error: --target: it is not set, and toolchains need one
    ");
    assert_shown!(Program::new().run(&["up", "--rustup", "stable"]), @r"
    status 2
    --- stderr
    error: --rustup-target: it is not set, and no target of toolchains is one that rustup runs on
    ");
    let wasm = ["up", "--toolchain", "stable", "--target", "wasm32-unknown-unknown", "--rustup", "stable"];
    assert_shown!(Program::new().run(&wasm), @r"
    status 2
    --- stderr
    error: --rustup-target: it is not set, and no target of toolchains is one that rustup runs on
    ");
}

#[test]
fn keys_must_be_there_unless_signatures_are_off() {
    let program = Program::new();
    program.write("romt.toml", "[toolchains]\nkeyring = ['keys.asc']\n");
    assert_shown!(program.run(&["up", "--once"]), @r"
    status 2
    --- stderr
    error: romt.toml: toolchains.keyring (line 2): cannot use the keys in `keys.asc`: No such file or directory (os error 2)
    ");
    assert_shown!(program.with("ROMT_SIGNATURES", "off").run(&["up", "--once"]), @r"
    status 2
    --- stderr
    error: nothing is selected, so there is nothing to do once
    hint: select with `--lockfile Cargo.lock`, `--manifest Cargo.toml`, `--crate NAME` or `--toolchain SPEC --target TARGET`, or in romt.toml
    ");
}

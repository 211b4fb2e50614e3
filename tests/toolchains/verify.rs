//! `verify`: what is missing and what is wrong.

use std::fs;

use romt_testkit::{DistMirror, RomtProgram};
use romt_tests::alike;

use crate::lab::{CANONICAL, LINUX, MUSL, lab, linux_mirror, linux_mirror_by, spoil, stable};

#[test]
fn row_40_a_missing_compiler_is_missed() {
    let upstream = lab();
    let romt = linux_mirror(&upstream);
    let rustc = stable().path("rustc", LINUX);
    fs::remove_file(romt.path("dist").join(&rustc)).expect("a package");
    for targets in ["-t linux", "", &format!("-t {LINUX}")] {
        romt.toolchain(&format!("-s stable {targets} verify")).exits_with(1).says("missing file").says(&rustc);
    }
    romt.toolchain("-s stable pack").exits_with(1).says(&rustc);
    assert!(!romt.path("toolchain.tar.gz").exists(), "no hole is packed");
    romt.toolchain("-s stable -t linux download verify").succeeds();
}

#[test]
fn row_40_also_where_python_romt_made_the_mirror() {
    let upstream = lab();
    let Some(python) = romt_tests::python_romt("row_40_also_where_python_romt_made_the_mirror") else { return };
    let mut romt = linux_mirror_by(&upstream, &python);
    romt.continue_with(&RomtProgram::ours());
    romt.toolchain("-s stable -t linux verify").succeeds();
    let rustc = stable().path("rustc", LINUX);
    fs::remove_file(romt.path("dist").join(&rustc)).expect("a package");
    romt.toolchain("-s stable -t linux verify").exits_with(1).says(&rustc);
}

#[test]
fn row_41_a_bad_hash() {
    let upstream = lab();
    alike("row_41_a_bad_hash", |program| {
        let romt = linux_mirror_by(&upstream, program);
        romt.toolchain("-s stable verify").succeeds();
        let cargo = stable().path("cargo", LINUX);
        spoil(&romt.path("dist").join(&cargo));
        // Python romt names the file without its folder.
        let name = cargo.rsplit('/').next().unwrap_or_default();
        romt.toolchain("-s stable verify").exits_with(1).mentions("Bad hash for").mentions(name);
        romt.toolchain("-s stable -t linux download verify").succeeds();
        spoil(&romt.path("dist").join(CANONICAL));
        romt.toolchain("-s stable-2024-02-08 verify")
            .exits_with(1)
            .mentions("Bad hash for")
            .mentions("channel-rust-stable.toml (got ");
    });
}

#[test]
fn every_bad_file_is_named() {
    let upstream = lab();
    let romt = linux_mirror(&upstream);
    let [cargo, clippy, docs] =
        ["cargo", "clippy-preview", "rust-docs"].map(|name| format!("dist/{}", stable().path(name, LINUX)));
    spoil(&romt.path(&cargo));
    fs::write(romt.path(&clippy), "").expect("a package");
    fs::remove_file(romt.path(&docs)).expect("a package");
    let outcome = romt.toolchain("-s stable verify").exits_with(1);
    outcome.says(&format!("Bad hash for {cargo}")).says(&clippy).says(&docs);
}

#[test]
fn a_library_for_another_target_is_all_that_is_expected_of_it() {
    let upstream = lab();
    alike("a_library_for_another_target_is_all_that_is_expected_of_it", |program| {
        let romt = DistMirror::of(&upstream, program);
        romt.toolchain(&format!("-s stable -t {MUSL} --cross download verify")).succeeds();
        romt.toolchain("-s stable verify pack").succeeds();
        fs::remove_file(romt.path("dist").join(stable().path("rust-std", MUSL))).expect("a package");
        romt.toolchain(&format!("-s stable -t {MUSL} verify")).exits_with(1);
    });
}

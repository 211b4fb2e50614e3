//! An upstream in a folder: a release of toolchains of real size, and releases of rustup.

use std::path::Path;

use romt_dist::testing::SampleRelease;
use romt_types::Digest;

use crate::program::Program;

/// Releases Rust 1.76.0 in the folder `up/dist`.
pub(crate) fn release_toolchain(program: &Program) {
    release(program, &SampleRelease::stable("1.76.0", "2024-02-08"));
}

/// Releases a toolchain in the folder `up/dist`, under all its names.
pub(crate) fn release(program: &Program, release: &SampleRelease) {
    let manifest = release.manifest("https://upstream.test");
    for path in release.release.aliases().into_iter().chain([release.release.canonical()]) {
        put(program, &format!("up/dist/{path}"), manifest.as_bytes());
    }
    for path in release.files() {
        put(program, &format!("up/dist/{path}"), &SampleRelease::content(&path));
    }
}

/// Releases a version of rustup for targets in the folder `up/rustup`, as the stable one.
pub(crate) fn release_rustup(program: &Program, version: &str, targets: &[&str]) {
    for target in targets {
        let name = if target.contains("windows") { "rustup-init.exe" } else { "rustup-init" };
        let content = format!("{version} for {target}");
        put(program, &format!("up/rustup/archive/{version}/{target}/{name}"), content.as_bytes());
    }
    program.write("up/rustup/release-stable.toml", &format!("schema-version = '1'\nversion = '{version}'\n"));
}

/// A file, and its hash beside it.
fn put(program: &Program, path: &str, content: &[u8]) {
    let file = Path::new(path).file_name().unwrap().to_str().unwrap();
    program.write(path, str::from_utf8(content).unwrap());
    program.write(&format!("{path}.sha256"), &format!("{} *{file}\n", Digest::of(content)));
}

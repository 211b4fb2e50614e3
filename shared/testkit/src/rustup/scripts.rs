//! Toolchains that are quick to make and to install.

use romt_dist::testing::HOST;
use romt_dist::{Channel, Release};

use super::component::Component;
use crate::FakeToolchain;

/// Gives a release packages that rustup can install: for [`HOST`] `rustc` and `cargo`, scripts that say which release they
/// are of, the library for it and for `targets`, and the source of the library.
#[must_use]
pub fn with_scripts(toolchain: FakeToolchain, targets: &[&str]) -> FakeToolchain {
    let Release { date, channel, version, beta } = toolchain.release();
    let suffix = match (channel, beta) {
        (Channel::Stable, _) => String::new(),
        (channel, Some(number)) => format!("-{channel}.{number}"),
        (channel, None) => format!("-{channel}"),
    };
    let version = format!("{version}{suffix} ({date})");
    let program = |name: &str| Component::new(name, HOST).program(&format!("bin/{name}"), &format!("{name} {version}"));
    let library = |target: &str| {
        let path = format!("lib/rustlib/{target}/lib/libstd.rlib");
        Component::new("rust-std", target).file(&path, format!("the library of {version} for {target}\n"))
    };
    let source = Component::new("rust-src", "*").file(WITH_RUST_SRC, format!("// the source of {version}\n"));
    let mut components = vec![program("rustc"), program("cargo"), source, library(HOST)];
    components.extend(targets.iter().map(|target| library(target)));
    components.iter().fold(toolchain, |toolchain, component| {
        toolchain.package(&component.package, &component.target, component.xz())
    })
}

/// A file that a toolchain has that has the component `rust-src`.
pub const WITH_RUST_SRC: &str = "lib/rustlib/src/rust/library/std/src/lib.rs";

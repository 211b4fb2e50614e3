//! The table `[toolchains]`.

use super::PLAIN;
use crate::settings::{Fallback, Key};

/// The table of toolchains.
const TOOLCHAINS: Option<&str> = Some("toolchains");

/// Toolchains that are wanted.
pub const TOOLCHAIN: Key = Key {
    name: "toolchain",
    table: TOOLCHAINS,
    env: "ROMT_TOOLCHAIN",
    list: true,
    value: "SPEC",
    help: "This toolchain: stable, beta, nightly, 1.90.0, 1.90, nightly-2026-04-16",
    ..PLAIN
};

/// Targets of toolchains.
pub const TARGET: Key = Key {
    name: "target",
    table: TOOLCHAINS,
    env: "ROMT_TARGET",
    list: true,
    value: "TARGET",
    help: "Toolchains for this target: a triple, linux, windows, darwin or all",
    ..PLAIN
};

/// How much of each toolchain.
pub const PROFILE: Key = Key {
    name: "profile",
    table: TOOLCHAINS,
    env: "ROMT_PROFILE",
    value: "minimal|default|complete|all",
    help: "How much of each toolchain, as rustup has it; all is everything there is",
    fallback: Fallback::Described("default; without one, components are all that is wanted"),
    ..PLAIN
};

/// Which packages of toolchains.
pub const COMPONENTS: Key = Key {
    name: "components",
    table: TOOLCHAINS,
    env: "ROMT_COMPONENTS",
    list: true,
    value: "LIST",
    help: "These packages too, or with a ! before the name not those, like rust-src",
    ..PLAIN
};

/// What is left of older toolchains.
pub const KEEP: Key = Key {
    name: "keep",
    table: TOOLCHAINS,
    env: "ROMT_KEEP",
    pairs: true,
    value: "CHANNEL=N,…",
    help: "Delete older days of toolchains, like nightly=14,beta=4,stable=6,versions=6",
    fallback: Fallback::Described("all stay"),
    ..PLAIN
};

/// The upstream of toolchains.
pub const DIST_URL: Key = Key {
    name: "dist-url",
    short: Some("url"),
    table: TOOLCHAINS,
    env: "ROMT_DIST_URL",
    value: "URL",
    help: "The dist folder to mirror toolchains from, like https://rust.example/dist",
    fallback: Fallback::Described("Rust's own"),
    ..PLAIN
};

/// How much signatures of toolchains count.
pub const SIGNATURES: Key = Key {
    name: "signatures",
    table: TOOLCHAINS,
    env: "ROMT_SIGNATURES",
    option: false,
    value: "check|warn|off",
    help: "Refuse toolchains whose signatures are bad, only warn of them, or do without",
    fallback: Fallback::Value("check"),
    ..PLAIN
};

/// More keys that sign toolchains.
pub const KEYRING: Key = Key {
    name: "keyring",
    table: TOOLCHAINS,
    env: "ROMT_KEYRING",
    option: false,
    list: true,
    value: "FILE",
    help: "Believe the OpenPGP keys in this file too, beside Rust's own",
    ..PLAIN
};

/// Whether signatures over SHA-1 count.
pub const ACCEPT_SHA1: Key = Key {
    name: "accept-sha1",
    table: TOOLCHAINS,
    env: "ROMT_ACCEPT_SHA1",
    option: false,
    value: "true|false",
    help: "Believe signatures over SHA-1, which can be forged; for releases 1.8 to 1.21",
    fallback: Fallback::Value("false"),
    ..PLAIN
};

//! The table `[rustup]`.

use super::PLAIN;
use crate::settings::{Fallback, Key};

/// The table of rustup's own releases.
const RUSTUP_TABLE: Option<&str> = Some("rustup");

/// Releases of rustup that are wanted.
pub const RUSTUP: Key = Key {
    name: "rustup",
    short: Some("release"),
    table: RUSTUP_TABLE,
    env: "ROMT_RUSTUP",
    list: true,
    value: "SPEC",
    help: "This release of rustup itself: stable or 1.29.0",
    ..PLAIN
};

/// Targets of rustup.
pub const RUSTUP_TARGET: Key = Key {
    name: "rustup-target",
    short: Some("target"),
    table: RUSTUP_TABLE,
    env: "ROMT_RUSTUP_TARGET",
    list: true,
    value: "TARGET",
    help: "rustup for this target",
    fallback: Fallback::Described("those of toolchains that it runs on"),
    ..PLAIN
};

/// The upstream of rustup.
pub const RUSTUP_URL: Key = Key {
    name: "rustup-url",
    short: Some("url"),
    table: RUSTUP_TABLE,
    env: "ROMT_RUSTUP_URL",
    value: "URL",
    help: "The folder to mirror rustup from, like https://rust.example/rustup",
    fallback: Fallback::Described("Rust's own"),
    ..PLAIN
};

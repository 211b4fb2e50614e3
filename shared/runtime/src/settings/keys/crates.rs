//! The table `[crates]`, and what is believed of an index.

use super::PLAIN;
use crate::settings::{Fallback, Key};

/// The largest crate file.
pub const MAX_CRATE_SIZE: Key = Key {
    name: "max-crate-size",
    env: "ROMT_MAX_CRATE_SIZE",
    option: false,
    value: "SIZE",
    help: "Refuse crate files that are larger",
    fallback: Fallback::Value("512MB"),
    ..PLAIN
};

/// How long an index file is believed.
pub const INDEX_MAX_AGE: Key = Key {
    name: "index-max-age",
    env: "ROMT_INDEX_MAX_AGE",
    option: false,
    value: "DURATION",
    help: "Do not ask again about index files asked about within this time",
    fallback: Fallback::Value("10m"),
    ..PLAIN
};

/// How many versions may vanish.
pub const MAX_REMOVALS: Key = Key {
    name: "max-removals",
    env: "ROMT_MAX_REMOVALS",
    option: false,
    value: "N",
    help: "Change nothing if more published versions than this are gone upstream",
    fallback: Fallback::Value("100"),
    ..PLAIN
};

/// The table of the selection.
const CRATES: Option<&str> = Some("crates");

/// Lockfiles whose registry versions are wanted.
pub const LOCKFILE: Key = Key {
    name: "lockfile",
    table: CRATES,
    env: "ROMT_LOCKFILE",
    list: true,
    value: "FILE",
    help: "Every registry crate in this Cargo.lock",
    ..PLAIN
};

/// Manifests whose dependencies are wanted.
pub const MANIFEST: Key = Key {
    name: "manifest",
    table: CRATES,
    env: "ROMT_MANIFEST",
    list: true,
    value: "FILE",
    help: "What this Cargo.toml depends on, and so on",
    ..PLAIN
};

/// Crates that are wanted with what they depend on.
pub const CRATE: Key = Key {
    name: "crate",
    table: CRATES,
    env: "ROMT_CRATE",
    list: true,
    value: "NAME[@REQ]",
    help: "This crate and what it depends on, like serde or serde@1.0",
    ..PLAIN
};

/// Which versions satisfy a requirement.
pub const VERSIONS: Key = Key {
    name: "versions",
    table: CRATES,
    env: "ROMT_VERSIONS",
    value: "newest|all",
    help: "Per requirement, the newest matching version or all of them",
    fallback: Fallback::Value("newest"),
    ..PLAIN
};

/// The upstream index.
pub const INDEX_URL: Key = Key {
    name: "index-url",
    table: CRATES,
    env: "ROMT_INDEX_URL",
    value: "URL",
    help: "The sparse index to mirror from, like sparse+https://index.example/",
    fallback: Fallback::Described("that of crates.io"),
    ..PLAIN
};

//! Where the mirror is, when it is filled, and how it is served.

use super::PLAIN;
use crate::settings::{Fallback, Key};

/// The mirror's folder.
pub const MIRROR: Key = Key {
    name: "mirror",
    env: "ROMT_MIRROR",
    value: "DIR",
    help: "The folder that holds the mirror",
    fallback: Fallback::Value("./mirror"),
    ..PLAIN
};

/// The address to serve on.
pub const BIND: Key = Key {
    name: "bind",
    env: "ROMT_BIND",
    value: "ADDR",
    help: "Address to serve on; 0.0.0.0 or :: for all",
    fallback: Fallback::Value("127.0.0.1"),
    ..PLAIN
};

/// The port to serve on.
pub const PORT: Key = Key {
    name: "port",
    env: "ROMT_PORT",
    value: "N",
    help: "Port to serve on; 0 for any that is free",
    fallback: Fallback::Value("8000"),
    ..PLAIN
};

/// The URL clients reach the mirror by.
pub const SERVER_URL: Key = Key {
    name: "server-url",
    env: "ROMT_SERVER_URL",
    value: "URL",
    help: "URL that clients reach the mirror by, where a proxy hides it",
    fallback: Fallback::Described("what each client used"),
    ..PLAIN
};

/// The pause between two syncs.
pub const EVERY: Key = Key {
    name: "every",
    env: "ROMT_EVERY",
    value: "DURATION",
    help: "Sync again that long after the last sync, like 1h or 30m",
    ..PLAIN
};

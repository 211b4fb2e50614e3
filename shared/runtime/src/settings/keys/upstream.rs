//! How upstream is asked.

use super::PLAIN;
use crate::settings::{Fallback, Key};

/// Downloads at once.
pub const NUM_JOBS: Key = Key {
    name: "num-jobs",
    env: "ROMT_NUM_JOBS",
    value: "N",
    help: "Downloads at once",
    fallback: Fallback::Value("16"),
    ..PLAIN
};

/// How long upstream may be silent.
pub const TIMEOUT: Key = Key {
    name: "timeout",
    env: "ROMT_TIMEOUT",
    value: "SECONDS",
    help: "Give a connection up after this much silence",
    fallback: Fallback::Value("60"),
    ..PLAIN
};

/// Attempts a file.
pub const RETRIES: Key = Key {
    name: "retries",
    env: "ROMT_RETRIES",
    option: false,
    value: "N",
    help: "Attempts to get one file",
    fallback: Fallback::Value("5"),
    ..PLAIN
};

/// Time for all attempts of one file.
pub const RETRY_BUDGET: Key = Key {
    name: "retry-budget",
    env: "ROMT_RETRY_BUDGET",
    option: false,
    value: "DURATION",
    help: "Time for all attempts of one file together",
    fallback: Fallback::Value("3m"),
    ..PLAIN
};

/// Connections at once to one host.
pub const HOST_LIMIT: Key = Key {
    name: "host-limit",
    env: "ROMT_HOST_LIMIT",
    option: false,
    value: "N",
    help: "Requests at once to one host",
    fallback: Fallback::Described("as num-jobs"),
    ..PLAIN
};

/// Whom upstream may write to.
pub const CONTACT: Key = Key {
    name: "contact",
    env: "ROMT_CONTACT",
    option: false,
    value: "TEXT",
    help: "Mail or web address that upstream may write to, sent in the User-Agent",
    ..PLAIN
};

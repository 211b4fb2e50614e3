//! The tables `[export]` and `[import]`.

use super::PLAIN;
use crate::settings::{Fallback, Key};

/// The table of exports.
const EXPORT: Option<&str> = Some("export");

/// The folder that archives are written to.
pub const OUTBOX: Key = Key {
    name: "outbox",
    table: EXPORT,
    env: "ROMT_OUTBOX",
    value: "DIR",
    help: "Write archives of what is new into this folder; `--export DIR` of `romt up`",
    ..PLAIN
};

/// The pause between two exports.
pub const EXPORT_EVERY: Key = Key {
    name: "export-every",
    table: EXPORT,
    short: Some("every"),
    env: "ROMT_EXPORT_EVERY",
    value: "DURATION",
    help: "Export again that long after the last export",
    fallback: Fallback::Described("after every sync"),
    ..PLAIN
};

/// The table of imports.
const IMPORT: Option<&str> = Some("import");

/// The folder that is watched for archives.
pub const INBOX: Key = Key {
    name: "inbox",
    table: IMPORT,
    env: "ROMT_INBOX",
    value: "DIR",
    help: "Take in the archives that are put into this folder; `--import DIR` of `romt up`",
    ..PLAIN
};

/// Whether archives are moved out of the inbox.
pub const CONSUME: Key = Key {
    name: "consume",
    table: IMPORT,
    env: "ROMT_CONSUME",
    value: "true|false",
    help: "Move what was taken in to done/ in the inbox, and what is bad to the quarantine",
    fallback: Fallback::Value("false"),
    ..PLAIN
};

/// Where it is said why an archive is bad.
pub const QUARANTINE: Key = Key {
    name: "quarantine",
    table: IMPORT,
    env: "ROMT_QUARANTINE",
    option: false,
    value: "DIR",
    help: "Say here, in a file NAME.reason, why an archive was refused",
    fallback: Fallback::Described("quarantine/ in the mirror's folder"),
    ..PLAIN
};

/// How long an archive must not have changed.
pub const SETTLE_TIME: Key = Key {
    name: "settle-time",
    table: IMPORT,
    env: "ROMT_SETTLE_TIME",
    option: false,
    value: "DURATION",
    help: "Take an archive for whole, or for bad, when it has not changed for so long",
    fallback: Fallback::Value("10s"),
    ..PLAIN
};

/// How often the inbox is looked at.
pub const POLL_INTERVAL: Key = Key {
    name: "poll-interval",
    table: IMPORT,
    env: "ROMT_POLL_INTERVAL",
    option: false,
    value: "DURATION",
    help: "Look at the inbox at least so often: of network shares the system tells nothing",
    fallback: Fallback::Value("10s"),
    ..PLAIN
};

/// Whether the system is asked to tell of changes.
pub const INOTIFY: Key = Key {
    name: "inotify",
    table: IMPORT,
    env: "ROMT_INOTIFY",
    option: false,
    value: "true|false",
    help: "Have the system tell of changes in the inbox, too",
    fallback: Fallback::Value("true"),
    ..PLAIN
};

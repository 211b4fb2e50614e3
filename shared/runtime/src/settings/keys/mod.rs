//! Every setting there is: here the list of all, and in a file each those that belong together.

mod archives;
mod crates;
mod deployment;
mod nats;
mod place;
mod rustup;
mod toolchains;
mod upstream;

use super::{Fallback, Key};

pub use archives::{CONSUME, EXPORT_EVERY, INBOX, INOTIFY, OUTBOX, POLL_INTERVAL, QUARANTINE, SETTLE_TIME};
pub use crates::{CRATE, INDEX_MAX_AGE, INDEX_URL, LOCKFILE, MANIFEST, MAX_CRATE_SIZE, MAX_REMOVALS, VERSIONS};
pub use deployment::{ADMIN, BUS, DATA, S3_ENDPOINT, S3_PATH_STYLE, S3_REGION, STORE};
pub use nats::{NATS_CA, NATS_CERT, NATS_CREDS, NATS_KEY, NATS_NKEY, NATS_PASSWORD_FILE, NATS_TOKEN_FILE, NATS_USER};
pub use place::{BIND, EVERY, MIRROR, PORT, SERVER_URL};
pub use rustup::{RUSTUP, RUSTUP_TARGET, RUSTUP_URL};
pub use toolchains::{ACCEPT_SHA1, COMPONENTS, DIST_URL, KEEP, KEYRING, PROFILE, SIGNATURES, TARGET, TOOLCHAIN};
pub use upstream::{CONTACT, HOST_LIMIT, NUM_JOBS, RETRIES, RETRY_BUDGET, TIMEOUT};

/// What most settings have in common.
const PLAIN: Key = Key {
    name: "",
    table: None,
    short: None,
    env: "",
    option: true,
    list: false,
    pairs: false,
    value: "",
    help: "",
    fallback: Fallback::Nothing,
};

/// All of them, in the order in which people are told.
pub const KEYS: [&Key; 54] = [
    &MIRROR,
    &BIND,
    &PORT,
    &SERVER_URL,
    &EVERY,
    &STORE,
    &S3_ENDPOINT,
    &S3_REGION,
    &S3_PATH_STYLE,
    &DATA,
    &ADMIN,
    &NUM_JOBS,
    &TIMEOUT,
    &RETRIES,
    &RETRY_BUDGET,
    &HOST_LIMIT,
    &MAX_CRATE_SIZE,
    &INDEX_MAX_AGE,
    &MAX_REMOVALS,
    &CONTACT,
    &BUS,
    &NATS_CREDS,
    &NATS_NKEY,
    &NATS_USER,
    &NATS_PASSWORD_FILE,
    &NATS_TOKEN_FILE,
    &NATS_CA,
    &NATS_CERT,
    &NATS_KEY,
    &LOCKFILE,
    &MANIFEST,
    &CRATE,
    &VERSIONS,
    &INDEX_URL,
    &TOOLCHAIN,
    &TARGET,
    &PROFILE,
    &COMPONENTS,
    &KEEP,
    &DIST_URL,
    &SIGNATURES,
    &KEYRING,
    &ACCEPT_SHA1,
    &RUSTUP,
    &RUSTUP_TARGET,
    &RUSTUP_URL,
    &OUTBOX,
    &EXPORT_EVERY,
    &INBOX,
    &CONSUME,
    &QUARANTINE,
    &SETTLE_TIME,
    &POLL_INTERVAL,
    &INOTIFY,
];

/// The list as a table in Markdown, as the README shows it.
pub fn markdown() -> String {
    let mut rows = vec!["| Option | Variable | `romt.toml` | Default | Meaning |".to_owned()];
    rows.push("|---|---|---|---|---|".to_owned());
    for key in KEYS {
        let option = if key.option { format!("`{}`", key.flag()) } else { String::new() };
        let fallback = match key.fallback {
            Fallback::Value(value) => format!("`{value}`"),
            Fallback::Described(text) => text.to_owned(),
            Fallback::Nothing => String::new(),
        };
        let cells = [option, format!("`{}`", key.env), format!("`{}`", key.path()), fallback, key.help.to_owned()];
        rows.push(format!("| {} |", cells.join(" | ")));
    }
    rows.join("\n")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn variables_follow_from_names() {
        for key in KEYS {
            assert_eq!(key.env, format!("ROMT_{}", key.name.replace('-', "_").to_uppercase()));
            assert!(!key.help.is_empty() && !key.value.is_empty(), "{}", key.name);
        }
    }

    #[test]
    fn names_are_unique() {
        let names: BTreeSet<_> = KEYS.iter().map(|key| key.name).collect();
        let paths: BTreeSet<_> = KEYS.iter().map(|key| key.path()).collect();
        assert_eq!((names.len(), paths.len()), (KEYS.len(), KEYS.len()));
    }

    #[test]
    fn the_table_has_a_row_for_each() {
        let table = markdown();
        assert_eq!(table.lines().count(), KEYS.len() + 2);
        assert!(
            table.contains("| `--port` | `ROMT_PORT` | `port` | `8000` | Port to serve on; 0 for any that is free |")
        );
        assert!(table.contains("|  | `ROMT_RETRIES` | `retries` | `5` |"), "{table}");
    }
}

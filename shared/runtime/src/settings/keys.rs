//! Every setting there is.

use super::{Fallback, Key};

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

/// Where the mirror of a deployment is.
pub const STORE: Key = Key {
    name: "store",
    env: "ROMT_STORE",
    value: "DIR|URL",
    help: "Where the mirror of a deployment is: a folder or s3://BUCKET/PREFIX",
    fallback: Fallback::Described("as mirror"),
    ..PLAIN
};

/// The address of an S3 service.
pub const S3_ENDPOINT: Key = Key {
    name: "s3-endpoint",
    env: "ROMT_S3_ENDPOINT",
    value: "URL",
    help: "Address of the S3 service",
    fallback: Fallback::Described("Amazon's for the region"),
    ..PLAIN
};

/// The region that S3 requests are signed for.
pub const S3_REGION: Key = Key {
    name: "s3-region",
    env: "ROMT_S3_REGION",
    value: "NAME",
    help: "Region of the S3 service",
    fallback: Fallback::Value("us-east-1"),
    ..PLAIN
};

/// How a bucket is named in the address of an S3 service.
pub const S3_PATH_STYLE: Key = Key {
    name: "s3-path-style",
    env: "ROMT_S3_PATH_STYLE",
    value: "true|false",
    help: "Whether the bucket is in the path of the S3 service's address, or in its host",
    fallback: Fallback::Value("true"),
    ..PLAIN
};

/// What a service keeps for itself.
pub const DATA: Key = Key {
    name: "data",
    env: "ROMT_DATA",
    value: "DIR",
    help: "What a service of a deployment keeps for itself",
    fallback: Fallback::Value("./data"),
    ..PLAIN
};

/// Where those who run a service ask it.
pub const ADMIN: Key = Key {
    name: "admin",
    env: "ROMT_ADMIN",
    value: "ADDR:PORT",
    help: "Where a service of a deployment has /healthz, /readyz and /metrics",
    fallback: Fallback::Value("127.0.0.1:9090"),
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

/// Whom upstream may write to.
pub const CONTACT: Key = Key {
    name: "contact",
    env: "ROMT_CONTACT",
    option: false,
    value: "TEXT",
    help: "Mail or web address that upstream may write to, sent in the User-Agent",
    ..PLAIN
};

/// Where the services of a deployment talk.
pub const BUS: Key = Key {
    name: "bus",
    env: "ROMT_BUS",
    value: "ADDRESS",
    help: "The bus of a deployment, like nats://HOST:4222/NAME; memory: is one process",
    fallback: Fallback::Value("memory:"),
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

/// The table of exports.
const EXPORT: Option<&str> = Some("export");

/// The folder that archives are written to.
pub const OUTBOX: Key = Key {
    name: "outbox",
    table: EXPORT,
    env: "ROMT_OUTBOX",
    option: false,
    value: "DIR",
    help: "Write archives of what is new into this folder, as `--export DIR` does",
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
    option: false,
    value: "DIR",
    help: "Take in the archives that are put into this folder, as `--import DIR` does",
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

/// All of them, in the order in which people are told.
pub const KEYS: [&Key; 46] = [
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

//! Who romt is to a NATS server, and which it trusts. Secrets are in files: none stands on a command line.

use super::PLAIN;
use crate::settings::{Fallback, Key};

/// The JWT and nkey by which NATS knows us.
pub const NATS_CREDS: Key = Key {
    name: "nats-creds",
    env: "ROMT_NATS_CREDS",
    value: "FILE",
    help: "Creds for NATS as nsc writes them: a JWT and its nkey",
    ..PLAIN
};

/// The nkey by which NATS knows us.
pub const NATS_NKEY: Key = Key {
    name: "nats-nkey",
    env: "ROMT_NATS_NKEY",
    value: "FILE",
    help: "File with the seed of the nkey by which NATS knows romt",
    ..PLAIN
};

/// The user by which NATS knows us.
pub const NATS_USER: Key = Key {
    name: "nats-user",
    env: "ROMT_NATS_USER",
    value: "NAME",
    help: "User of NATS, whose password is in nats-password-file",
    ..PLAIN
};

/// The password of that user.
pub const NATS_PASSWORD_FILE: Key = Key {
    name: "nats-password-file",
    env: "ROMT_NATS_PASSWORD_FILE",
    value: "FILE",
    help: "File with the password of the user of NATS",
    ..PLAIN
};

/// The token by which NATS knows us.
pub const NATS_TOKEN_FILE: Key = Key {
    name: "nats-token-file",
    env: "ROMT_NATS_TOKEN_FILE",
    value: "FILE",
    help: "File with the token by which NATS knows romt",
    ..PLAIN
};

/// Whom we trust.
pub const NATS_CA: Key = Key {
    name: "nats-ca",
    env: "ROMT_NATS_CA",
    value: "FILE",
    help: "Certificates to trust of NATS, as PEM",
    fallback: Fallback::Described("those that the system trusts"),
    ..PLAIN
};

/// Our own certificate.
pub const NATS_CERT: Key = Key {
    name: "nats-cert",
    env: "ROMT_NATS_CERT",
    value: "FILE",
    help: "Certificate by which NATS knows romt, as PEM; with nats-key",
    ..PLAIN
};

/// The key of that.
pub const NATS_KEY: Key = Key {
    name: "nats-key",
    env: "ROMT_NATS_KEY",
    value: "FILE",
    help: "Private key of that certificate, as PEM",
    ..PLAIN
};

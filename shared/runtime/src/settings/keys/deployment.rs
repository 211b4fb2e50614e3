//! How the services of a deployment find each other and their store.

use super::PLAIN;
use crate::settings::{Fallback, Key};

/// Where the services of a deployment talk.
pub const BUS: Key = Key {
    name: "bus",
    env: "ROMT_BUS",
    value: "ADDRESS",
    help: "The bus of a deployment, like nats://HOST:4222/NAME; memory: is one process",
    fallback: Fallback::Value("memory:"),
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

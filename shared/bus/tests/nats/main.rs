//! The bus on real NATS servers: each test on the oldest version that is promised, Debian's, and on a current one.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "tests")]

mod conformance;
mod connecting;
mod restarts;
mod support;
mod volume;

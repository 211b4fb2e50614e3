//! What clients see of a mirror that changes.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod changes;
mod client;
mod lost;
mod polling;
mod prune;
mod restart;

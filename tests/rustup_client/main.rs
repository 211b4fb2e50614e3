//! The real rustup, for which romt's server stands for Rust's. No other host can be reached.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test's set-up fails by failing the test")]

mod half_there;
mod install;
mod itself;
mod real;
mod station;
mod update;

//! `romt up --export` on one side, `romt up --import` on the other, and nothing between them but files that are carried.

#![expect(clippy::unwrap_used, reason = "a test's tools fail by failing the test")]

mod carried;
mod damaged;
mod export;
mod inbox;
mod kill;
mod python;
mod support;
mod toolchains;

//! From nothing to a mirror that the real cargo builds from.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod cargo;
mod politeness;
mod registry;
mod selection;
mod serving;

//! The fetcher between a bus, a store and an upstream.

#![expect(clippy::unwrap_used, reason = "tests")]

mod batches;
mod stopping;
mod support;

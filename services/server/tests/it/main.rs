//! The server as its clients see it: a real mirror in a folder, real sockets.

#![expect(clippy::unwrap_used, reason = "a suite for tests")]

mod caching;
mod connections;
mod crates;
mod dist;
mod following;
mod index;
mod mirror;
mod operating;
mod rustup;

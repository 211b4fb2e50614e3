//! The server as its clients see it: a real mirror in a folder, real sockets.

#![expect(clippy::unwrap_used, reason = "a suite for tests")]

mod connections;
mod crates;
mod following;
mod index;
mod mirror;
mod operating;

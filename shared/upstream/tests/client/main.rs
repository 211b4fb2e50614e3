//! The client against upstreams, most of them misbehaving.

#![expect(clippy::unwrap_used, reason = "tests")]

mod download;
mod get;
mod local;
mod retry;
mod size;
mod support;

//! The real binary: what it says, and the exit status it ends with.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod folder_server;
mod help;
mod jobs;
mod krate;
mod locks;
mod program;
mod rustup;
mod selection;
mod serving;
mod settings;
mod signals;
mod toolchain;
mod toolchain_upstream;
mod up_rust;
mod up_settings;

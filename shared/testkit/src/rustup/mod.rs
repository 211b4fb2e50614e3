//! The real rustup as a client, and toolchains that it can install: made of scripts, or the one of this machine.

mod client;
mod component;
mod installed;
mod scripts;

pub use client::RustupClient;
pub use component::Component;
pub use installed::InstalledToolchain;
pub use scripts::{WITH_RUST_SRC, with_scripts};

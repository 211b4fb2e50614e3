//! The verbs of Python romt over `rustup/`: what `romt rustup` does.
//!
//! Each verb is a method of [`RustupMirror`]. rustup checks no hash when it updates itself, so what lies in the mirror must be
//! right: a program comes in only with the `.sha256` file that upstream has beside it, and a target counts as held only where
//! its program is. `release-stable.toml` is the pointer that rustup follows; it moves last, and only forward.

mod download;
mod events;
mod fixup;
mod hashes;
mod mirror;
mod packing;
mod programs;
mod releases;
mod roots;
mod stored_programs;
#[cfg(test)]
mod tests;
mod verify;

pub use download::{DownloadRustup, DownloadedRustup};
pub use events::{OnRustupEvent, RustupCounts, RustupEvent};
pub use mirror::RustupMirror;
pub use packing::unpacked_rustup;
pub use releases::{ChosenRelease, ReleaseTargets};
pub use roots::RustupRoots;

//! The toolchain verbs of Python romt: what `romt toolchain` does.
//!
//! Each verb is a method of [`ToolchainMirror`]. A manifest is kept byte for byte as upstream made it, and what is in it
//! counts: the hashes of packages are its, whatever lies beside them. What it comes to is planned by `romt_dist`; here files
//! are looked at, brought, checked and put in place.
//!
//! A manifest becomes visible when all that was planned of it is here and durable: first in the folder of its day, then
//! under the names that move on. A download that fails publishes nothing and leaves what came for the next. What was asked
//! for of each release is remembered (`selections.rs`), so that a lost file is told from one that was never wanted.

mod bring;
mod download;
mod events;
mod expected;
mod fetch;
mod fixup;
mod list;
mod manifest_files;
mod measure;
mod mirror;
mod packing;
mod policy;
mod prune;
mod publish;
mod reading;
mod roots;
mod selections;
mod side_cars;
mod unpacked;
mod verify;

pub use download::{DownloadToolchains, Trust};
pub use events::{OnToolchainEvent, ToolchainCounts, ToolchainEvent};
pub use list::{ListedToolchain, NamesOfToolchain};
pub use mirror::ToolchainMirror;
pub use policy::SignaturePolicy;
pub use prune::PrunedToolchains;
pub use roots::ToolchainRoots;
pub use unpacked::UnpackedToolchain;

//! What a run does: one file a kind, and one for each part of it.

mod fetch;
mod prune;
mod prune_crates;
mod prune_toolchains;
mod sync;
mod sync_crates;
mod sync_rustup;
mod sync_toolchains;

pub(crate) use prune::prune;
pub(crate) use sync::sync;

//! What a run does, and an admission: one file a kind, and one for each part of it.

mod admit;
mod export;
mod fetch;
mod prune;
mod prune_crates;
mod prune_toolchains;
mod sync;
mod sync_crates;
mod sync_rustup;
mod sync_toolchains;

pub(crate) use admit::admit;
pub use admit::{NotForArchives, prepare_import};
pub(crate) use export::export;
pub(crate) use prune::prune;
pub(crate) use sync::sync;

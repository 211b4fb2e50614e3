//! What a run does: one file a kind.

mod fetch;
mod prune;
mod sync;

pub(crate) use prune::prune;
pub(crate) use sync::sync;

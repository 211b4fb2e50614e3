//! git bundles: the index on its way to a mirror without a network.
//!
//! A bundle comes from a medium that anybody may have touched. What it brings stays apart from the repository until it
//! has been seen to be whole.

mod complete;
mod error;
mod header;
mod incoming;
mod quarantine;
mod write;

pub use error::BundleError;
pub use header::BundleHeader;
pub use incoming::IncomingIndex;
pub(super) use quarantine::abandoned as abandoned_quarantines;
pub use write::BundleRef;

#[cfg(test)]
mod tests;

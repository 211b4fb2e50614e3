//! The crates verbs of Python romt over the git index: what `romt crate` does.
//!
//! Each verb is a method of [`CrateMirror`]. Upstream's commits are kept as they are; `working` is what was pulled, `master`
//! what is published, `mark` how far work has come. A verb works on RANGE, which two trees make, and with the default START
//! also on what earlier runs left out (`ledger.rs`). What two trees differ in is read in the order of the packs, which is
//! several times faster, and so held: some 50 bytes a version. From there on the work goes in batches.

mod config;
mod download;
mod events;
mod init;
mod ledger;
mod list;
mod look;
mod mark;
mod mirror;
mod packing;
mod prune;
mod pull;
mod range;
mod roots;
mod stream;
mod verify;
mod work;

pub use download::DownloadOptions;
pub use events::{CrateCounts, CrateEvent, OnEvent};
pub use init::init;
pub(crate) use init::new_ledger;
pub use list::Listed;
pub use mirror::CrateMirror;
pub use packing::Packing;
pub use pull::{PullOutcome, SparsePull};
pub use range::RangeOptions;
pub use roots::CrateRoots;

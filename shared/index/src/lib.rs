//! The crates index: its lines, its git repository, the sparse protocol, and what is selected from it.
//!
//! Everything here is either pure or works on the local repository; the network is the caller's. What blocks (git) says
//! so, and is called on blocking threads.
//!
//! - [`IndexLine`] and [`Package`]: one version of one crate, read from a line of an index file. Lines are never rewritten:
//!   what is published is upstream's bytes ([`lines`]).
//! - [`IndexRepository`] writes the index, [`PublishedIndex`] reads what is published.
//! - [`OriginUrl`]: where an index comes from; [`IndexRepository::pull`] gets it, with the `git` program
//!   ([`GitProgram`]) where libgit2 is poor. [`IncomingIndex`]: what a bundle brings, before it is believed.
//! - [`CrateRange`]: which versions came and went between two [`Revision`]s, as far as a [`CrateFilter`] chooses them;
//!   [`CrateList`]: in which order and form they are shown.
//! - [`SparseUrl`] and [`RegistryConfig`]: where a sparse registry's files are; [`CratesUrl`]: where crate files are by an
//!   operator's own template.
//! - [`Selection`], [`Roots`] and [`Resolver`]: which versions a mirror is to hold, and why.

mod crates_url;
mod error;
mod filter;
mod git;
mod line;
mod origin;
mod range;
mod repository;
mod select;
mod sparse;

pub use crates_url::CratesUrl;
pub use error::{IndexError, LineError};
pub use filter::CrateFilter;
pub use git::{GitProgram, Watch};
pub use line::{Dependency, DependencyKind, IndexLine, Package, lines};
pub use origin::{OriginKind, OriginUrl};
pub use range::{
    CrateList, CrateRange, FileChanges, FileProblem, FileVersions, ListStyle, RangeError, Revision, VersionLookup,
};
pub use repository::{
    BlobId, BundleError, BundleHeader, BundleRef, CommitId, IncomingIndex, IndexFile, IndexReference, IndexReferences,
    IndexRepository, Merge, ObjectWriter, OldPacks, PackFiles, PublishedIndex, PullError, Pulled, Snapshot, TreeEdits,
};
pub use select::{
    CrateRequest, ExactRoot, Reason, RequirementRoot, Resolver, Roots, SelectError, Selection, VersionChoice, Wanted,
};
pub use sparse::{RegistryConfig, SparseUrl};

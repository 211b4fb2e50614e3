//! The crates of a run, read from the repository and planned in portions.

use std::collections::{BTreeMap, BTreeSet};

use romt_index::{BlobId, IndexRepository, Snapshot};
use romt_types::{CrateName, Digest, Version};

use super::{CrateState, FileLines};

/// One crate of a run: where its lines are, and what is wanted of it. Small, so that a run may keep all of them.
#[derive(Debug, Clone)]
pub(crate) struct CrateWork {
    /// The crate.
    pub(crate) name: CrateName,
    /// Upstream's index file.
    pub(crate) upstream: UpstreamFile,
    /// The versions that are wanted, and what they must hash to where that was said.
    pub(crate) wanted: BTreeMap<Version, Option<Digest>>,
    /// Published versions whose files were lost.
    pub(crate) lost: BTreeSet<Version>,
    /// Versions that were held once and are to come back.
    pub(crate) owed: BTreeSet<Version>,
}

/// What is known of upstream's index file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UpstreamFile {
    /// It could not be had.
    Unknown,
    /// Upstream has none.
    Absent,
    /// Its bytes are in the repository.
    Blob(BlobId),
}

impl CrateWork {
    /// Reads both files and hands them to `look`, with the lines of upstream's file apart. Blocks.
    pub(crate) fn with_state<T>(
        &self,
        repository: &IndexRepository,
        published: Option<&Snapshot>,
        look: impl FnOnce(&CrateState<'_>) -> T,
    ) -> anyhow::Result<T> {
        let upstream_bytes = match self.upstream {
            UpstreamFile::Unknown => None,
            UpstreamFile::Absent => Some(Vec::new()),
            UpstreamFile::Blob(blob) => repository.blob(blob)?,
        };
        let upstream = upstream_bytes.as_deref().map(|bytes| FileLines::read(&self.name, bytes));
        let published_blob = match published {
            Some(snapshot) => repository.file_id(snapshot, &self.name.index_path())?,
            None => None,
        };
        let published_bytes =
            published_blob.map(|blob| repository.blob(blob)).transpose()?.flatten().unwrap_or_default();
        let published = FileLines::read(&self.name, &published_bytes);
        Ok(look(&CrateState {
            upstream: upstream.as_ref(),
            published: &published,
            wanted: &self.wanted,
            lost: &self.lost,
            owed: &self.owed,
        }))
    }
}

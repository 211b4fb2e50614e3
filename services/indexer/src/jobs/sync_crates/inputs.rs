//! Everything that a run decides by, as one digest: equal inputs, nothing to do.

use romt_index::Snapshot;
use romt_types::Hasher;

use crate::plan::{CrateWork, UpstreamFile};

/// What a run decides by.
#[derive(Debug)]
pub(super) struct Inputs {
    digest: String,
    /// Something was lost or is owed: there is something to do however equal the rest.
    pending: bool,
}

impl Inputs {
    /// Those of a run on `works` while `published` is what clients see.
    pub(super) fn of(works: &[CrateWork], published: Option<&Snapshot>) -> Self {
        let mut hasher = Hasher::default();
        let mut add = |text: &str| {
            hasher.update(text.as_bytes());
            // Stands in none of the texts.
            hasher.update(b"\0");
        };
        add(published.map_or("", |published| &published.tree));
        for work in works {
            add(work.name.as_str());
            match work.upstream {
                UpstreamFile::Unknown => add("unknown"),
                UpstreamFile::Absent => add("absent"),
                UpstreamFile::Blob(blob) => add(&blob.to_string()),
            }
            for (version, cksum) in &work.wanted {
                add(&version.to_string());
                add(&cksum.map(|cksum| cksum.to_string()).unwrap_or_default());
            }
        }
        let pending = works.iter().any(|work| !work.lost.is_empty() || !work.owed.is_empty());
        Self { digest: hasher.finish().to_string(), pending }
    }

    /// Whether a run that was decided by these has been completed.
    pub(super) fn are_settled(&self, settled: Option<&str>) -> bool {
        !self.pending && settled == Some(&self.digest)
    }

    /// To be remembered.
    pub(super) fn into_text(self) -> String {
        self.digest
    }
}

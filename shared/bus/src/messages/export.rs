//! What is remembered of exports, for whoever asks.

use serde::{Deserialize, Serialize};

use super::{ExportedArchive, RunSummary};

/// The key of the small state that holds the [`LastExport`].
pub const LAST_EXPORT: &str = "runs/last-export";

/// The export that ended last. Times are in seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LastExport {
    /// When it ended.
    pub ended: u64,
    /// Things that should be in its archives and could not be.
    pub failed: u64,
    /// Why it could not be done, one line a cause; empty if it was done.
    pub error: Vec<String>,
    /// What to do about it, if we know.
    pub hint: Option<String>,
    /// How many archives it wrote.
    pub wrote: u64,
    /// When one was done last; `None` if none ever was.
    pub succeeded: Option<u64>,
    /// The archives that were written last, by this one or by an earlier one.
    pub archives: Vec<ExportedArchive>,
    /// When those were written; `None` if none ever were.
    pub written: Option<u64>,
}

impl LastExport {
    /// What is remembered after another export ended.
    #[must_use]
    pub fn followed_by(self, export: &RunSummary) -> Self {
        let RunSummary { ended, failed, error, hint, archives, .. } = export.clone();
        let succeeded = if error.is_empty() { Some(ended) } else { self.succeeded };
        let wrote = archives.len() as u64;
        // Where nothing was new, what was written before is still what lies in the outbox.
        let (archives, written) =
            if archives.is_empty() { (self.archives, self.written) } else { (archives, Some(ended)) };
        Self { ended, failed, error, hint, wrote, succeeded, archives, written }
    }
}

#[cfg(test)]
mod tests {
    use romt_types::Digest;

    use super::*;

    #[test]
    fn what_was_written_is_known_until_something_else_is() {
        let archive = ExportedArchive {
            name: "crates-1.tar.gz".to_owned(),
            size: 1,
            sha256: Digest::of(b"x"),
            files: 1,
            left_out: 0,
            left_out_list: None,
        };
        let wrote = RunSummary { ended: 10, archives: vec![archive.clone()], ..RunSummary::default() };
        let nothing_new = RunSummary { ended: 20, ..RunSummary::default() };
        let failed = RunSummary { ended: 30, error: vec!["no".to_owned()], ..RunSummary::default() };
        let last = LastExport::default().followed_by(&wrote).followed_by(&nothing_new);
        assert_eq!((last.ended, last.wrote, last.succeeded, last.written), (20, 0, Some(20), Some(10)));
        assert_eq!(last.archives, std::slice::from_ref(&archive));
        let last = last.followed_by(&failed);
        assert_eq!((last.ended, last.succeeded, last.written), (30, Some(20), Some(10)));
        assert_eq!((last.archives, last.error), (vec![archive], vec!["no".to_owned()]));
    }
}

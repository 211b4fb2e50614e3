//! RANGE: the two states of the index between which a verb works.

use romt_index::{IndexRepository, RangeError, Revision};
use romt_runtime::Hint;

/// `--start`, `--end` and `--allow-missing-start`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangeOptions {
    /// Where it begins; `None` for `mark`, or nothing where there is no `mark`.
    pub start: Option<String>,
    /// Where it ends.
    pub end: String,
    /// Whether a START that is not there means nothing.
    pub allow_missing_start: bool,
}

/// The branch that says how far work has come.
pub(crate) const MARK: &str = "mark";

/// The ends of a range.
#[derive(Debug, Clone)]
pub(crate) struct Range {
    pub(crate) start: Revision,
    pub(crate) end: Revision,
    /// What `mark` is.
    pub(crate) mark: Revision,
    /// Nobody said where it begins.
    pub(crate) by_default: bool,
}

impl RangeOptions {
    /// Looks the ends up. Blocks.
    pub(crate) fn find(&self, repository: &IndexRepository) -> anyhow::Result<Range> {
        let mark = repository.branch(MARK)?.unwrap_or(Revision::NOTHING);
        let start = match &self.start {
            None => mark,
            Some(start) => match Revision::find(repository, start) {
                Err(RangeError::UnknownRevision { .. }) if self.allow_missing_start => Revision::NOTHING,
                found => {
                    found.hint("name a commit, a branch or a tag of the index; `--start 0` begins with nothing")?
                }
            },
        };
        let end = Revision::find(repository, &self.end);
        let end = end.hint("an index that was never pulled has no commits yet: `romt crate pull`")?;
        Ok(Range { start, end, mark, by_default: self.start.is_none() })
    }
}

/// A commit as the ledger and messages name it: hexadecimal, `0` for nothing.
pub(crate) fn commit_text(revision: &Revision) -> String {
    revision.commit().unwrap_or_else(|| "0".to_owned())
}

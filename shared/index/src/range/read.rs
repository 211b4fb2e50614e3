//! The versions of an index file that came and went.

use std::path::Path;

use git2::{Odb, Oid};
use romt_types::{CrateName, Version};

use super::compare::ChangedFile;
use super::{FileProblem, FileVersions};
use crate::line::numbered_lines;
use crate::repository::git_error;
use crate::{CrateFilter, IndexError, IndexLine};

/// The largest index file that is read; those of crates.io have a few MB.
const MAX_FILE: usize = 64 * 1024 * 1024;

/// So many bad lines of a file are told one by one: a file of rubbish has millions.
const MAX_BAD_LINES: usize = 100;

/// What changed in one index file, as far as the filter chooses it. A yank is no change.
#[derive(Debug)]
pub struct FileChanges {
    /// The crate, as the file is named: in lower case.
    pub name: CrateName,
    /// Versions that are new, or whose `.crate` file is another than before.
    pub added: FileVersions,
    /// Versions that are no longer there. None where the file has problems: a line that cannot be read may be theirs.
    pub removed: FileVersions,
    /// What is bad in the new file. Its good lines count nevertheless.
    pub problems: Vec<FileProblem>,
}

impl FileChanges {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.problems.is_empty()
    }

    pub(super) fn read(
        odb: &Odb<'_>,
        repository: &Path,
        file: &ChangedFile,
        filter: &CrateFilter,
    ) -> Result<Self, IndexError> {
        let read = |blob: Option<Oid>| match blob {
            Some(blob) => Contents::read(odb, &file.name, blob)
                .map_err(git_error(format!("read `{}` from", file.name.index_path()), repository)),
            None => Ok(Contents::default()),
        };
        let (old, new) = (read(file.old)?, read(file.new)?);
        let chosen = |line: &IndexLine| filter.is_everything() || filter.matches(&line.id());
        let removed = if new.problems.is_empty() {
            old.versions.iter().filter(|line| new.find(line).is_none() && chosen(line)).cloned().collect()
        } else {
            Vec::new()
        };
        let same_file = |line: &IndexLine| old.find(line).is_some_and(|before| before.cksum == line.cksum);
        let added = new.versions.into_iter().filter(|line| !same_file(line) && chosen(line)).collect();
        // What was bad in the old file was told when that was new.
        let (added, removed) = (FileVersions::of(added), FileVersions::of(removed));
        Ok(Self { name: file.name.clone(), added, removed, problems: new.problems })
    }
}

/// What one index file holds.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// In the order of versions, each once.
    versions: Vec<IndexLine>,
    problems: Vec<FileProblem>,
}

impl Contents {
    pub(super) fn read(odb: &Odb<'_>, name: &CrateName, blob: Oid) -> Result<Self, git2::Error> {
        let (size, _) = odb.read_header(blob)?;
        if size > MAX_FILE {
            let problem = FileProblem::TooLarge { path: name.index_path(), size, limit: MAX_FILE };
            return Ok(Self { versions: Vec::new(), problems: vec![problem] });
        }
        Ok(Self::parse(name, odb.read(blob)?.data()))
    }

    fn parse(name: &CrateName, bytes: &[u8]) -> Self {
        let (mut contents, mut untold) = (Self::default(), 0);
        for (number, line) in numbered_lines(bytes) {
            match IndexLine::parse_of(name, line) {
                Ok(line) => contents.versions.push(line),
                Err(source) if contents.problems.len() < MAX_BAD_LINES => {
                    contents.problems.push(FileProblem::Line { path: name.index_path(), line: number, source });
                }
                Err(_) => untold += 1,
            }
        }
        if untold > 0 {
            contents.problems.push(FileProblem::MoreLines { path: name.index_path(), lines: untold });
        }
        // Of lines about the same version the last one counts: the sort leaves them in their order.
        contents.versions.sort_by(|a, b| a.version.cmp(&b.version));
        contents.versions.reverse();
        contents.versions.dedup_by(|earlier, later| earlier.version == later.version);
        contents.versions.reverse();
        contents
    }

    fn find(&self, wanted: &IndexLine) -> Option<&IndexLine> {
        self.find_version(&wanted.version)
    }

    pub(super) fn find_version(&self, wanted: &Version) -> Option<&IndexLine> {
        let found = self.versions.binary_search_by(|line| line.version.cmp(wanted)).ok()?;
        self.versions.get(found)
    }
}

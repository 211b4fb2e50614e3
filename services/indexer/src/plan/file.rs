//! The lines of an index file, by version.

use std::collections::HashMap;

use romt_index::{IndexLine, LineError, lines};
use romt_runtime::one_line;
use romt_types::{CrateId, CrateName, Digest, Version};

/// An index file, read.
#[derive(Debug, Default)]
pub(crate) struct FileLines<'a> {
    bytes: &'a [u8],
    lines: Vec<Line<'a>>,
    by_version: HashMap<Version, usize>,
    bad: Vec<BadLine>,
}

/// One readable line.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    /// Its bytes, without line end.
    pub(crate) bytes: &'a [u8],
    /// The version it is about.
    pub(crate) version: Version,
    /// What its file hashes to.
    pub(crate) cksum: Digest,
    name: CrateName,
}

impl Line<'_> {
    /// Name, as this line spells it, and version.
    pub(crate) fn id(&self) -> CrateId {
        CrateId::new(self.name.clone(), self.version.clone())
    }

    /// Whether the file of `other` serves this line too: the same bytes under the same name, spelled alike.
    pub(crate) fn has_file_of(&self, other: &Line<'_>) -> bool {
        self.cksum == other.cksum && self.name == other.name
    }
}

/// A line that cannot be read.
#[derive(Debug)]
struct BadLine {
    /// Which, counted from 1, empty lines left out.
    number: usize,
    error: LineError,
}

impl<'a> FileLines<'a> {
    /// Reads the index file of `name`. Where a version stands twice, the last line counts, as for cargo.
    pub(crate) fn read(name: &CrateName, bytes: &'a [u8]) -> Self {
        let mut file = Self { bytes, ..Self::default() };
        for (number, line) in lines(bytes).enumerate() {
            match IndexLine::parse_of(name, line) {
                Ok(parsed) => {
                    file.by_version.insert(parsed.version.clone(), file.lines.len());
                    let (version, cksum) = (parsed.version, parsed.cksum);
                    file.lines.push(Line { bytes: line, version, cksum, name: parsed.name });
                }
                Err(error) => file.bad.push(BadLine { number: number + 1, error }),
            }
        }
        file
    }

    /// The file's bytes.
    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The line that counts for a version.
    pub(crate) fn get(&self, version: &Version) -> Option<&Line<'a>> {
        self.by_version.get(version).and_then(|at| self.lines.get(*at))
    }

    /// Whether there is a line for a version.
    pub(crate) fn contains(&self, version: &Version) -> bool {
        self.by_version.contains_key(version)
    }

    /// The lines that count, in the file's order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Line<'a>> {
        self.lines
            .iter()
            .enumerate()
            .filter(|(at, line)| self.by_version.get(&line.version) == Some(at))
            .map(|(_, line)| line)
    }

    /// How many versions there are.
    pub(crate) fn len(&self) -> usize {
        self.by_version.len()
    }

    /// Whether every line could be read.
    pub(crate) fn is_whole(&self) -> bool {
        self.bad.is_empty()
    }

    /// What is wrong with the first line that could not be read.
    pub(crate) fn complaint(&self) -> Option<String> {
        let bad = self.bad.first()?;
        let causes = one_line(&bad.error);
        let more = if self.bad.len() > 1 { format!(" (and {} more lines)", self.bad.len() - 1) } else { String::new() };
        Some(format!("line {} of its index file cannot be read: {causes}{more}", bad.number))
    }

    /// Why a version is not among the lines.
    pub(crate) fn why_missing(&self) -> String {
        match self.bad.first() {
            Some(bad) => format!("the index does not list it, or in line {}, which cannot be read", bad.number),
            None if self.lines.is_empty() => "the index has no such crate".to_owned(),
            None => "the index does not list this version".to_owned(),
        }
    }
}

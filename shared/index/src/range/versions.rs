//! Versions in little memory: 1.9 million of them are held at once.

use romt_types::{CrateId, CrateName, Digest, Version};

use crate::IndexLine;

/// Versions that one index file has, in the order of names and then versions, both as plain text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileVersions(Box<[(CrateName, Versions)]>);

impl FileVersions {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn of(lines: Vec<IndexLine>) -> Self {
        let mut lines: Vec<_> = lines.into_iter().map(|line| (line.version.to_string(), line)).collect();
        lines.sort_unstable_by(|(a, line), (b, other)| (&line.name, a).cmp(&(&other.name, b)));
        // A file may spell its crate's name in several ways.
        let spellings = lines.chunk_by(|(_, line), (_, other)| line.name == other.name);
        Self(spellings.map(|same| (same[0].1.name.clone(), Versions::of(same))).collect())
    }

    /// The spellings of the name, each with its versions.
    pub(super) fn by_name(self) -> impl Iterator<Item = (CrateName, Versions)> {
        self.0.into_iter()
    }
}

impl IntoIterator for FileVersions {
    type Item = (CrateId, Digest);
    type IntoIter = Box<dyn Iterator<Item = Self::Item>>;

    fn into_iter(self) -> Self::IntoIter {
        let ids = |(name, versions): (CrateName, Versions)| {
            let ids = versions.iter().filter_map(|entry| Some((entry.id(&name)?, *entry.cksum)));
            ids.collect::<Vec<_>>()
        };
        Box::new(self.0.into_iter().flat_map(ids))
    }
}

/// Versions of one name, as text: with their checksums some 40 bytes each, half of what they take when parsed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Versions {
    /// A line each.
    texts: String,
    cksums: Vec<Digest>,
}

/// One of [`Versions`].
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) version: &'a str,
    pub(super) cksum: &'a Digest,
}

impl Versions {
    fn of(lines: &[(String, IndexLine)]) -> Self {
        let mut texts = String::with_capacity(lines.iter().map(|(version, _)| version.len() + 1).sum());
        for (version, _) in lines {
            texts.push_str(version);
            texts.push('\n');
        }
        Self { texts, cksums: lines.iter().map(|(_, line)| line.cksum).collect() }
    }

    pub(super) fn push(&mut self, version: &Version, cksum: Digest) {
        self.texts.push_str(&version.to_string());
        self.texts.push('\n');
        self.cksums.push(cksum);
    }

    pub(super) fn append(&mut self, more: &Self) {
        self.texts.push_str(&more.texts);
        self.cksums.extend_from_slice(&more.cksums);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Entry<'_>> {
        self.texts.lines().zip(&self.cksums).map(|(version, cksum)| Entry { version, cksum })
    }
}

impl Entry<'_> {
    /// Its name and version. It is the text of a [`Version`], which can be parsed again; `None` does not happen.
    pub(super) fn id(self, name: &CrateName) -> Option<CrateId> {
        Some(CrateId::new(name.clone(), self.version.parse().ok()?))
    }
}

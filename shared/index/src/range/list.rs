//! Showing versions as Python romt does.

use std::collections::BTreeMap;

use romt_types::{CrateId, CrateName, Digest, PrefixStyle, Version};

use super::FileChanges;
use crate::IndexLine;

/// How a version is shown, in lists and in the logs of good and bad crates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ListStyle {
    /// `serde@1.0.0`
    #[default]
    Id,
    /// `se/rd/serde/serde-1.0.0.crate`, the path below the folder of crates.
    Path(PrefixStyle),
    /// The SHA-256, ` *` and the path, as `sha256sum --check` reads it.
    Hash(PrefixStyle),
}

impl ListStyle {
    /// One version, without a line end.
    pub fn line(self, id: &CrateId, cksum: &Digest) -> String {
        match self {
            Self::Id => id.to_string(),
            Self::Path(prefix) => id.path(prefix),
            Self::Hash(prefix) => format!("{cksum} *{}", id.path(prefix)),
        }
    }
}

/// The versions of a range in the order in which they are listed and worked on: by name and then version, both as plain
/// text (`Abc` before `a`, `1.10.0` before `1.2.0`).
#[derive(Debug, Clone, Default)]
pub struct CrateList {
    added: Versions,
    removed: Versions,
}

/// By name: 1.9 million versions share 200,000 names.
type Versions = BTreeMap<CrateName, Vec<(Version, Digest)>>;

impl CrateList {
    /// Takes the changes of one more file.
    pub fn push(&mut self, changes: FileChanges) {
        insert(&mut self.added, changes.added);
        insert(&mut self.removed, changes.removed);
    }

    /// Takes one more version that was added.
    pub fn add(&mut self, id: CrateId, cksum: Digest) {
        self.added.entry(id.name).or_default().push((id.version, cksum));
    }

    /// Whether nothing was added or removed.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }

    /// What was added, in order.
    pub fn added(&self) -> impl Iterator<Item = (CrateId, Digest)> {
        ordered(&self.added)
    }

    /// What was removed, in order.
    pub fn removed(&self) -> impl Iterator<Item = (CrateId, Digest)> {
        ordered(&self.removed)
    }

    /// The lines of a listing: first what was added, then what was removed with a `-` before it.
    pub fn lines(&self, style: ListStyle) -> impl Iterator<Item = String> {
        let added = self.added().map(move |(id, cksum)| style.line(&id, &cksum));
        added.chain(self.removed().map(move |(id, cksum)| format!("-{}", style.line(&id, &cksum))))
    }
}

fn insert(versions: &mut Versions, mut lines: Vec<IndexLine>) {
    // A file may spell its crate's name in several ways; a stable sort brings each together.
    lines.sort_by(|a, b| a.name.cmp(&b.name));
    for same in lines.chunk_by(|a, b| a.name == b.name) {
        let of_name = versions.entry(same[0].name.clone()).or_default();
        of_name.reserve_exact(same.len());
        of_name.extend(same.iter().map(|line| (line.version.clone(), line.cksum)));
    }
}

fn ordered(versions: &Versions) -> impl Iterator<Item = (CrateId, Digest)> {
    versions.iter().flat_map(|(name, versions)| {
        let mut sorted: Vec<_> =
            versions.iter().map(|(version, cksum)| (version.to_string(), version, cksum)).collect();
        sorted.sort_by(|(a, ..), (b, ..)| a.cmp(b));
        sorted.into_iter().map(|(_, version, cksum)| (CrateId::new(name.clone(), version.clone()), *cksum))
    })
}

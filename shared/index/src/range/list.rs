//! Showing versions as Python romt does.

use std::collections::BTreeMap;
use std::fmt;

use romt_types::{CrateId, CrateName, Digest, PrefixStyle};

use super::versions::{Entry, Versions};
use super::{FileChanges, FileVersions};

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
    added: Names,
    removed: Names,
}

#[derive(Debug, Clone, Default)]
struct Names(BTreeMap<CrateName, OfName>);

#[derive(Debug, Clone, Default)]
struct OfName {
    versions: Versions,
    /// How many times versions were added to them: those that came together are in order.
    times: usize,
}

impl CrateList {
    /// Takes the changes of one more file.
    pub fn push(&mut self, changes: FileChanges) {
        self.added.push(changes.added);
        self.removed.push(changes.removed);
    }

    /// Takes one more version that was added.
    pub fn add(&mut self, id: CrateId, cksum: Digest) {
        let of_name = self.added.0.entry(id.name).or_default();
        of_name.versions.push(&id.version, cksum);
        of_name.times += 1;
    }

    /// Whether nothing was added or removed.
    pub fn is_empty(&self) -> bool {
        self.added.0.is_empty() && self.removed.0.is_empty()
    }

    /// What was added, in order.
    pub fn added(&self) -> impl Iterator<Item = (CrateId, Digest)> {
        self.added.ids()
    }

    /// What was removed, in order.
    pub fn removed(&self) -> impl Iterator<Item = (CrateId, Digest)> {
        self.removed.ids()
    }

    /// The lines of a listing, without line ends: first what was added, then what was removed with a `-` before it.
    pub fn lines(&self, style: ListStyle) -> impl Iterator<Item = impl fmt::Display> {
        let added = self.added.iter().map(move |(name, entry)| Line { sign: "", style, name, entry });
        added.chain(self.removed.iter().map(move |(name, entry)| Line { sign: "-", style, name, entry }))
    }
}

impl Names {
    fn push(&mut self, of_file: FileVersions) {
        for (name, versions) in of_file.by_name() {
            let of_name = self.0.entry(name).or_default();
            match of_name.times {
                0 => of_name.versions = versions,
                _ => of_name.versions.append(&versions),
            }
            of_name.times += 1;
        }
    }

    fn iter(&self) -> impl Iterator<Item = (&CrateName, Entry<'_>)> {
        self.0.iter().flat_map(|(name, OfName { versions, times })| {
            let mut entries: Vec<_> = versions.iter().collect();
            if *times > 1 {
                entries.sort_by_key(|entry| entry.version);
            }
            entries.into_iter().map(move |entry| (name, entry))
        })
    }

    fn ids(&self) -> impl Iterator<Item = (CrateId, Digest)> {
        self.iter().filter_map(|(name, entry)| Some((entry.id(name)?, *entry.cksum)))
    }
}

/// A line of a listing. 1.9 million of them take no memory of their own.
struct Line<'a> {
    sign: &'static str,
    style: ListStyle,
    name: &'a CrateName,
    entry: Entry<'a>,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sign, style, name, entry } = self;
        match style {
            ListStyle::Id => write!(f, "{sign}{name}@{}", entry.version),
            ListStyle::Path(_) | ListStyle::Hash(_) => {
                let id = entry.id(name).ok_or(fmt::Error)?;
                write!(f, "{sign}{}", style.line(&id, entry.cksum))
            }
        }
    }
}

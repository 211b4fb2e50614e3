//! Which part of a mirror a store is.

use std::path::{Path, PathBuf};

use crate::StorageKey;

/// What of a mirror a store holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tree {
    /// All of it: a key is a path.
    Mirror,
    /// The keys with one prefix, in a folder of any name: with `crates/`, `crates/1/a/…` is `1/a/…` there.
    Part(&'static str),
}

impl Tree {
    /// The prefixes of the keys that it holds, but for those of what waits for its place.
    pub(crate) fn prefixes(self) -> &'static [&'static str] {
        const ALL: &[&str] = &[StorageKey::CRATES, StorageKey::DIST, StorageKey::RUSTUP, StorageKey::INDEX];
        match self {
            Self::Mirror => ALL,
            Self::Part(own) => ALL.iter().position(|prefix| *prefix == own).map_or(&[], |at| &ALL[at..=at]),
        }
    }

    /// The path of a key, or of a folder of keys. Keys hold no character that `object_store` would encode (`StorageKey` sees
    /// to that), so the file is called what the key says.
    pub(crate) fn path_of(self, key: &str) -> &str {
        match self {
            Self::Mirror => key,
            Self::Part(prefix) if key == folder_name(prefix) => "",
            Self::Part(prefix) => key.strip_prefix(prefix).unwrap_or(key),
        }
    }

    /// The key of a path that a listing found.
    pub(crate) fn key_of(self, path: &str) -> String {
        match self {
            Self::Mirror => path.to_owned(),
            Self::Part(prefix) => format!("{prefix}{path}"),
        }
    }
}

/// The mirror that the folder `part` belongs to by its name: the one around it, if it is called as the keys with `prefix`
/// begin.
pub(crate) fn mirror_around(part: &Path, prefix: &str) -> Option<PathBuf> {
    if part.file_name()? != folder_name(prefix) {
        return None;
    }
    let around = part.parent()?;
    Some(if around.as_os_str().is_empty() { PathBuf::from(".") } else { around.to_owned() })
}

fn folder_name(prefix: &str) -> &str {
    prefix.trim_end_matches('/')
}

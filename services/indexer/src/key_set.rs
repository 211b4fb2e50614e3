//! A set of keys that is small at any size of mirror.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

/// Remembers which keys there are by eight bytes each: 20 MB for all of crates.io.
///
/// Two keys may look alike by chance, about once in ten million mirrors of that size. So it serves where that does no
/// harm: a file is thought to be there until somebody reads it, or is left lying though nobody needs it.
#[derive(Debug, Default)]
pub(crate) struct KeySet {
    hash: BuildHasherDefault<DefaultHasher>,
    hashes: Vec<u64>,
}

impl KeySet {
    /// Adds a key.
    pub(crate) fn insert(&mut self, key: &str) {
        self.hashes.push(self.hash.hash_one(key));
    }

    /// To be called after the last key was added and before the first question.
    pub(crate) fn seal(mut self) -> Sealed {
        self.hashes.sort_unstable();
        Sealed(self)
    }
}

/// A set that is complete.
#[derive(Debug)]
pub(crate) struct Sealed(KeySet);

impl Sealed {
    /// Whether a key was added.
    pub(crate) fn contains(&self, key: &str) -> bool {
        self.0.hashes.binary_search(&self.0.hash.hash_one(key)).is_ok()
    }
}

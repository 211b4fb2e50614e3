//! Files at their paths, beside what registries have.

use std::collections::BTreeMap;
use std::sync::Mutex;

use bytes::Bytes;
use romt_dist::testing::SigningKey;

/// What follows the name of a file in that of its signature.
const SIGNATURE: &str = ".asc";

/// Files by their paths: `/dist/channel-rust-stable.toml`.
#[derive(Debug, Default)]
pub(super) struct Files {
    files: Mutex<BTreeMap<String, Bytes>>,
    /// Signs whatever is asked for with `.asc` behind its path.
    key: Mutex<Option<SigningKey>>,
}

impl Files {
    pub(super) fn put(&self, path: &str, content: Bytes) {
        assert!(path.starts_with('/'), "{path} is a path on a server");
        self.files.lock().expect("no panic while locked").insert(path.to_owned(), content);
    }

    pub(super) fn remove(&self, path: &str) -> Option<Bytes> {
        self.files.lock().expect("no panic while locked").remove(path)
    }

    pub(super) fn sign_with(&self, key: Option<SigningKey>) {
        *self.key.lock().expect("no panic while locked") = key;
    }

    /// The file at `path`; a signature that was not put there is made, which takes longer than all else.
    pub(super) fn get(&self, path: &str) -> Option<Bytes> {
        let file = |path| self.files.lock().expect("no panic while locked").get(path).cloned();
        if let Some(content) = file(path) {
            return Some(content);
        }
        let signed = file(path.strip_suffix(SIGNATURE)?)?;
        let key = self.key.lock().expect("no panic while locked").clone()?;
        Some(key.sign(&signed).into())
    }
}

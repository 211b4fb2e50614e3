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
    signer: Mutex<Signer>,
}

#[derive(Debug, Default)]
struct Signer {
    key: Option<SigningKey>,
    /// The signatures made so far: no two of one file are the same, and upstream has one.
    made: BTreeMap<String, Bytes>,
}

impl Files {
    pub(super) fn put(&self, path: &str, content: Bytes) {
        assert!(path.starts_with('/'), "{path} is a path on a server");
        self.files.lock().expect("no panic while locked").insert(path.to_owned(), content);
        self.signer.lock().expect("no panic while locked").made.remove(&format!("{path}{SIGNATURE}"));
    }

    pub(super) fn remove(&self, path: &str) -> Option<Bytes> {
        self.files.lock().expect("no panic while locked").remove(path)
    }

    pub(super) fn sign_with(&self, key: Option<SigningKey>) {
        *self.signer.lock().expect("no panic while locked") = Signer { key, made: BTreeMap::new() };
    }

    /// The file at `path`; a signature that was not put there is made, which takes longer than all else.
    pub(super) fn get(&self, path: &str) -> Option<Bytes> {
        let file = |path| self.files.lock().expect("no panic while locked").get(path).cloned();
        if let Some(content) = file(path) {
            return Some(content);
        }
        let signed = file(path.strip_suffix(SIGNATURE)?)?;
        let mut signer = self.signer.lock().expect("no panic while locked");
        if let Some(made) = signer.made.get(path) {
            return Some(made.clone());
        }
        let signature = Bytes::from(signer.key.as_ref()?.sign(&signed));
        signer.made.insert(path.to_owned(), signature.clone());
        Some(signature)
    }
}

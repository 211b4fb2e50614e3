//! A crate that can be published.

use bytes::Bytes;
use romt_types::{CrateId, Digest};

use super::{FakeCrate, archive, line};

/// The file and the index line of one version of a crate.
#[derive(Debug, Clone)]
pub struct PackedCrate {
    id: CrateId,
    krate: FakeCrate,
    bytes: Bytes,
    digest: Digest,
}

impl PackedCrate {
    pub(super) fn new(krate: &FakeCrate) -> Self {
        let bytes = archive::archive(krate);
        let name = krate.name.parse().expect("a crate name");
        let version = krate.version.parse().expect("a version");
        Self { id: CrateId::new(name, version), krate: krate.clone(), digest: Digest::of(&bytes), bytes }
    }

    /// Its name and version.
    pub fn id(&self) -> &CrateId {
        &self.id
    }

    /// Its `.crate` file.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The SHA-256 of its file.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Its line in the index, without a line feed.
    pub fn line(&self) -> String {
        line::line(&self.krate, &self.digest.to_string())
    }

    /// The same, yanked or no more yanked; the file is not touched.
    pub(crate) fn set_yanked(&mut self, yanked: bool) {
        self.krate.yanked = yanked;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::{Dependency, FakeCrate};

    fn sample() -> FakeCrate {
        FakeCrate::new("sample", "1.2.3+x")
            .depends(Dependency::on("real", "^1").renamed("alias").optional().no_default_features().features(&["f"]))
            .depends(Dependency::on("win", "0.1").target("cfg(windows)").build())
            .feature("default", &["loud"])
            .feature2("loud", &["dep:alias"])
            .rust_version("1.70")
            .pubtime("2026-01-31T00:00:00Z")
            .extra("from_the_future", json!({"a": [1, 2]}))
    }

    #[test]
    fn the_same_crate_has_the_same_bytes_and_an_edition_has_others() {
        assert_eq!(sample().pack().bytes(), sample().pack().bytes());
        assert_ne!(sample().pack().bytes(), sample().edition(2).pack().bytes());
        assert!(sample().padding(50_000).pack().bytes().len() > 50_000);
    }

    #[test]
    fn the_line_tells_everything() {
        let packed = sample().pack();
        let line: Value = serde_json::from_str(&packed.line()).unwrap();
        assert_eq!(
            line,
            json!({
                "name": "sample", "vers": "1.2.3+x", "cksum": packed.digest().to_string(), "yanked": false, "v": 2,
                "features": {"default": ["loud"]}, "features2": {"loud": ["dep:alias"]},
                "rust_version": "1.70", "pubtime": "2026-01-31T00:00:00Z", "from_the_future": {"a": [1, 2]},
                "deps": [
                    {"name": "alias", "package": "real", "req": "^1", "features": ["f"], "optional": true,
                     "default_features": false, "target": null, "kind": "normal"},
                    {"name": "win", "req": "0.1", "features": [], "optional": false,
                     "default_features": true, "target": "cfg(windows)", "kind": "build"},
                ],
            })
        );
    }
}

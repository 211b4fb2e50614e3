//! Crates to publish: real ones, which cargo builds.

mod archive;
mod dependency;
mod line;
mod manifest;
mod packed;
mod source;

use std::collections::BTreeMap;

use serde_json::Value;

pub use dependency::Dependency;
pub use packed::PackedCrate;

/// One version of a crate, in the making. [`pack`](Self::pack) gives its file and its index line.
///
/// Its library has one function, `tree()`, which tells its name, its version, the features it was built with and the
/// same of its dependencies: `app-1.0.0+loud[greet-1.2.0]`. So a program's output shows what cargo resolved.
#[derive(Debug, Clone)]
pub struct FakeCrate {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) features: BTreeMap<String, Vec<String>>,
    pub(crate) features2: BTreeMap<String, Vec<String>>,
    pub(crate) yanked: bool,
    pub(crate) rust_version: Option<String>,
    pub(crate) pubtime: Option<String>,
    pub(crate) extra: BTreeMap<String, Value>,
    pub(crate) padding: usize,
    pub(crate) edition: u32,
}

impl FakeCrate {
    /// A crate without dependencies.
    pub fn new(name: &str, version: &str) -> Self {
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            dependencies: Vec::new(),
            features: BTreeMap::new(),
            features2: BTreeMap::new(),
            yanked: false,
            rust_version: None,
            pubtime: None,
            extra: BTreeMap::new(),
            padding: 0,
            edition: 1,
        }
    }

    /// Adds a dependency.
    #[must_use]
    pub fn depends(mut self, dependency: Dependency) -> Self {
        self.dependencies.push(dependency);
        self
    }

    /// Adds a plain dependency: `name` at a version that `req` matches.
    #[must_use]
    pub fn depends_on(self, name: &str, req: &str) -> Self {
        self.depends(Dependency::on(name, req))
    }

    /// Adds a feature that turns on `enables`.
    #[must_use]
    pub fn feature(mut self, name: &str, enables: &[&str]) -> Self {
        self.features.insert(name.to_owned(), owned(enables));
        self
    }

    /// Adds a feature that stands in the index line's `features2`: one that uses `dep:` or `?`.
    #[must_use]
    pub fn feature2(mut self, name: &str, enables: &[&str]) -> Self {
        self.features2.insert(name.to_owned(), owned(enables));
        self
    }

    /// Yanked from the start.
    #[must_use]
    pub fn yanked(mut self) -> Self {
        self.yanked = true;
        self
    }

    /// The oldest Rust it builds with.
    #[must_use]
    pub fn rust_version(mut self, version: &str) -> Self {
        self.rust_version = Some(version.to_owned());
        self
    }

    /// When it was published: `2026-01-31T00:00:00Z`.
    #[must_use]
    pub fn pubtime(mut self, time: &str) -> Self {
        self.pubtime = Some(time.to_owned());
        self
    }

    /// A field of the index line that nobody knows yet.
    #[must_use]
    pub fn extra(mut self, field: &str, value: Value) -> Self {
        self.extra.insert(field.to_owned(), value);
        self
    }

    /// About as many bytes more in its file; they do not compress.
    #[must_use]
    pub fn padding(mut self, bytes: usize) -> Self {
        self.padding = bytes;
        self
    }

    /// The `n`th edition of the same version: another file, with other bytes, under the same name.
    #[must_use]
    pub fn edition(mut self, n: u32) -> Self {
        self.edition = n;
        self
    }

    /// The file and the index line.
    pub fn pack(&self) -> PackedCrate {
        PackedCrate::new(self)
    }

    /// All features.
    pub(crate) fn all_features(&self) -> impl Iterator<Item = (&String, &Vec<String>)> {
        self.features.iter().chain(&self.features2)
    }
}

fn owned(list: &[&str]) -> Vec<String> {
    list.iter().map(|&item| item.to_owned()).collect()
}

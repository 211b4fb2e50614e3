//! Releases of toolchains to publish.

use std::collections::BTreeMap;

use bytes::Bytes;
use romt_dist::testing::SampleRelease;
use romt_dist::{PackagePath, Release};
use romt_types::Digest;

/// A release of a toolchain of real size: 115 targets, 94 of them available, 425 packages in 407 files. The files are
/// small, and always the same; real ones can take their places.
#[derive(Debug, Clone)]
pub struct FakeToolchain {
    sample: SampleRelease,
    given: BTreeMap<PackagePath, Bytes>,
    padding: usize,
}

impl FakeToolchain {
    /// A stable release: `1.76.0` of `2024-02-08`.
    pub fn stable(version: &str, date: &str) -> Self {
        Self::of(SampleRelease::stable(version, date))
    }

    /// The beta `VERSION-beta.NUMBER`.
    pub fn beta(version: &str, number: u32, date: &str) -> Self {
        Self::of(SampleRelease::beta(version, number, date))
    }

    /// The nightly of a day, which leads to `version`.
    pub fn nightly(version: &str, date: &str) -> Self {
        Self::of(SampleRelease::nightly(version, date))
    }

    fn of(sample: SampleRelease) -> Self {
        Self { sample, given: BTreeMap::new(), padding: 0 }
    }

    /// Makes every file longer by so many bytes, except those whose content is given.
    #[must_use]
    pub fn padding(self, bytes: usize) -> Self {
        Self { padding: bytes, ..self }
    }

    /// Gives a package its file: `rustc` for `x86_64-unknown-linux-gnu`; `*` is for all targets. It must be an archive in
    /// xz, which is what the manifest says of it.
    ///
    /// # Panics
    /// When the release has no such package.
    #[must_use]
    #[track_caller]
    pub fn package(mut self, name: &str, target: &str, content: impl Into<Bytes>) -> Self {
        let path = self.sample.package_path(name, target);
        assert!(self.sample.files().contains(&path), "there is no {name} for {target}");
        self.given.insert(path, content.into());
        self
    }

    /// Which release it is.
    pub fn release(&self) -> Release {
        self.sample.release
    }

    /// Its day: `2024-02-08`.
    pub fn date(&self) -> String {
        self.release().date.to_string()
    }

    /// The path of a package's file below `dist/`: `2024-02-08/rustc-1.76.0-x86_64-unknown-linux-gnu.tar.xz`.
    pub fn path(&self, name: &str, target: &str) -> String {
        self.sample.package_path(name, target).to_string()
    }

    /// Its manifest, whose URLs begin with `host`.
    pub fn manifest(&self, host: &str) -> String {
        self.sample.manifest_of(host, |path| Digest::of(&self.content(path)))
    }

    /// The files of its packages, by their paths below `dist/`.
    pub fn files(&self) -> BTreeMap<String, Bytes> {
        self.sample.files().iter().map(|path| (path.to_string(), self.content(path))).collect()
    }

    /// Whether it is the newest of its channel where `other` is so far.
    pub(super) fn is_newer_than(&self, other: &Release) -> bool {
        let rank = |release: &Release| (release.date, release.version, release.beta);
        rank(&self.release()) >= rank(other)
    }

    fn content(&self, path: &PackagePath) -> Bytes {
        if let Some(content) = self.given.get(path) {
            return content.clone();
        }
        let mut content = SampleRelease::content(path);
        // Its own bytes again and again, so that no two files of one size are the same.
        let length = content.len() + self.padding;
        content = content.into_iter().cycle().take(length).collect();
        content.into()
    }
}

//! Releases of toolchains and of rustup, as files of a mirror.

use std::collections::BTreeSet;

use romt_dist::testing::{HOST, SampleRelease};
use romt_dist::{DistFile, DistKey, HashFile, Manifest, Package, Part, RustupKey, archive_order};
use romt_types::Digest;

pub(crate) const MUSL: &str = "x86_64-unknown-linux-musl";
pub(crate) const MINGW: &str = "x86_64-pc-windows-gnu";

/// A release, with the targets that a mirror has of it.
pub(crate) struct Release {
    pub(crate) text: Vec<u8>,
    pub(crate) manifest: Manifest,
    targets: Vec<&'static str>,
}

impl Release {
    pub(crate) fn new(sample: &SampleRelease, targets: &[&'static str]) -> Self {
        let text = sample.manifest("http://upstream.test").into_bytes();
        Self { manifest: Manifest::parse(&text).unwrap(), text, targets: targets.to_vec() }
    }

    /// The manifest's file.
    pub(crate) fn file(&self) -> DistFile {
        DistFile::Manifest(self.manifest.release().canonical())
    }

    fn packages(&self) -> Vec<&Package> {
        let targets = self.targets.iter().map(|target| target.parse().unwrap());
        let packages: BTreeSet<_> = targets
            .flat_map(|target| self.manifest.available_for(&target).map(|(package, _)| package).collect::<Vec<_>>())
            .collect();
        packages.into_iter().collect()
    }
}

/// One of stable for two targets, which share a package, and one of nightly for another.
pub(crate) fn uneven() -> [Release; 2] {
    [
        Release::new(&SampleRelease::stable("1.76.0", "2024-02-08"), &[HOST, MUSL]),
        Release::new(&SampleRelease::nightly("1.78.0", "2024-02-09"), &[MINGW]),
    ]
}

/// A small one.
pub(crate) fn small() -> Release {
    Release::new(&SampleRelease::stable("1.76.0", "2024-02-08"), &["wasm32-unknown-none"])
}

/// What a file's signature holds.
pub(crate) type Sign<'a> = dyn Fn(&[u8]) -> Vec<u8> + 'a;

/// All files of an archive of these releases, in its order; those of signatures hold what `sign` makes of the files.
pub(crate) fn files(releases: &[Release], sign: Option<&Sign<'_>>) -> Vec<(DistKey, Vec<u8>)> {
    let packages: Vec<_> = releases.iter().map(Release::packages).collect();
    let toolchains = releases.iter().zip(&packages);
    let toolchains =
        toolchains.map(|(release, packages)| (release.manifest.release().canonical(), packages.as_slice()));
    let parts = if sign.is_some() { &Part::ALL[..] } else { &Part::ALL[..2] };
    let content = |file: &DistFile| match file {
        DistFile::Package(path) => SampleRelease::content(path),
        manifest @ DistFile::Manifest(_) => {
            releases.iter().find(|release| release.file() == *manifest).unwrap().text.clone()
        }
    };
    let of_key = |key: DistKey| {
        let content = content(&key.file);
        let name = key.file.clone().part(Part::Content).to_string();
        let name = name.rsplit('/').next().unwrap();
        let content = match key.part {
            Part::Content => content,
            Part::Hash => HashFile::new(Digest::of(&content), name).to_string().into_bytes(),
            Part::Signature => sign.unwrap()(&content),
        };
        (key, content)
    };
    archive_order(toolchains, parts).into_iter().map(of_key).collect()
}

pub(crate) fn keys<K: Clone>(files: &[(K, Vec<u8>)]) -> Vec<K> {
    files.iter().map(|(key, _)| key.clone()).collect()
}

/// The programs of these versions and targets, each with its hash: for Windows without a name, as upstream has it.
pub(crate) fn rustup(programs: &[(&str, &str)]) -> Vec<(RustupKey, Vec<u8>)> {
    let mut files = Vec::new();
    for (version, target) in programs {
        let content = format!("rustup {version} for {target}").into_bytes();
        let digest = Digest::of(&content);
        let hash = if target.contains("windows") { format!("{digest}") } else { format!("{digest} *rustup-init\n") };
        for (hash, content) in [(false, content), (true, hash.into_bytes())] {
            let (version, target) = (version.parse().unwrap(), target.parse().unwrap());
            files.push((RustupKey::Archive { version, target, hash }, content));
        }
    }
    files
}

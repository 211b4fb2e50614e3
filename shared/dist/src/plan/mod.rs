//! Which packages of a manifest a command is about: pure functions over what a manifest has and what is on disk.

mod download;
mod expected;
mod selection;
#[cfg(test)]
mod tests;

pub use download::{Download, DownloadPlan, PlanError};
pub use expected::Expected;
pub use selection::Selection;

use std::collections::BTreeSet;

use crate::{DistFile, DistKey, ManifestPath, Package, PackageFile, Part};

/// The files of `packages`, each once, in their order.
pub(crate) fn files<'m>(packages: &[&'m Package]) -> Vec<&'m PackageFile> {
    let mut seen = BTreeSet::new();
    let files = packages.iter().filter_map(|package| package.file.as_ref());
    files.filter(|file| seen.insert(&file.path)).collect()
}

/// The members of an archive of toolchains, in Python romt's order: for each toolchain its manifest, then its
/// packages, each followed by its side-car files. A file that several toolchains share comes once, with the first.
pub fn archive_order<'m>(
    toolchains: impl IntoIterator<Item = (ManifestPath, &'m [&'m Package])>,
    parts: &[Part],
) -> Vec<DistKey> {
    let mut seen = BTreeSet::new();
    let mut members = Vec::new();
    for (manifest, packages) in toolchains {
        let packages = packages.iter().filter_map(|package| package.file.as_ref());
        let packages = packages.map(|file| DistFile::Package(file.path.clone()));
        for file in std::iter::once(DistFile::Manifest(manifest)).chain(packages) {
            if seen.insert(file.clone()) {
                members.extend(parts.iter().map(|part| file.clone().part(*part)));
            }
        }
    }
    members
}

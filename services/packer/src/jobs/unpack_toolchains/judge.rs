//! Compares what came out of an archive with the manifests in it.

use std::collections::BTreeMap;

use romt_dist::{DistFile, DistKey, Manifest, ManifestPath, PackagePath, Part};
use romt_types::Digest;
use tokio_util::sync::CancellationToken;

use super::{Arrived, StagedFile, Unpacking};
use crate::Stopped;
use crate::jobs::folder_archive::BadFile;

/// Refuses the archive unless each manifest is that of its name, each package is what a manifest lists, and each file has a
/// `.sha256` file that says the same.
pub(super) fn judge(
    unpacking: &Unpacking<'_>,
    arrived: &Arrived<DistKey>,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    // First of all the hashes: what the medium has spoiled is not even parsed.
    for (key, file) in arrived {
        let file_of = |part| arrived.get(&key.file.clone().part(part));
        if key.part == Part::Content {
            unpacking.compare(key, file, file_of(Part::Hash))?;
        } else if file_of(Part::Content).is_none() {
            return Err(unpacking.refuse(key, BadFile::Alone));
        }
    }
    let mut listed = BTreeMap::new();
    for (key, file) in arrived {
        if let (DistFile::Manifest(path), Part::Content) = (&key.file, key.part) {
            Stopped::check(stop)?;
            let manifest = read_manifest(unpacking, *path, key, file)?;
            add_packages(unpacking, arrived, &manifest, &mut listed)?;
        }
    }
    for (key, file) in arrived {
        if let (DistFile::Package(path), Part::Content) = (&key.file, key.part) {
            let expected = *listed.get(path).ok_or_else(|| unpacking.refuse(key, BadFile::NotListed))?;
            if file.digest != expected {
                let reason = BadFile::Hash { name: key.to_string(), found: file.digest, expected };
                return Err(unpacking.refuse(key, reason));
            }
        }
    }
    Ok(())
}

fn read_manifest(
    unpacking: &Unpacking<'_>,
    path: ManifestPath,
    key: &DistKey,
    file: &StagedFile,
) -> anyhow::Result<Manifest> {
    let manifest = Manifest::parse(&unpacking.read(file)?);
    let manifest = manifest.map_err(|error| unpacking.refuse(key, BadFile::Manifest(error)))?;
    let own = manifest.release().canonical();
    if own == path { Ok(manifest) } else { Err(unpacking.refuse(key, BadFile::OtherManifest(own))) }
}

/// Adds the packages of a manifest that are in the archive: all others do not matter here, and would fill the memory.
fn add_packages(
    unpacking: &Unpacking<'_>,
    arrived: &Arrived<DistKey>,
    manifest: &Manifest,
    listed: &mut BTreeMap<PackagePath, Digest>,
) -> anyhow::Result<()> {
    for (_, file) in manifest.available() {
        let key = DistFile::Package(file.path.clone()).part(Part::Content);
        if arrived.contains_key(&key) && *listed.entry(file.path.clone()).or_insert(file.digest) != file.digest {
            return Err(unpacking.refuse(&key, BadFile::TwoHashes));
        }
    }
    Ok(())
}

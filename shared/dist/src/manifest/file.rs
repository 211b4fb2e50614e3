//! The file of a manifest, as rustup documents its format: TOML with `manifest-version = "2"`.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use romt_types::{Digest, ParseError};
use serde::Deserialize;

use super::{Manifest, ManifestError, Package, PackageError, PackageFile};
use crate::release::VersionText;
use crate::{PackageName, PackagePath, PackageTarget, Release, Target};

/// What is read of the file; every other key is passed over.
#[derive(Deserialize)]
struct File {
    #[serde(rename = "manifest-version")]
    manifest_version: Option<String>,
    date: Option<String>,
    #[serde(default)]
    pkg: BTreeMap<String, PackageTable>,
    #[serde(default)]
    renames: BTreeMap<String, Rename>,
    #[serde(default)]
    profiles: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct PackageTable {
    #[serde(default)]
    version: String,
    #[serde(default)]
    target: BTreeMap<String, TargetTable>,
}

#[derive(Deserialize)]
struct TargetTable {
    available: bool,
    #[serde(default)]
    url: String,
    #[serde(default)]
    hash: String,
    #[serde(default)]
    xz_url: String,
    #[serde(default)]
    xz_hash: String,
    #[serde(default)]
    components: Vec<Component>,
}

#[derive(Deserialize)]
struct Component {
    pkg: String,
}

#[derive(Deserialize)]
struct Rename {
    to: String,
}

/// The packages whose version tells the channel, best first. All but the oldest manifests have the first.
const VERSIONED: [&str; 3] = ["rust-src", "rust", "rustc"];
/// The combined package: all that rustup installed before there were profiles.
const COMBINED: &str = "rust";
const MANIFEST_VERSION: &str = "2";
/// A hostile value must not fill a log.
const SHOWN: usize = 60;

pub(super) fn parse(content: &[u8]) -> Result<Manifest, ManifestError> {
    if content.len() > Manifest::MAX_SIZE {
        return Err(ManifestError::TooLarge);
    }
    let text = std::str::from_utf8(content).map_err(|e| {
        let line = line_at(content, e.valid_up_to());
        ManifestError::Malformed { message: "it is not UTF-8".into(), line: Some(line) }
    })?;
    let file: File = toml::from_str(text).map_err(|e| ManifestError::Malformed {
        message: shown(e.message()),
        line: e.span().map(|span| line_at(content, span.start)),
    })?;
    let found = file.manifest_version.as_deref();
    if found != Some(MANIFEST_VERSION) {
        let found = found.map_or_else(|| "missing".into(), |found| format!("{:?}", shown(found)));
        return Err(ManifestError::ManifestVersion { found });
    }
    let packages = packages(&file.pkg)?;
    Ok(Manifest {
        release: release(&file)?,
        packages,
        combined: combined(&file.pkg),
        profiles: profiles(file.profiles)?,
        renames: renames(file.renames)?,
    })
}

fn release(file: &File) -> Result<Release, ManifestError> {
    let date = file.date.as_deref().ok_or(ManifestError::NoDate)?.parse().map_err(ManifestError::Date)?;
    let versioned = VERSIONED.into_iter().find_map(|name| file.pkg.get(name).map(|package| (name, package)));
    let (name, table) = versioned.ok_or(ManifestError::NoVersion)?;
    let version = VersionText::from_str(&table.version);
    let VersionText { channel, version, beta } =
        version.map_err(|source| ManifestError::Version { package: name, source })?;
    Ok(Release { date, channel, version, beta })
}

/// All packages by target and name.
fn packages(tables: &BTreeMap<String, PackageTable>) -> Result<Vec<Package>, ManifestError> {
    let count: usize = tables.values().map(|table| table.target.len()).sum();
    if count > Manifest::MAX_PACKAGES {
        return Err(ManifestError::TooManyPackages);
    }
    let mut packages = Vec::with_capacity(count);
    for (name, table) in tables {
        for (target, entry) in &table.target {
            let package = package(name, target, entry).map_err(|source| ManifestError::Package {
                name: shown(name),
                target: shown(target),
                source,
            });
            packages.push(package?);
        }
    }
    packages.sort_unstable();
    let mut hashes: BTreeMap<&PackagePath, Digest> = BTreeMap::new();
    for file in packages.iter().filter_map(|package| package.file.as_ref()) {
        if *hashes.entry(&file.path).or_insert(file.digest) != file.digest {
            return Err(ManifestError::TwoHashes(file.path.clone()));
        }
    }
    Ok(packages)
}

fn package(name: &str, target: &str, entry: &TargetTable) -> Result<Package, PackageError> {
    Ok(Package {
        name: name.parse().map_err(PackageError::Name)?,
        target: PackageTarget::from_str(target).map_err(PackageError::Name)?,
        file: package_file(entry)?,
    })
}

/// The file to mirror: the one in xz, which is all that Python romt and rustup take where it is, else the one in gzip,
/// which is all that old releases have. A package that is said to be available and has neither has nothing to mirror:
/// such is the combined one of a manifest that only lists its components.
fn package_file(entry: &TargetTable) -> Result<Option<PackageFile>, PackageError> {
    let both = [(&entry.xz_url, &entry.xz_hash), (&entry.url, &entry.hash)];
    let given = both.into_iter().find(|(url, _)| !url.is_empty());
    let Some((url, hash)) = given.filter(|_| entry.available) else { return Ok(None) };
    if hash.is_empty() {
        return Err(PackageError::NoHash);
    }
    Ok(Some(PackageFile {
        path: PackagePath::from_url(url).map_err(PackageError::Url)?,
        digest: hash.parse().map_err(PackageError::Hash)?,
    }))
}

/// A name that is none is in no package either, so it is passed over here.
fn combined(tables: &BTreeMap<String, PackageTable>) -> BTreeMap<Target, Vec<PackageName>> {
    let targets = tables.get(COMBINED).into_iter().flat_map(|table| &table.target);
    let named = targets.filter_map(|(target, entry)| {
        let names = entry.components.iter().filter_map(|component| component.pkg.parse().ok());
        Some((target.parse().ok()?, names.collect()))
    });
    named.collect()
}

fn profiles(tables: BTreeMap<String, Vec<String>>) -> Result<BTreeMap<String, Vec<PackageName>>, ManifestError> {
    let error = |source| ManifestError::Name { table: "profiles", source };
    let parse = |names: Vec<String>| -> Result<Vec<PackageName>, ParseError> {
        let distinct: BTreeSet<_> = names.iter().map(|name| name.parse()).collect::<Result<_, _>>()?;
        Ok(distinct.into_iter().collect())
    };
    tables.into_iter().map(|(profile, names)| Ok((profile, parse(names).map_err(error)?))).collect()
}

fn renames(tables: BTreeMap<String, Rename>) -> Result<BTreeMap<PackageName, PackageName>, ManifestError> {
    let error = |source| ManifestError::Name { table: "renames", source };
    let parse =
        |(from, rename): (String, Rename)| Ok((from.parse().map_err(error)?, rename.to.parse().map_err(error)?));
    tables.into_iter().map(parse).collect()
}

/// The line that the byte `at` is in, counted from one.
fn line_at(content: &[u8], at: usize) -> usize {
    1 + content.iter().take(at).filter(|&&b| b == b'\n').count()
}

fn shown(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(SHOWN).flat_map(char::escape_debug).collect()
}

//! What following dependencies needs of a line.

use std::collections::BTreeMap;

use romt_types::CrateName;
use semver::VersionReq;
use serde::Deserialize;

use crate::{IndexLine, LineError};

/// One version with its dependencies and features.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Which version.
    pub line: IndexLine,
    /// Its dependencies on crates of the same registry, those of its tests left out.
    pub dependencies: Vec<Dependency>,
    /// Its features, those of `features2` included: what each turns on.
    pub features: BTreeMap<String, Vec<String>>,
    /// The version of the index format it is written in: a cargo that does not know it passes the line over.
    pub format: u32,
    /// Names of dependencies on crates of other registries, which this index does not have.
    pub foreign: Vec<String>,
}

/// One dependency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// What the package calls it; features speak of it by this name.
    pub alias: String,
    /// The crate it is.
    pub name: CrateName,
    /// Which versions fit.
    pub requirement: VersionReq,
    /// The features it is asked for.
    pub features: Vec<String>,
    /// Whether it counts only when a feature turns it on.
    pub optional: bool,
    /// Whether its `default` feature is asked for.
    pub default_features: bool,
    /// What it is for.
    pub kind: DependencyKind,
}

/// What a dependency is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DependencyKind {
    /// The package itself.
    #[default]
    Normal,
    /// Its build script.
    Build,
    /// Its tests.
    Dev,
}

#[derive(Deserialize)]
struct RawPackage {
    #[serde(default)]
    v: Option<u32>,
    #[serde(default)]
    deps: Vec<RawDependency>,
    #[serde(default)]
    features: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    features2: Option<BTreeMap<String, Vec<String>>>,
}

#[derive(Deserialize)]
struct RawDependency {
    name: String,
    req: String,
    #[serde(default)]
    features: Vec<String>,
    #[serde(default)]
    optional: bool,
    #[serde(default = "yes")]
    default_features: bool,
    #[serde(default)]
    kind: Option<DependencyKind>,
    #[serde(default)]
    registry: Option<String>,
    #[serde(default)]
    package: Option<String>,
}

fn yes() -> bool {
    true
}

impl Package {
    /// Reads a line without its line end.
    pub fn parse(line: &[u8]) -> Result<Self, LineError> {
        let raw: RawPackage = serde_json::from_slice(line)?;
        let line = IndexLine::parse(line)?;
        let format = raw.v.unwrap_or(1);
        let mut features = raw.features;
        for (name, values) in raw.features2.unwrap_or_default() {
            features.entry(name).or_default().extend(values);
        }
        let (foreign, own): (Vec<_>, Vec<_>) = raw.deps.into_iter().partition(|dep| dep.registry.is_some());
        // Nobody follows the dependencies of a dependency's tests.
        let followed = own.into_iter().filter(|dep| dep.kind != Some(DependencyKind::Dev));
        let dependencies = followed.map(Dependency::from_raw).collect::<Result<_, _>>()?;
        Ok(Self { line, dependencies, features, format, foreign: foreign.into_iter().map(|dep| dep.name).collect() })
    }
}

impl Dependency {
    fn from_raw(raw: RawDependency) -> Result<Self, LineError> {
        let requirement = VersionReq::parse(&raw.req).map_err(|source| LineError::Requirement {
            dependency: raw.name.clone(),
            requirement: raw.req.clone(),
            source,
        })?;
        Ok(Self {
            name: raw.package.as_ref().unwrap_or(&raw.name).parse()?,
            alias: raw.name,
            requirement,
            features: raw.features,
            optional: raw.optional,
            default_features: raw.default_features,
            kind: raw.kind.unwrap_or_default(),
        })
    }
}

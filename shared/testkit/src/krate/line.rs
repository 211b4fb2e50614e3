//! Index lines, as crates.io writes them.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::FakeCrate;
use super::dependency::Dependency;

/// The fields of an index line in the order in which they are written.
#[derive(Serialize)]
struct Line<'a> {
    name: &'a str,
    vers: &'a str,
    deps: Vec<LineDependency<'a>>,
    cksum: &'a str,
    features: &'a BTreeMap<String, Vec<String>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    features2: &'a BTreeMap<String, Vec<String>>,
    yanked: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    rust_version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pubtime: Option<&'a str>,
    /// Lines with `features2` are of the second version of the format.
    #[serde(skip_serializing_if = "Option::is_none")]
    v: Option<u32>,
    #[serde(flatten)]
    extra: &'a BTreeMap<String, Value>,
}

#[derive(Serialize)]
struct LineDependency<'a> {
    name: &'a str,
    req: &'a str,
    features: &'a [String],
    optional: bool,
    default_features: bool,
    target: Option<&'a str>,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    package: Option<&'a str>,
}

impl<'a> From<&'a Dependency> for LineDependency<'a> {
    fn from(dependency: &'a Dependency) -> Self {
        Self {
            name: &dependency.name,
            req: &dependency.req,
            features: &dependency.features,
            optional: dependency.optional,
            default_features: dependency.default_features,
            target: dependency.target.as_deref(),
            kind: dependency.kind.as_str(),
            package: dependency.package.as_deref(),
        }
    }
}

/// The line of `krate`, whose file has the SHA-256 `cksum`; without a line feed.
pub(super) fn line(krate: &FakeCrate, cksum: &str) -> String {
    let line = Line {
        name: &krate.name,
        vers: &krate.version,
        deps: krate.dependencies.iter().map(LineDependency::from).collect(),
        cksum,
        features: &krate.features,
        features2: &krate.features2,
        yanked: krate.yanked,
        rust_version: krate.rust_version.as_deref(),
        pubtime: krate.pubtime.as_deref(),
        v: (!krate.features2.is_empty()).then_some(2),
        extra: &krate.extra,
    };
    serde_json::to_string(&line).expect("an index line is always JSON")
}

//! Reading `Cargo.toml`: what local packages require of a registry (The Cargo Book, "The Manifest Format").

use std::collections::BTreeMap;
use std::path::Path;

use semver::VersionReq;
use serde::Deserialize;

use super::workspace::{LocalPackage, for_people, load};
use super::{Reason, RequirementRoot, Roots, SelectError};

/// What is read of a manifest.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Manifest {
    pub(super) package: Option<toml::Table>,
    pub(super) workspace: Option<WorkspaceTable>,
    #[serde(flatten)]
    dependencies: DependencyTables,
    #[serde(default)]
    target: BTreeMap<String, DependencyTables>,
    #[serde(default)]
    features: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    patch: BTreeMap<String, toml::Table>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct WorkspaceTable {
    #[serde(default)]
    pub(super) members: Vec<String>,
    #[serde(default)]
    pub(super) exclude: Vec<String>,
    #[serde(default)]
    pub(super) dependencies: BTreeMap<String, Dependency>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct DependencyTables {
    #[serde(default)]
    dependencies: BTreeMap<String, Dependency>,
    #[serde(default, alias = "build_dependencies")]
    build_dependencies: BTreeMap<String, Dependency>,
    #[serde(default, alias = "dev_dependencies")]
    dev_dependencies: BTreeMap<String, Dependency>,
}

/// One dependency of a local package.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Dependency {
    /// `name = "1"`
    Requirement(String),
    /// `name = { version = "1", … }`
    Table(Box<DependencyTable>),
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct DependencyTable {
    version: Option<String>,
    pub(super) path: Option<String>,
    git: Option<String>,
    registry: Option<String>,
    registry_index: Option<String>,
    package: Option<String>,
    #[serde(default)]
    features: Vec<String>,
    #[serde(alias = "default_features")]
    default_features: Option<bool>,
    #[serde(default)]
    workspace: bool,
}

impl Dependency {
    pub(super) fn table(&self) -> DependencyTable {
        match self {
            Self::Requirement(version) => {
                DependencyTable { version: Some(version.clone()), ..DependencyTable::default() }
            }
            Self::Table(table) => (**table).clone(),
        }
    }
}

impl Manifest {
    /// Every dependency, of every target platform and kind, with the name the package gives it.
    pub(super) fn dependencies(&self) -> impl Iterator<Item = (&String, DependencyTable)> {
        let tables = std::iter::once(&self.dependencies).chain(self.target.values());
        tables.flat_map(|tables| {
            // Tests and examples of a local package are built too, and cargo resolves them in any case.
            let kinds = [&tables.dependencies, &tables.build_dependencies, &tables.dev_dependencies];
            kinds.into_iter().flatten().map(|(name, dependency)| (name, dependency.table()))
        })
    }
}

/// Adds what the packages of the manifest at `path`, its whole workspace and its path dependencies require.
pub(super) fn read(path: &Path, roots: &mut Roots) -> Result<(), SelectError> {
    for package in load(path)? {
        add_package(&package, roots)?;
    }
    Ok(())
}

fn add_package(package: &LocalPackage, roots: &mut Roots) -> Result<(), SelectError> {
    let shown = for_people(&package.path).display().to_string();
    for (alias, mut table) in package.manifest.dependencies() {
        if table.workspace {
            inherit(&mut table, package, alias)?;
        }
        if let Some(why) = not_of_a_registry(&table) {
            // A path that is local is followed, which needs no remark.
            if table.path.is_none() {
                roots.notes.push(format!("skipped {alias} of `{shown}`: {why}"));
            }
            continue;
        }
        let requirement = table.version.as_deref().unwrap_or("*");
        let parsed = || -> Result<_, Box<dyn std::error::Error + Send + Sync>> {
            Ok((table.package.as_ref().unwrap_or(alias).parse()?, VersionReq::parse(requirement)?))
        };
        let (name, parsed) = parsed().map_err(|source| SelectError::Manifest {
            path: for_people(&package.path),
            source: format!("dependency `{alias}`: {source}").into(),
        })?;
        // All features of the package are on, so every feature it passes on counts.
        let mut features = table.features.clone();
        features.extend(passed_on(&package.manifest.features, alias));
        roots.requirements.push(RequirementRoot {
            requirement: parsed,
            features,
            default_features: table.default_features.unwrap_or(true),
            all_features: false,
            reason: Reason::Manifest { path: shown.clone(), requirement: format!("{name} {requirement}") },
            name,
        });
    }
    for (source, patches) in &package.manifest.patch {
        let names: Vec<_> = patches.keys().map(String::as_str).collect();
        roots.notes.push(format!("skipped the patches of {source} in `{shown}`: {}", names.join(", ")));
    }
    Ok(())
}

/// Fills in what `workspace = true` stands for: the package may add features, nothing else.
fn inherit(table: &mut DependencyTable, package: &LocalPackage, alias: &str) -> Result<(), SelectError> {
    let inherited = package.workspace_dependencies.get(alias).ok_or_else(|| SelectError::Manifest {
        path: for_people(&package.path),
        source: format!("dependency `{alias}`: `workspace = true`, but no workspace defines it").into(),
    })?;
    let own = std::mem::replace(table, inherited.table());
    table.features.extend(own.features);
    if own.default_features == Some(true) {
        table.default_features = Some(true);
    }
    Ok(())
}

/// Why a dependency is not on the registry that is mirrored; `None` if it is.
fn not_of_a_registry(table: &DependencyTable) -> Option<&'static str> {
    if table.git.is_some() {
        Some("it comes from git")
    } else if table.path.is_some() {
        Some("it is a local path")
    } else if table.registry.as_ref().is_some_and(|name| name != "crates-io") || table.registry_index.is_some() {
        Some("it comes from another registry")
    } else {
        None
    }
}

/// The features that a package's own features pass on to its dependency `alias`.
fn passed_on<'a>(features: &'a BTreeMap<String, Vec<String>>, alias: &'a str) -> impl Iterator<Item = String> + 'a {
    features.values().flatten().filter_map(move |value| {
        let (dependency, feature) = value.split_once('/')?;
        (dependency.trim_end_matches('?') == alias).then(|| feature.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes files and reads the manifest named first; gives what is required, and the notes.
    fn read_files(files: &[(&str, &str)]) -> Result<(Vec<String>, Vec<String>), SelectError> {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let mut roots = Roots::default();
        read(&folder.path().join(files[0].0), &mut roots)?;
        let shown = roots.requirements.iter().map(|root| {
            let default = if root.default_features { "" } else { " no-default" };
            format!("{} {} {:?}{default}", root.name, root.requirement, root.features)
        });
        let mut shown: Vec<_> = shown.collect();
        shown.sort();
        Ok((shown, roots.notes))
    }

    const PACKAGE: &str = "[package]\nname = 'own'\n";

    #[test]
    fn every_table_of_a_package_counts() {
        let manifest = format!(
            "{PACKAGE}
            [dependencies]
            a = '1'
            b = {{ version = '2', features = ['x'], default-features = false, optional = true }}
            renamed = {{ package = 'c', version = '=3.0.0' }}
            git = {{ git = 'https://git.example/x' }}
            far = {{ version = '1', registry = 'other' }}
            near = {{ version = '1', registry = 'crates-io' }}
            [build-dependencies]
            d = '4'
            [dev-dependencies]
            e = '5'
            [target.'cfg(windows)'.dependencies]
            f = '6'
            [features]
            more = ['b?/y', 'renamed/z', 'dep:b']
            "
        );
        let (required, notes) = read_files(&[("Cargo.toml", &manifest)]).unwrap();
        assert_eq!(
            required,
            [
                "a ^1 []",
                r#"b ^2 ["x", "y"] no-default"#,
                r#"c =3.0.0 ["z"]"#,
                "d ^4 []",
                "e ^5 []",
                "f ^6 []",
                "near ^1 []"
            ]
        );
        assert_eq!(notes.len(), 2, "{notes:?}");
    }

    #[test]
    fn a_member_brings_its_workspace() {
        let root = "[workspace]
            members = ['crates/*']
            exclude = ['crates/out']
            [workspace.dependencies]
            a = { version = '1', features = ['x'], default-features = false }
            two = { path = 'crates/two' }
            aside = { path = 'elsewhere/aside' }";
        let one =
            format!("{PACKAGE}[dependencies]\na = {{ workspace = true, features = ['y'] }}\ntwo.workspace = true");
        let two = format!("{PACKAGE}[dependencies]\nb = '2'\nthree = {{ path = '../../three' }}");
        let three = format!("{PACKAGE}[dependencies]\nc = '3'");
        let aside = format!("{PACKAGE}[dependencies]\nd = '4'");
        let out = format!("{PACKAGE}[dependencies]\nnot-this = '9'");
        let files = [
            ("crates/one/Cargo.toml", &*one),
            ("Cargo.toml", root),
            ("crates/two/Cargo.toml", &two),
            ("crates/out/Cargo.toml", &out),
            ("three/Cargo.toml", &three),
            ("elsewhere/aside/Cargo.toml", &aside),
        ];
        let (required, notes) = read_files(&files).unwrap();
        assert_eq!(required, [r#"a ^1 ["x", "y"] no-default"#, "b ^2 []", "c ^3 []", "d ^4 []"]);
        assert_eq!(notes, [""; 0]);
    }

    #[test]
    fn what_is_no_manifest_is_refused_by_name() {
        let requirement = format!("{PACKAGE}[dependencies]\na = 'one'");
        let name = format!("{PACKAGE}[dependencies]\n'../a' = '1'");
        let inherits = format!("{PACKAGE}[dependencies]\na.workspace = true");
        for bad in ["<html>", "x = 1", &requirement, &name, &inherits, "[workspace]\nmembers = ['gone']"] {
            let error = read_files(&[("Cargo.toml", bad)]).unwrap_err();
            assert!(error.to_string().contains("Cargo.toml` is not a Cargo.toml"), "{bad}: {error}");
        }
        assert!(matches!(read_files(&[("x/y", "")]).unwrap_err(), SelectError::Manifest { .. }));
    }
}

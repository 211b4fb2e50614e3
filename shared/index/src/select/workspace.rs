//! Finding the local packages that cargo would resolve together.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use super::manifest::{Dependency, Manifest};
use super::{SelectError, read_text};

/// A package on the operator's disk.
#[derive(Debug)]
pub(super) struct LocalPackage {
    /// Its manifest's path.
    pub(super) path: PathBuf,
    /// Its manifest.
    pub(super) manifest: Manifest,
    /// What `workspace = true` stands for in it.
    pub(super) workspace_dependencies: BTreeMap<String, Dependency>,
}

/// No workspace of use has more packages.
const PACKAGES: usize = 10_000;

/// The packages of the workspace that the manifest at `path` belongs to, and their path dependencies; or just the
/// package and its path dependencies.
pub(super) fn load(path: &Path) -> Result<Vec<LocalPackage>, SelectError> {
    let absolute = std::path::absolute(path).map_err(|source| SelectError::Read { path: path.to_owned(), source })?;
    let path = normalise(&absolute);
    let given = parse(&path)?;
    let root = if given.workspace.is_some() { Some(path.clone()) } else { find_root(&path, &given)? };
    let mut waiting = vec![path];
    let mut shared = BTreeMap::new();
    if let Some(root) = root {
        let manifest = parse(&root)?;
        if let Some(workspace) = manifest.workspace {
            waiting.extend(members(&root, &workspace.members, &workspace.exclude)?);
            shared = workspace.dependencies;
            // A path dependency that the workspace defines is relative to the workspace.
            let folder = folder_of(&root);
            let paths = shared.values().filter_map(|dependency| dependency.table().path);
            waiting.extend(paths.map(|path| normalise(&folder.join(path).join("Cargo.toml"))));
        }
        waiting.push(root);
    }
    let mut seen = BTreeSet::new();
    let mut packages = Vec::new();
    while let Some(path) = waiting.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        if seen.len() > PACKAGES {
            let source = "it leads to more than 10,000 packages".into();
            return Err(SelectError::Manifest { path, source });
        }
        let manifest = parse(&path)?;
        let folder = folder_of(&path);
        for (_, table) in manifest.dependencies() {
            if let Some(below) = table.path {
                waiting.push(normalise(&folder.join(below).join("Cargo.toml")));
            }
        }
        packages.push(LocalPackage { path, manifest, workspace_dependencies: shared.clone() });
    }
    packages.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(packages)
}

fn parse(path: &Path) -> Result<Manifest, SelectError> {
    let error = |source| SelectError::Manifest { path: for_people(path), source };
    let text = read_text(&for_people(path))?;
    let manifest: Manifest = toml::from_str(&text).map_err(|e| error(e.into()))?;
    if manifest.package.is_none() && manifest.workspace.is_none() {
        return Err(error("it has neither a [package] nor a [workspace]".into()));
    }
    Ok(manifest)
}

/// The path as people would write it: relative to where they are, if it lies below.
pub(super) fn for_people(path: &Path) -> PathBuf {
    let here = std::env::current_dir().ok();
    here.and_then(|here| path.strip_prefix(here).ok()).unwrap_or(path).to_owned()
}

/// The manifest of the workspace that the package at `path` belongs to: the one it names, or the nearest above that does
/// not exclude it. (A package that lies in a workspace's folder belongs to it; cargo accepts nothing else.)
fn find_root(path: &Path, manifest: &Manifest) -> Result<Option<PathBuf>, SelectError> {
    let folder = folder_of(path);
    let named = manifest.package.as_ref().and_then(|package| package.get("workspace")).and_then(toml::Value::as_str);
    if let Some(named) = named {
        return Ok(Some(normalise(&folder.join(named).join("Cargo.toml"))));
    }
    for above in folder.ancestors().skip(1) {
        let candidate = above.join("Cargo.toml");
        if !candidate.is_file() {
            continue;
        }
        let Some(workspace) = parse(&candidate)?.workspace else { continue };
        let is_out = workspace.exclude.iter().any(|out| folder.starts_with(normalise(&above.join(out))));
        return Ok((!is_out).then_some(candidate));
    }
    Ok(None)
}

/// The manifests of a workspace's members.
fn members(root: &Path, patterns: &[String], exclude: &[String]) -> Result<Vec<PathBuf>, SelectError> {
    let folder = folder_of(root);
    let not_a_manifest = |source| SelectError::Manifest { path: root.to_owned(), source };
    let mut found = Vec::new();
    for pattern in patterns {
        let escaped = glob::Pattern::escape(&folder.to_string_lossy());
        let whole = Path::new(&escaped).join(pattern).join("Cargo.toml");
        let paths = glob::glob(&whole.to_string_lossy())
            .map_err(|e| not_a_manifest(format!("workspace member `{pattern}`: {e}").into()))?;
        let before = found.len();
        for path in paths.flatten().take(PACKAGES) {
            let path = normalise(&path);
            if !exclude.iter().any(|out| path.starts_with(normalise(&folder.join(out)))) {
                found.push(path);
            }
        }
        // A pattern may match nothing; a plain path may not.
        if found.len() == before && !pattern.contains(['*', '?', '[']) && exclude.is_empty() {
            return Err(not_a_manifest(format!("workspace member `{pattern}` is not there").into()));
        }
    }
    Ok(found)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The path without `.` and, where it can be told, without `..`: two ways to one manifest must not count twice.
fn normalise(path: &Path) -> PathBuf {
    let mut parts: Vec<Component<'_>> = Vec::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(parts.last(), Some(Component::Normal(_))) => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.iter().collect()
}

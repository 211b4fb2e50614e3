//! Reading `Cargo.lock`.

use std::path::Path;

use cargo_lock::{Lockfile, SourceId};
use romt_types::{CrateId, Digest, ParseError};

use super::{ExactRoot, Reason, Roots, SelectError, read_text};

/// Adds the registry versions that the lock file at `path` lists.
pub(super) fn read(path: &Path, roots: &mut Roots) -> Result<(), SelectError> {
    let not_a_lockfile = |source| SelectError::Lockfile { path: path.to_owned(), source };
    let lockfile: Lockfile = read_text(path)?.parse().map_err(|e: cargo_lock::Error| not_a_lockfile(e.into()))?;
    if lockfile.packages.is_empty() {
        // Any TOML reads as a lock file without packages, and so does an empty file.
        return Err(not_a_lockfile("it lists no packages".into()));
    }
    let shown = path.display().to_string();
    for package in lockfile.packages {
        // A package without a source is the workspace's own.
        let Some(source) = &package.source else { continue };
        if let Some(why) = not_of_a_registry(source) {
            roots.notes.push(format!("skipped {} {} of `{shown}`: {why}", package.name, package.version));
            continue;
        }
        let root = || -> Result<ExactRoot, ParseError> {
            let id = CrateId::new(package.name.as_str().parse()?, package.version.to_string().parse()?);
            let cksum = package.checksum.as_ref().map(|checksum| checksum.to_string().parse::<Digest>()).transpose()?;
            Ok(ExactRoot { id, cksum, reason: Reason::Lockfile { path: shown.clone() } })
        };
        roots.exact.push(root().map_err(|e| not_a_lockfile(e.into()))?);
    }
    Ok(())
}

/// Why a source is not the registry that is mirrored; `None` if it is.
fn not_of_a_registry(source: &SourceId) -> Option<String> {
    if source.is_git() {
        Some("it comes from git".to_owned())
    } else if source.is_path() {
        Some("it is a local path".to_owned())
    } else if source.is_default_registry() {
        None
    } else {
        Some(format!("it comes from another registry, {}", source.url()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
version = 4

[[package]]
name = "own"
version = "0.1.0"

[[package]]
name = "from-git"
version = "0.2.0"
source = "git+https://git.example/x?branch=main#0123456789012345678901234567890123456789"

[[package]]
name = "elsewhere"
version = "0.3.0"
source = "registry+https://registry.example/index"
checksum = "4148590afebada386688f18773da617792bf2ef03ffc1e4cbd2b1d45b023e0ba"

[[package]]
name = "serde"
version = "1.0.1+build.5"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "4148590afebada386688f18773da617792bf2ef03ffc1e4cbd2b1d45b023e0ba"
"#;

    fn read_lock(text: &str) -> Result<Roots, SelectError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("Cargo.lock");
        std::fs::write(&path, text).unwrap();
        let mut roots = Roots::default();
        read(&path, &mut roots).map(|()| roots)
    }

    #[test]
    fn only_registry_versions_are_taken_and_the_rest_is_said() {
        let roots = read_lock(LOCK).unwrap();
        let ids: Vec<_> = roots.exact.iter().map(|root| root.id.to_string()).collect();
        assert_eq!(ids, ["serde@1.0.1+build.5"]);
        assert!(roots.exact[0].cksum.is_some());
        assert_eq!(roots.notes.len(), 2, "{:?}", roots.notes);
        assert!(roots.notes.iter().any(|note| note.contains("from-git") && note.contains("git")));
    }

    #[test]
    fn what_is_no_lockfile_is_refused_by_name() {
        for bad in [
            "<html>",
            "",
            "version = 4",
            "[workspace]",
            "[[package]]\nname = 1",
            &LOCK.replace("serde\"", "../serde\""),
        ] {
            let error = read_lock(bad).unwrap_err();
            assert!(error.to_string().contains("Cargo.lock` is not a Cargo.lock"), "{error}");
        }
        let missing = read(Path::new("/nowhere/Cargo.lock"), &mut Roots::default()).unwrap_err();
        assert!(missing.to_string().contains("/nowhere/Cargo.lock"), "{missing}");
    }
}

//! What the indexer remembers between runs. Losing it costs questions to upstream, nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use romt_types::CrateId;
use romt_upstream::Validators;
use serde::{Deserialize, Serialize};

/// The file in the state folder.
const FILE: &str = "indexer.json";

/// What is remembered.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct State {
    /// The upstream index that `files` and `config` are about.
    #[serde(default)]
    pub(crate) index_url: String,
    /// Upstream's `config.json`.
    #[serde(default)]
    pub(crate) config: Option<CachedConfig>,
    /// Upstream's index files, by the crate's name in lower case.
    #[serde(default)]
    pub(crate) files: BTreeMap<String, CachedFile>,
    /// Versions that the mirror held and lost, or gave up for a new file: to be brought whatever is selected.
    #[serde(default)]
    pub(crate) owed: BTreeSet<CrateId>,
    /// The digest of everything the last complete run was decided by.
    #[serde(default)]
    pub(crate) settled: Option<String>,
}

/// What is known of one upstream index file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CachedFile {
    /// Its blob in the repository, hexadecimal; `None` if upstream has no such file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) blob: Option<String>,
    /// To ask whether it changed.
    #[serde(flatten)]
    pub(crate) validators: Validators,
    /// When upstream was asked about it last, in seconds since 1970.
    pub(crate) asked: u64,
}

/// Upstream's `config.json` and when it was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CachedConfig {
    /// Its text.
    pub(crate) json: String,
    /// When upstream was asked for it last, in seconds since 1970.
    pub(crate) asked: u64,
}

impl State {
    /// Reads what was remembered in `folder` about `index_url`. What is not there, or garbled, is
    /// forgotten.
    pub(crate) fn load(folder: &Path, index_url: &str) -> anyhow::Result<Self> {
        let mut state: Self = match fs::read(folder.join(FILE)) {
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_else(|error| {
                tracing::warn!(%error, file = %path(folder).display(), "forgot what cannot be read; index files are asked for again");
                Self::default()
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::default(),
            Err(error) => return Err(error).with_context(|| format!("cannot read `{}`", path(folder).display())),
        };
        if state.index_url != index_url {
            state = Self { index_url: index_url.to_owned(), owed: state.owed, ..Self::default() };
        }
        Ok(state)
    }

    /// Writes it in place of what was there: whole, or not at all.
    pub(crate) fn save(&self, folder: &Path) -> anyhow::Result<()> {
        let target = path(folder);
        let write = || -> anyhow::Result<()> {
            fs::create_dir_all(folder)?;
            let staged = folder.join(format!("{FILE}.new"));
            let mut file = fs::File::create(&staged)?;
            file.write_all(&serde_json::to_vec(self)?)?;
            file.sync_all()?;
            fs::rename(&staged, &target)?;
            Ok(())
        };
        write().with_context(|| format!("cannot write `{}`", target.display()))
    }
}

fn path(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_is_loaded_for_the_same_upstream() {
        let folder = tempfile::tempdir().unwrap();
        let mut state = State { index_url: "sparse+http://a/".into(), ..State::default() };
        let validators = Validators { etag: Some("\"x\"".into()), last_modified: None };
        state.files.insert("serde".into(), CachedFile { blob: None, validators, asked: 7 });
        state.owed.insert("a@1.0.0".parse().unwrap());
        state.save(folder.path()).unwrap();
        assert_eq!(State::load(folder.path(), "sparse+http://a/").unwrap(), state);
        let other = State::load(folder.path(), "sparse+http://b/").unwrap();
        assert!(other.files.is_empty(), "another upstream's files");
        assert_eq!(other.owed, state.owed, "what the mirror owes its clients is still owed");
    }

    #[test]
    fn what_cannot_be_read_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), "{torn").unwrap();
        assert_eq!(State::load(folder.path(), "u").unwrap().files.len(), 0);
    }
}

//! What is remembered of the inbox, so that a restart reads no archive again. Losing it costs reading them, nothing else.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use romt_bus::messages::ArchiveState;
use romt_types::Digest;
use serde::{Deserialize, Serialize};

use super::scan::{Found, What};

/// The file in the state folder.
const FILE: &str = "inbox.json";
/// So many admitted archives are remembered after they left the inbox.
const ADMITTED: usize = 10_000;

/// What is remembered.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Memory {
    /// The archives in the inbox of which all is known, by name.
    #[serde(default)]
    archives: BTreeMap<String, Remembered>,
    /// All that were admitted, the newest last.
    #[serde(default)]
    admitted: Vec<AdmittedBefore>,
    #[serde(skip)]
    path: PathBuf,
}

/// An archive in the inbox.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Remembered {
    size: u64,
    /// In nanoseconds since 1970, as text: JSON has no such numbers.
    modified: String,
    /// What its `.sha256` says.
    #[serde(default)]
    sum: Option<Digest>,
    state: ArchiveState,
    since: u64,
}

/// An archive that was admitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AdmittedBefore {
    pub(super) sha256: Digest,
    pub(super) size: u64,
    pub(super) name: String,
}

impl Memory {
    /// Reads what is remembered in the folder `state`. What cannot be read is forgotten.
    pub(super) fn load(state: &Path) -> anyhow::Result<Self> {
        let path = state.join(FILE);
        let memory: Self = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_else(|error| {
                tracing::warn!(%error, file = %path.display(), "forgot what cannot be read; archives are read again");
                Self::default()
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::default(),
            Err(error) => return Err(error).with_context(|| format!("cannot read `{}`", path.display())),
        };
        Ok(Self { path, ..memory })
    }

    /// Its text, and the file to [`write()`] that to.
    pub(super) fn written(&self) -> anyhow::Result<(PathBuf, Vec<u8>)> {
        Ok((self.path.clone(), serde_json::to_vec(self)?))
    }

    /// What became of an archive that is the same as it was then, and when.
    pub(super) fn recall(&self, name: &str, found: &Found) -> Option<(ArchiveState, u64)> {
        let remembered = self.archives.get(name)?;
        let What::File(identity) = found.what else { return None };
        let same = remembered.size == identity.size
            && remembered.modified == identity.modified.to_string()
            && remembered.sum == found.sum.as_ref().and_then(|sum| sum.digest);
        same.then(|| (remembered.state.clone(), remembered.since))
    }

    /// Remembers what became of an archive.
    pub(super) fn settle(&mut self, name: &str, found: &Found, state: &ArchiveState, since: u64) {
        let What::File(identity) = found.what else { return };
        let remembered = Remembered {
            size: identity.size,
            modified: identity.modified.to_string(),
            sum: found.sum.as_ref().and_then(|sum| sum.digest),
            state: state.clone(),
            since,
        };
        self.archives.insert(name.to_owned(), remembered);
    }

    /// Remembers an archive that was admitted, wherever it goes.
    pub(super) fn admitted(&mut self, sha256: Digest, size: u64, name: &str) {
        self.admitted.retain(|before| before.sha256 != sha256);
        if self.admitted.len() >= ADMITTED {
            self.admitted.remove(0);
        }
        self.admitted.push(AdmittedBefore { sha256, size, name: name.to_owned() });
    }

    /// The archive with this content, if it was admitted.
    pub(super) fn find(&self, sha256: &Digest) -> Option<&AdmittedBefore> {
        self.admitted.iter().find(|before| before.sha256 == *sha256)
    }

    /// Whether an archive of this size was admitted: only then may another be a copy of it.
    pub(super) fn has_size(&self, size: u64) -> bool {
        self.admitted.iter().any(|before| before.size == size)
    }

    /// Forgets what is not in the inbox any more. True if there was any.
    pub(super) fn retain(&mut self, is_there: impl Fn(&str) -> bool) -> bool {
        let before = self.archives.len();
        self.archives.retain(|name, _| is_there(name));
        self.archives.len() != before
    }
}

/// Writes a file in place of what was there, durably. Blocks.
pub(super) fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let write = || -> io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let staged = path.with_extension("json.new");
        let mut file = fs::File::create(&staged)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&staged, path)?;
        fs::File::open(folder)?.sync_all()
    };
    write().with_context(|| format!("cannot write `{}`", path.display()))
}

#[cfg(test)]
mod tests {
    use super::super::scan::{Listing, scan};
    use super::*;

    #[test]
    fn what_was_settled_is_known_after_a_restart_until_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let (inbox, state) = (folder.path().join("inbox"), folder.path().join("state"));
        fs::create_dir(&inbox).unwrap();
        fs::write(inbox.join("a.tar.gz"), "one").unwrap();
        let found = || scan(&inbox, &Listing::new()).unwrap().remove("a.tar.gz").unwrap();
        let mut memory = Memory::load(&state).unwrap();
        let bad = ArchiveState::Bad { error: vec!["x".into()], hint: None, reason_file: String::new() };
        memory.settle("a.tar.gz", &found(), &bad, 7);
        memory.admitted(Digest::of(b"other"), 5, "b.tar.gz");
        let (path, bytes) = memory.written().unwrap();
        write(&path, &bytes).unwrap();
        let mut memory = Memory::load(&state).unwrap();
        assert_eq!(memory.recall("a.tar.gz", &found()), Some((bad, 7)));
        assert_eq!(memory.find(&Digest::of(b"other")).unwrap().name, "b.tar.gz");
        assert!(memory.has_size(5) && !memory.has_size(6));
        fs::write(inbox.join("a.tar.gz.sha256"), Digest::of(b"one").to_string()).unwrap();
        assert_eq!(memory.recall("a.tar.gz", &found()), None, "its `.sha256` is another one");
        fs::write(inbox.join("a.tar.gz"), "another").unwrap();
        assert_eq!(memory.recall("a.tar.gz", &found()), None);
        assert!(memory.retain(|_| false) && !memory.retain(|_| false));
        fs::write(state.join(FILE), "{torn").unwrap();
        assert_eq!(Memory::load(&state).unwrap().archives.len(), 0);
    }

    #[test]
    fn what_is_remembered_does_not_pile_up() {
        let mut memory = Memory::default();
        for n in 0..ADMITTED + 10 {
            memory.admitted(Digest::of(n.to_string().as_bytes()), 1, "x");
        }
        memory.admitted(Digest::of(b"9999"), 1, "again");
        assert_eq!(memory.admitted.len(), ADMITTED);
        assert!(memory.find(&Digest::of(b"0")).is_none());
        assert_eq!(memory.find(&Digest::of(b"9999")).unwrap().name, "again");
    }
}

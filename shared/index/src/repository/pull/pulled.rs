//! Which states of upstream's index were pulled before.
//!
//! Upstream begins its history anew now and then. From then on the history does not tell any more that an archive from
//! before is an old one, so it is remembered: a mirror that is filled from archives never goes back to what it had.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;

use git2::Oid;

use crate::repository::{IndexRepository, durable};
use crate::{CommitId, IndexError, Revision};

/// The file in the git folder: ids of commits, one a line, the newest last.
const FILE: &str = "romt-pulled";

impl IndexRepository {
    /// Whether this was upstream's index once, and something newer was pulled since.
    pub fn is_outdated(&self, tip: &Revision) -> Result<bool, IndexError> {
        match tip.commit_id() {
            Some(tip) => self.was_replaced(tip),
            None => Ok(false),
        }
    }

    pub(super) fn was_replaced(&self, tip: Oid) -> Result<bool, IndexError> {
        let (pulled, tip) = (self.pulled()?, tip.to_string());
        Ok(pulled.last().is_some_and(|last| *last != tip) && pulled.contains(&tip))
    }

    /// Remembers what was pulled, durably.
    pub(super) fn remember_pulled(&self, tip: Oid) -> Result<(), IndexError> {
        let tip = tip.to_string();
        if self.pulled()?.contains(&tip) {
            return Ok(());
        }
        let path = self.pulled_file();
        let append = || {
            let mut file = File::options().append(true).create(true).open(&path)?;
            // In front, too: the last line may be torn.
            file.write_all(format!("\n{tip}\n").as_bytes())?;
            file.sync_all()
        };
        append().map_err(|source| IndexError::Io { action: "write", path: path.clone(), source })
    }

    /// What was pulled, the newest last: for copies of the index elsewhere, which are compared with archives too.
    pub fn pulled_commits(&self) -> Result<Vec<CommitId>, IndexError> {
        Ok(self.pulled()?.iter().filter_map(|id| id.parse().ok()).collect())
    }

    /// Remembers what was pulled elsewhere, in place of what was remembered here. Durable then.
    pub fn set_pulled(&self, commits: &[CommitId]) -> Result<(), IndexError> {
        if self.pulled_commits()? == commits {
            return Ok(());
        }
        let path = self.pulled_file();
        let new = path.with_extension("new");
        let write = || {
            let mut file = io::BufWriter::new(File::create(&new)?);
            commits.iter().try_for_each(|commit| writeln!(file, "{commit}"))?;
            file.flush()?;
            file.get_ref().sync_all()?;
            fs::rename(&new, &path)
        };
        write().map_err(|source| IndexError::Io { action: "write", path: path.clone(), source })?;
        durable::sync_folder(self.git().path())
    }

    fn pulled(&self) -> Result<Vec<String>, IndexError> {
        let path = self.pulled_file();
        match fs::read_to_string(&path) {
            Ok(text) => Ok(text.lines().filter(|line| line.len() == 40).map(str::to_owned).collect()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(source) => Err(IndexError::Io { action: "read", path, source }),
        }
    }

    fn pulled_file(&self) -> PathBuf {
        self.git().path().join(FILE)
    }
}

//! The work tree that Python romt's repositories have: it follows what is committed here.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use git2::build::CheckoutBuilder;
use git2::{ErrorCode, Oid};

use super::{IndexRepository, git_error};
use crate::IndexError;

/// A `config.json` has some hundred bytes.
const CONFIG_LIMIT: u64 = 1024 * 1024;

/// The file in which an index says where crates are downloaded from.
pub(super) const CONFIG: &str = "config.json";

impl IndexRepository {
    /// The folder of the files; `None` in a bare repository.
    pub(super) fn work_tree(&self) -> Option<PathBuf> {
        let git_folder = self.git().path();
        let is_inside = git_folder.file_name().is_some_and(|name| name == ".git");
        git_folder.parent().filter(|_| is_inside && !self.is_configured_bare()).map(Path::to_owned)
    }

    /// A bare repository may lie in a folder `.git` too.
    fn is_configured_bare(&self) -> bool {
        self.git().config().and_then(|config| config.get_bool("core.bare")).unwrap_or(false)
    }

    /// The bytes of `config.json` in the work tree.
    pub(super) fn config_in_work_tree(&self) -> Result<Option<Vec<u8>>, IndexError> {
        let Some(folder) = self.work_tree() else { return Ok(None) };
        let path = folder.join(CONFIG);
        let read = || {
            let mut bytes = Vec::new();
            File::open(&path)?.take(CONFIG_LIMIT + 1).read_to_end(&mut bytes)?;
            if bytes.len() as u64 > CONFIG_LIMIT {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "it has more than a megabyte"));
            }
            Ok(bytes)
        };
        match read() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            read => read.map(Some).map_err(|source| IndexError::Io { action: "read", path, source }),
        }
    }

    /// Makes the work tree and git's index those of a commit, or of it only one file. Does nothing in a bare repository.
    ///
    /// To be called before the branch moves: after an interruption the same is done again.
    pub(super) fn check_out(&self, commit: Oid, only: Option<&str>) -> Result<(), IndexError> {
        let Some(folder) = self.work_tree() else { return Ok(()) };
        let write = || {
            // What is opened as bare is bare until told otherwise.
            let git = git2::Repository::open_bare(self.git().path())?;
            git.set_workdir(&folder, false)?;
            let tree = git.find_commit(commit)?.into_object();
            let mut checkout = CheckoutBuilder::new();
            checkout.force();
            if let Some(file) = only {
                checkout.path(file).disable_pathspec_match(true);
            }
            git.checkout_tree(&tree, Some(&mut checkout))
        };
        write().map_err(git_error("check out files of", self.path()))
    }

    /// The bytes of `config.json` in a commit.
    pub(super) fn config_in(&self, commit: &git2::Commit<'_>) -> Result<Option<Vec<u8>>, IndexError> {
        let read = || {
            let tree = commit.tree()?;
            let entry = match tree.get_name(CONFIG) {
                Some(entry) if entry.kind() == Some(git2::ObjectType::Blob) => entry.id(),
                _ => return Ok(None),
            };
            match self.git().find_blob(entry) {
                Ok(blob) => Ok(Some(blob.content().to_vec())),
                Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
                Err(error) => Err(error),
            }
        };
        read().map_err(git_error(format!("read `{CONFIG}` from"), self.path()))
    }
}

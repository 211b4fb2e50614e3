//! Making a repository, and finding one.

use std::fs;
use std::io;
use std::path::Path;

use git2::{ErrorCode, Repository, RepositoryInitOptions};

use super::published::open;
use super::{IndexRepository, durable, git_error};
use crate::IndexError;

impl IndexRepository {
    /// Makes a repository where nothing is: bare, `HEAD` on `working`, without a commit.
    pub fn create(path: &Path) -> Result<Self, IndexError> {
        if fs::symlink_metadata(path).is_ok() {
            return Err(IndexError::Exists { path: path.to_owned() });
        }
        let git = init(path)?;
        durable::sync_folder(git.path())?;
        Ok(Self::from_git(git, path))
    }

    /// Opens the repository at `path`, a bare one or one with a work tree; `None` if nothing is there.
    pub fn open(path: &Path) -> Result<Option<Self>, IndexError> {
        match open(path) {
            Ok(git) => Ok(Some(Self::from_git(git, path))),
            Err(error) if error.code() == ErrorCode::NotFound => match fs::metadata(path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(source) => Err(IndexError::Io { action: "read", path: path.to_owned(), source }),
                Ok(_) => Err(IndexError::NotARepository { path: path.to_owned() }),
            },
            Err(error) => Err(git_error("open", path)(error)),
        }
    }

    /// Opens the repository at `path`, or makes it as [`create`](Self::create) does.
    pub fn open_or_init(path: &Path) -> Result<Self, IndexError> {
        let git = match open(path) {
            Err(error) if error.code() == ErrorCode::NotFound => init(path)?,
            opened => opened.map_err(git_error("open", path))?,
        };
        Ok(Self::from_git(git, path))
    }
}

pub(super) fn init(path: &Path) -> Result<Repository, IndexError> {
    let mut options = RepositoryInitOptions::new();
    options.bare(true).external_template(false).initial_head("working").mkpath(true);
    Repository::init_opts(path, &options).map_err(git_error("create", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_75_and_76_a_repository_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("git/crates.io-index");
        assert!(IndexRepository::open(&path).unwrap().is_none());
        let repository = IndexRepository::create(&path).unwrap();
        assert_eq!(fs::read_to_string(path.join("HEAD")).unwrap(), "ref: refs/heads/working\n");
        assert_eq!(repository.current_branch().unwrap().as_deref(), Some("working"));
        assert_eq!(repository.branch("working").unwrap(), None);
        assert!(IndexRepository::open(&path).unwrap().is_some());
        let again = IndexRepository::create(&path).unwrap_err();
        assert_eq!(again.to_string(), format!("index directory '{}' already exists", path.display()));
    }

    #[test]
    fn what_is_no_repository_is_told_from_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        for path in [folder.path(), &file] {
            let error = IndexRepository::open(path).unwrap_err();
            assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
        }
    }
}

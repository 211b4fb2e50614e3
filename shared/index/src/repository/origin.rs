//! The origin in git's own configuration, where `git` and Python romt read it too.

use git2::{Config, ConfigLevel, ErrorCode};

use super::{IndexRepository, durable, git_error};
use crate::{IndexError, OriginKind, OriginUrl};

const URL: &str = "remote.origin.url";
const FETCH: &str = "remote.origin.fetch";
/// What every fetch brings.
const ALL_BRANCHES: &str = "+refs/heads/*:refs/remotes/origin/*";
/// What a bundle calls `bundle/master` is `master` for the one who takes it in.
const OF_BUNDLES: &str = "+refs/heads/bundle/*:refs/remotes/origin/*";

impl IndexRepository {
    /// Sets where [`pull`](Self::pull) gets the index from, in place of what was set before.
    pub fn set_origin(&self, origin: &OriginUrl, kind: OriginKind) -> Result<(), IndexError> {
        let write = || {
            let mut config = self.local_config()?;
            config.set_str(URL, &origin.config_text())?;
            match config.remove_multivar(FETCH, ".*") {
                Err(error) if error.code() != ErrorCode::NotFound => return Err(error),
                _ => {}
            }
            config.set_multivar(FETCH, "^$", ALL_BRANCHES)?;
            if kind == OriginKind::Import {
                config.set_multivar(FETCH, "^$", OF_BUNDLES)?;
            }
            config.set_str("branch.working.remote", "origin")?;
            config.set_str("branch.working.merge", "refs/heads/master")
        };
        write().map_err(git_error("configure", self.path()))?;
        durable::sync_reference(self.git().path(), "config")
    }

    /// Where the index comes from; `None` if nothing is set. What is set and cannot be used is an error.
    pub fn origin(&self) -> Result<Option<OriginUrl>, IndexError> {
        let read = || match self.local_config()?.get_string(URL) {
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            text => text.map(Some),
        };
        let error = |source| git_error("read the origin of", self.path())(source);
        let Some(text) = read().map_err(error)? else { return Ok(None) };
        // Where git starts from with a relative path that somebody wrote there.
        let folder = self.work_tree().unwrap_or_else(|| self.git().path().to_owned());
        let parsed = OriginUrl::parse(&text, &folder);
        parsed.map(Some).map_err(|reason| error(git2::Error::from_str(&reason.to_string())))
    }

    fn local_config(&self) -> Result<Config, git2::Error> {
        self.git().config()?.open_level(ConfigLevel::Local)
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn configured(repository: &IndexRepository) -> String {
        let output = Command::new("git")
            .args(["config", "--file"])
            .arg(repository.git().path().join("config"))
            .args(["--get-regexp", "^(remote|branch)[.]"])
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    #[test]
    fn the_origin_is_written_as_python_romt_writes_it() {
        let folder = tempfile::tempdir().unwrap();
        let repository = IndexRepository::create(&folder.path().join("index")).unwrap();
        assert_eq!(repository.origin().unwrap(), None);
        let cwd = folder.path();
        let bundle = OriginUrl::parse("origin.bundle", cwd).unwrap();
        repository.set_origin(&bundle, OriginKind::Import).unwrap();
        let expected = format!(
            "remote.origin.url {}\nremote.origin.fetch {ALL_BRANCHES}\nremote.origin.fetch {OF_BUNDLES}\n\
             branch.working.remote origin\nbranch.working.merge refs/heads/master\n",
            cwd.join("origin.bundle").display()
        );
        assert_eq!(configured(&repository), expected);
        assert_eq!(repository.origin().unwrap(), Some(bundle));
        for text in ["git@h:p", "https://me:secret@h/i", "../up", "sparse+https://me:secret@h/i/"] {
            let origin = OriginUrl::parse(text, cwd).unwrap();
            repository.set_origin(&origin, OriginKind::Upstream).unwrap();
            assert_eq!(repository.origin().unwrap(), Some(origin));
        }
        assert!(!configured(&repository).contains(OF_BUNDLES));
        assert_eq!(configured(&repository).matches("fetch").count(), 1);
    }
}

//! Getting what is new from the origin.

use git2::{FetchOptions, RemoteCallbacks};

use super::PullError;
use crate::OriginUrl;
use crate::git::{GitProgram, RunError, Watch, run};
use crate::repository::{IndexRepository, durable, recover};

/// What `git fetch` is told: the branches that the configuration names, even those that upstream rewrote, and no more.
const FETCH: [&str; 9] = [
    "fetch",
    "--force",
    "--no-tags",
    "--no-recurse-submodules",
    "--no-write-fetch-head",
    "--no-auto-maintenance",
    "--progress",
    "--",
    "origin",
];

impl IndexRepository {
    /// Fetches from the remote `origin`, and makes durable what came.
    pub(super) fn fetch(
        &self,
        git: Option<&GitProgram>,
        origin: &OriginUrl,
        watch: &mut Watch<'_>,
    ) -> Result<(), PullError> {
        let packs = durable::Packs::of(self.git().path())?;
        match git {
            Some(git) => self.fetch_by_program(git, origin, watch)?,
            // libgit2 speaks no TLS and no ssh here.
            None if origin.local_path().is_some() || origin.config_text().starts_with("http://") => {
                self.fetch_by_library(origin, watch)?;
            }
            None => return Err(PullError::NoGit { origin: origin.to_string() }),
        }
        recover::sweep_packs(self.git().path())?;
        Ok(packs.sync_new()?)
    }

    fn fetch_by_program(&self, git: &GitProgram, origin: &OriginUrl, watch: &mut Watch<'_>) -> Result<(), PullError> {
        let mut command = git.command(self.git().path());
        // From where a relative path of the configuration is read.
        command.current_dir(self.work_tree().unwrap_or_else(|| self.git().path().to_owned()));
        let chosen = |name: &str| std::env::var_os(name).is_some();
        let configured = self.git().config().is_ok_and(|config| config.get_entry("core.sshCommand").is_ok());
        if !configured && !chosen("GIT_SSH_COMMAND") && !chosen("GIT_SSH") {
            command.env("GIT_SSH_COMMAND", "ssh -o BatchMode=yes");
        }
        command.args(FETCH);
        run(command, watch).map_err(|error| match error {
            RunError::Start(source) => PullError::Run(source),
            RunError::Stopped => PullError::Stopped,
            RunError::Failed(said) => PullError::Fetch { origin: origin.to_string(), said },
        })
    }

    fn fetch_by_library(&self, origin: &OriginUrl, watch: &Watch<'_>) -> Result<(), PullError> {
        let fetch = || {
            let mut callbacks = RemoteCallbacks::new();
            callbacks.transfer_progress(|_| !watch.stopped());
            let mut options = FetchOptions::new();
            options.remote_callbacks(callbacks).download_tags(git2::AutotagOption::None).update_fetchhead(false);
            let mut remote = self.git().find_remote("origin")?;
            remote.fetch::<&str>(&[], Some(&mut options), None)
        };
        match fetch() {
            Err(_) if watch.stopped() => Err(PullError::Stopped),
            fetched => fetched
                .map_err(|error| PullError::Fetch { origin: origin.to_string(), said: error.message().to_owned() }),
        }
    }
}

//! Pulling: fetch, merge, and the mirror's own `config.json` over upstream's.

mod error;
mod fetch;
mod merge;
mod pulled;
mod repack;

use super::origin_master::ORIGIN_MASTER;
use super::work_tree::CONFIG;
use super::{IndexRepository, ObjectWriter, durable, git_error};
use crate::OriginUrl;
use crate::git::{GitProgram, RunError, Watch, run};

pub use error::PullError;

/// How upstream's history came into ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merge {
    /// There was nothing new.
    UpToDate,
    /// There was nothing of our own.
    FastForward,
    /// A commit brings both together.
    Merged,
    /// They could not be brought together, so what we have is upstream's.
    Reconstructed,
}

/// What a pull did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pulled {
    /// How upstream's history came into ours.
    pub merge: Merge,
    /// Whether the mirror's `config.json` had to be committed over upstream's.
    pub config_restored: bool,
    /// Whether an old clone was put on the branch `working`.
    pub upgraded: bool,
}

impl IndexRepository {
    /// Gets what is new from the origin, and merges its `master` into the current branch. `config.json` stays as it is
    /// here. A work tree follows.
    ///
    /// Branches move when all that they name is durable: `origin_master`, then the current one, once. An interrupted
    /// pull is made good by the next one.
    pub fn pull(&self, git: Option<&GitProgram>, watch: &mut Watch<'_>) -> Result<Pulled, PullError> {
        self.head_reference()?;
        let origin = self.origin()?.ok_or_else(|| PullError::NoOrigin { repository: self.path().to_owned() })?;
        match &origin {
            OriginUrl::Sparse(_) => return Err(PullError::Sparse { origin: origin.to_string() }),
            OriginUrl::Bundle(path) => self.pull_bundle(git, path, watch)?,
            OriginUrl::Remote(_) => self.fetch(git, &origin, watch)?,
        }
        self.merge_origin(git, watch)
    }

    /// Merges `origin/master`, as it was pulled last, into the current branch: what [`pull`](Self::pull) does in the end.
    pub fn merge_origin(&self, git: Option<&GitProgram>, watch: &mut Watch<'_>) -> Result<Pulled, PullError> {
        let theirs = self.commit_of(ORIGIN_MASTER)?.map(|commit| commit.id());
        let origin = || self.origin().ok().flatten().map(|origin| origin.to_string()).unwrap_or_default();
        let theirs = theirs.ok_or_else(|| PullError::NoMaster { origin: origin() })?;
        self.set_durably("refs/heads/origin_master", theirs, "pull")?;
        let upgraded = self.upgrade_to_working()?;
        // Whoever fetches from a repository follows it, wherever it goes. An archive may lie around.
        let from_archive = matches!(self.origin()?, Some(OriginUrl::Bundle(_)));
        if from_archive && self.was_replaced(theirs)? {
            return Ok(Pulled { merge: Merge::UpToDate, config_restored: false, upgraded });
        }
        let (merge, config_restored) = self.take_over(git, theirs, watch)?;
        self.remember_pulled(theirs)?;
        git.map_or(Ok(()), |git| self.repack(git, watch))?;
        Ok(Pulled { merge, config_restored, upgraded })
    }

    /// Moves the current branch to where it meets `theirs`.
    fn take_over(
        &self,
        git: Option<&GitProgram>,
        theirs: git2::Oid,
        watch: &mut Watch<'_>,
    ) -> Result<(Merge, bool), PullError> {
        let config = self.config_json()?;
        let head = self.head_reference()?;
        let ours = self.commit_of(&head)?.map(|commit| commit.id());
        let packs = durable::Packs::of(self.git().path())?;
        let mut writer = ObjectWriter::default();
        let (mut commit, merge) = self.merge(&mut writer, ours, theirs)?;
        writer.flush(self)?;
        let mut restored = false;
        if let Some(config) = config {
            let merged = self.git().find_commit(commit).map_err(git_error("read", self.path()))?;
            if self.config_in(&merged)?.as_ref() != Some(&config) {
                let message = format!("Apply {CONFIG} adjustments");
                commit = self.write_config(&mut writer, Some(commit), &config, &message)?;
                restored = true;
            }
        }
        writer.flush(self)?;
        packs.sync_new()?;
        if ours != Some(commit) {
            self.follow(git, commit, watch)?;
            self.set_durably(&head, commit, "pull: Merge origin/master")?;
        }
        Ok((merge, restored))
    }

    /// Makes the work tree, where there is one, that of a commit. git does it faster and in memory of its own.
    fn follow(&self, git: Option<&GitProgram>, commit: git2::Oid, watch: &mut Watch<'_>) -> Result<(), PullError> {
        let (Some(git), Some(folder)) = (git, self.work_tree()) else { return Ok(self.check_out(commit, None)?) };
        let mut command = git.command(self.git().path());
        command.current_dir(&folder).env("GIT_WORK_TREE", &folder);
        command.args(["read-tree", "--reset", "-u", "-v", "--no-recurse-submodules"]).arg(commit.to_string());
        run(command, watch).map_err(|error| match error {
            RunError::Start(source) => PullError::Run(source),
            RunError::Stopped => PullError::Stopped,
            RunError::Failed(said) => PullError::WorkTree { folder, said },
        })
    }
}

#[cfg(test)]
mod tests;

//! Keeping the number of packs small where every pull brings one.
//!
//! [`tidy`](IndexRepository::tidy) is for what romt writes itself: it would undo the deltas by which upstream's history is
//! small.

use std::path::Path;

use crate::IndexError;
use crate::git::{GitProgram, RunError, Watch, run};
use crate::repository::{IndexRepository, durable};

/// So many packs are left alone, as by `git gc --auto` (git-config(1), `gc.autoPackLimit`).
const PACKS: usize = 50;

impl IndexRepository {
    /// Lets git make few packs of many, the small ones first. Nothing is thrown away, named by a branch or not.
    ///
    /// A failure is no failure of the pull: the next one tries again.
    pub(super) fn repack(&self, git: &GitProgram, watch: &mut Watch<'_>) -> Result<(), IndexError> {
        let packs = durable::names(&self.git().path().join("objects/pack"))?;
        let is_pack =
            |name: &&std::ffi::OsString| Path::new(name).extension().is_some_and(|extension| extension == "pack");
        let count = packs.iter().filter(is_pack).count();
        if count <= PACKS {
            return Ok(());
        }
        let mut command = git.command(self.git().path());
        command.args(["repack", "-d", "-n", "-q", "--geometric=2"]);
        match run(command, watch) {
            Ok(()) => tracing::debug!(packs = count, "made few packs of many"),
            Err(RunError::Stopped) => {}
            Err(error) => tracing::warn!(?error, "cannot make few packs of many"),
        }
        Ok(())
    }
}

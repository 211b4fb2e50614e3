//! What follows from an attempt: what is remembered and told of the archive, and where it goes.

use std::time::Instant;

use anyhow::anyhow;
use romt_bus::messages::ArchiveState;
use romt_runtime::{Report, traces};
use tracing::Span;

use super::archive::Verdict;
use super::attempt::Attempt;
use super::scan::{Found, What};
use super::shelf::Shelf;
use super::tell::now_seconds;
use super::{Inbox, hinted, memory};

impl Inbox {
    /// Draws the consequences of an attempt. `is_settled`: it had not changed for so long before that it may be judged.
    pub(super) async fn settle(
        &mut self,
        name: &str,
        found: &Found,
        attempt: Attempt,
        is_settled: bool,
    ) -> anyhow::Result<()> {
        if let Attempt::Bad(report) | Attempt::Trouble(report) = &attempt {
            traces::failed(&Span::current(), report.lines.join(": "));
        }
        let now = Instant::now();
        let settle = self.config.settle;
        let admissions = self.admissions;
        let Some(archive) = self.archives.get_mut(name) else { return Ok(()) };
        match attempt {
            Attempt::Admitted(kind, sha256, admitted) => {
                if let What::File(identity) = found.what {
                    self.memory.admitted(sha256, identity.size, name);
                }
                self.admissions += 1;
                let state = ArchiveState::Admitted {
                    of: kind.as_str().to_owned(),
                    new: admitted.new,
                    removed: admitted.removed,
                    absent: admitted.absent,
                    notes: admitted.notes,
                };
                self.admitted(name, found, state).await
            }
            Attempt::Copy(sha256) => {
                let first = self.memory.find(&sha256).map_or_else(String::new, |before| before.name.clone());
                self.admitted(name, found, ArchiveState::Again { first }).await
            }
            Attempt::Bad(report) | Attempt::NoArchive(report) if !is_settled => {
                // A copy that is still going on looks just like it.
                let reason = format!("it is not whole so far: {}", report.lines.join(": "));
                archive.not_whole(ArchiveState::Waiting { reason }, settle);
                Ok(())
            }
            Attempt::Bad(report) => self.bad(name, found, report).await,
            Attempt::NoArchive(report) => {
                let state = ArchiveState::Ignored { reason: report.lines.join(": ") };
                self.remember(name, found, state).await
            }
            Attempt::Early(missing) => {
                archive.verdict = Verdict::Early { missing, admissions };
                Ok(())
            }
            Attempt::Trouble(Report { lines: error, hint }) => {
                archive.try_again(ArchiveState::Trouble { error, hint }, now);
                Ok(())
            }
            Attempt::Changed => {
                archive.touch(now);
                Ok(())
            }
            Attempt::Stopped => Ok(()),
        }
    }

    /// An archive was admitted, now or before: remembered first, moved then.
    pub(super) async fn admitted(&mut self, name: &str, found: &Found, state: ArchiveState) -> anyhow::Result<()> {
        self.remember(name, found, state).await?;
        let (shelf, moved) = (self.shelf.clone(), name.to_owned());
        let moved = tokio::task::spawn_blocking(move || shelf.admitted(&moved)).await?;
        self.complain(moved);
        Ok(())
    }

    async fn bad(&mut self, name: &str, found: &Found, report: Report) -> anyhow::Result<()> {
        let (shelf, moved, shown) = (self.shelf.clone(), name.to_owned(), report.clone());
        let written = tokio::task::spawn_blocking(move || shelf.bad(&moved, &shown)).await?;
        let reason_file = match &written {
            Ok(file) => file.display().to_string(),
            Err(_) => String::new(),
        };
        self.complain(written.map(drop));
        let Report { lines: error, hint } = report;
        self.remember(name, found, ArchiveState::Bad { error, hint, reason_file }).await
    }

    /// What is no file is not read: nobody knows how long it is, or whose.
    pub(super) async fn refuse_other(&mut self, name: &str, found: &Found) -> anyhow::Result<()> {
        let What::Other(what) = found.what else { return Ok(()) };
        let path = self.config.inbox.join(name);
        let error = anyhow!("`{}` is {what}; only files are taken in", path.display());
        let report = Report::of(&hinted(error, "put the file itself into the inbox"));
        let (shelf, moved, shown) = (
            Shelf::new(self.config.inbox.clone(), self.config.quarantine.clone(), false),
            name.to_owned(),
            report.clone(),
        );
        let written = tokio::task::spawn_blocking(move || shelf.bad(&moved, &shown)).await?;
        let reason_file = written.as_ref().map(|file| file.display().to_string()).unwrap_or_default();
        self.complain(written.map(drop));
        let Report { lines: error, hint } = report;
        self.remember(name, found, ArchiveState::Bad { error, hint, reason_file }).await
    }

    async fn remember(&mut self, name: &str, found: &Found, state: ArchiveState) -> anyhow::Result<()> {
        self.memory.settle(name, found, &state, now_seconds());
        if let Some(archive) = self.archives.get_mut(name) {
            archive.verdict = Verdict::Settled(state);
        }
        self.save().await?;
        self.tell().await
    }

    pub(super) async fn save(&self) -> anyhow::Result<()> {
        let (path, bytes) = self.memory.written()?;
        let saved = tokio::task::spawn_blocking(move || memory::write(&path, &bytes)).await?;
        self.complain(saved);
        Ok(())
    }

    /// What is no reason to stop, but must be known.
    fn complain(&self, result: anyhow::Result<()>) {
        if let Err(error) = result {
            tracing::error!(error = format!("{error:#}"), inbox = %self.config.inbox.display(), "the inbox");
        }
    }
}

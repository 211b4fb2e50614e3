//! An indexer of a deployment: one of several, of which one at a time has the role and the others stand by.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use romt_bus::Lease;
use romt_runtime::Hint;
use romt_storage::{LockError, MirrorLock};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::term::Term;
use crate::{Context, Schedule, build};

/// What the role is called on the bus.
const ROLE: &str = "indexer";
/// How long an indexer that is not heard of keeps the role.
const KEPT: Duration = Duration::from_secs(15);
/// How often the lock on a folder is tried, while another process has it.
const LOCK_EVERY: Duration = Duration::from_secs(1);
/// What nobody has written to for so long was left by somebody who was killed. Fetchers write beside us.
const ABANDONED: Duration = Duration::from_hours(24);

/// Whether this process is the indexer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Another one has the role.
    Standby,
    /// It has the role, and waits until the one before it has left the folder.
    Waiting,
    /// It is the indexer.
    Active,
}

/// A process that is the indexer whenever no other one is.
#[derive(Debug)]
pub struct Candidate {
    context: Context,
    holder: String,
    folder: PathBuf,
    schedule: Schedule,
    standing: watch::Sender<Standing>,
}

impl Candidate {
    /// A candidate that people know as `holder`. `folder` is what only one process may write to: the store, where that is a
    /// folder, or what holds the repository. By its `schedule` it syncs and exports by itself while it has the role.
    pub fn new(context: Context, holder: String, folder: PathBuf, schedule: Schedule) -> Self {
        Self { context, holder, folder, schedule, standing: watch::Sender::new(Standing::Standby) }
    }

    /// Where to see whether it is the indexer.
    pub fn standing(&self) -> watch::Receiver<Standing> {
        self.standing.subscribe()
    }

    /// Waits for the role, does its work, and waits again if it is lost, until `token` is cancelled.
    pub async fn run(self, token: CancellationToken) -> anyhow::Result<()> {
        loop {
            let acquired = Lease::acquire(&self.context.bus, ROLE, &self.holder, KEPT);
            let Some(lease) = token.run_until_cancelled(acquired).await else { return Ok(()) };
            let ended = self.serve(lease.context("cannot ask for the indexer's role")?, &token).await;
            self.standing.send_replace(Standing::Standby);
            ended?;
            if token.is_cancelled() {
                return Ok(());
            }
            tracing::warn!("standing by; what was in work is done anew by whoever has the role now");
        }
    }

    /// One term: until the role is lost or `token` is cancelled. Nothing is written after this returns.
    async fn serve(&self, lease: Lease, token: &CancellationToken) -> anyhow::Result<()> {
        let (stop, lost) = (token.child_token(), lease.lost());
        let work = self.work(lease, stop.clone());
        tokio::pin!(work);
        tokio::select! {
            ended = &mut work => ended,
            () = lost.cancelled() => {
                stop.cancel();
                match work.await {
                    // What failed because the role was lost is for the next one to do.
                    Err(error) => {
                        tracing::warn!(error = format!("{error:#}"), "gave up what was in work");
                        Ok(())
                    }
                    ended => ended,
                }
            }
        }
    }

    async fn work(&self, lease: Lease, stop: CancellationToken) -> anyhow::Result<()> {
        // A paused process that had the role before keeps the lock, and so cannot write beside us when it goes on.
        let Some(lock) = self.lock(&stop).await? else { return Ok(()) };
        // In a bucket it is few requests, and nobody can tell: the volume with the lock may be another one.
        if lock.was_unclean() || self.context.storage.as_folder().is_none() {
            self.sweep().await;
        }
        let context = &self.context;
        let began = stop.run_until_cancelled(Term::begin(lease, &context.storage, &context.config.repository)).await;
        if let Some(term) = began.transpose().context("cannot take the index over")? {
            self.standing.send_replace(Standing::Active);
            tracing::info!("this is the indexer now");
            let service = build(Context { term: term.clone(), ..context.clone() })?.with_schedule(self.schedule);
            let ended = service.run(stop).await;
            term.end().await;
            ended?;
        }
        tokio::task::spawn_blocking(move || lock.release()).await??;
        Ok(())
    }

    /// Removes what is a day old and was left by services that were killed.
    async fn sweep(&self) {
        match self.context.storage.sweep_abandoned(ABANDONED).await {
            Ok(0) => {}
            Ok(files) => tracing::info!(files, "swept up what was left by services that were killed"),
            Err(error) => tracing::warn!(
                error = format!("{:#}", anyhow::Error::from(error)),
                "what was left in the store could not be swept up; the next start tries again"
            ),
        }
    }

    /// The lock on the folder; `None` if it was stopped.
    async fn lock(&self, stop: &CancellationToken) -> anyhow::Result<Option<MirrorLock>> {
        loop {
            let folder = self.folder.clone();
            match tokio::task::spawn_blocking(move || MirrorLock::acquire(&folder, "romt indexer")).await? {
                Ok(lock) => return Ok(Some(lock)),
                Err(error @ LockError::Held { .. }) => {
                    if self.standing.send_replace(Standing::Waiting) != Standing::Waiting {
                        tracing::warn!("{error}; waiting for it to leave");
                    }
                }
                Err(error) => return Err(error).hint("give the indexer a folder that it may write to"),
            }
            if stop.run_until_cancelled(tokio::time::sleep(LOCK_EVERY)).await.is_none() {
                return Ok(None);
            }
        }
    }
}

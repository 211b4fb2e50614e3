//! Who watches the inbox: of several packers one at a time, and the others stand by.
//!
//! The role is a lease on the bus. Beside it there is a lock on a file where the packers remember things: a packer that was
//! paused for so long that it has lost the lease keeps the lock, so nobody works beside it when it goes on.

use std::convert::Infallible;
use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use romt_bus::Lease;
use romt_bus::messages::{INBOX, InboxStatus};
use romt_index::IndexRepository;
use romt_runtime::Hint;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::Inbox;
use crate::{Context, InboxConfig};

/// What the role is called on the bus.
const ROLE: &str = "inbox";
/// How long a packer that is not heard of keeps the role.
const KEPT: Duration = Duration::from_secs(15);
/// The file that is locked, in the state folder.
const LOCK: &str = "inbox.lock";
/// How often the lock is tried while another process has it.
const LOCK_EVERY: Duration = Duration::from_secs(1);
/// How often one who stands by looks who watches.
const LOOK_EVERY: Duration = Duration::from_secs(3);

/// Whether a packer watches its inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Another one does.
    Standby,
    /// It is to, and waits until the one before it has left.
    Waiting,
    /// It does.
    Watching,
}

/// A packer that watches the inbox whenever no other one does.
#[derive(Debug)]
pub(crate) struct Watcher {
    config: InboxConfig,
    context: Context,
    standing: watch::Sender<Standing>,
}

impl Watcher {
    /// Looks whether the folders can be used.
    pub(crate) async fn build(config: InboxConfig, context: Context) -> anyhow::Result<Self> {
        Inbox::check(&config).await?;
        Ok(Self { config, context, standing: watch::Sender::new(Standing::Standby) })
    }

    /// Where to see whether it watches.
    pub(crate) fn standing(&self) -> watch::Receiver<Standing> {
        self.standing.subscribe()
    }

    /// Waits for the role, watches, and waits again if the role is lost, until it is stopped.
    pub(crate) async fn run(self, stop: &CancellationToken) -> anyhow::Result<()> {
        let Some(holder) = &self.context.holder else { return self.watch(stop).await };
        loop {
            let acquired = Lease::acquire(&self.context.bus, ROLE, holder, KEPT);
            let acquired = async {
                tokio::select! {
                    lease = acquired => lease,
                    never = self.tell_who_watches() => match never {},
                }
            };
            let Some(lease) = stop.run_until_cancelled(acquired).await else { return Ok(()) };
            let lease = lease.context("cannot ask for the role of the one who watches the inbox")?;
            let ended = self.serve(&lease, stop).await;
            self.standing.send_replace(Standing::Standby);
            if let Err(error) = lease.release().await {
                tracing::debug!(%error, "cannot give the role up; it is free in a while");
            }
            ended?;
            if stop.is_cancelled() {
                return Ok(());
            }
            tracing::warn!("standing by; whoever has the role now takes in what was in work");
        }
    }

    /// Tells who watches which inbox while this packer stands by: an operator may wait for an archive in another one. Never
    /// ends.
    async fn tell_who_watches(&self) -> Infallible {
        let own = self.config.inbox.display().to_string();
        let mut told = None;
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let status = match self.context.bus.state::<InboxStatus>(INBOX).await {
                Ok(Some(status)) => status,
                Ok(None) => continue,
                Err(error) => {
                    tracing::debug!(%error, "it cannot be told who watches the inbox");
                    continue;
                }
            };
            let (packer, watched) = (status.packer, status.inbox);
            if told.as_ref() == Some(&(packer.clone(), watched.clone())) {
                continue;
            }
            if watched == own {
                tracing::info!(packer, inbox = watched, "standing by; another packer watches the inbox");
            } else {
                tracing::warn!(
                    packer,
                    watched,
                    inbox = own,
                    "standing by; another packer watches another folder, and archives in this one are not taken in"
                );
            }
            told = Some((packer, watched));
        }
    }

    /// One term: until the role is lost or it is stopped. Nothing is written after this returns.
    async fn serve(&self, lease: &Lease, stop: &CancellationToken) -> anyhow::Result<()> {
        let (stop, lost) = (stop.child_token(), lease.lost());
        let watching = self.watch(&stop);
        tokio::pin!(watching);
        tokio::select! {
            ended = &mut watching => return ended,
            () = lost.cancelled() => stop.cancel(),
        }
        if let Err(error) = watching.await {
            // What failed because the role was lost is for the next one to do.
            tracing::warn!(error = format!("{error:#}"), "gave up what was in work");
        }
        Ok(())
    }

    async fn watch(&self, stop: &CancellationToken) -> anyhow::Result<()> {
        let Some(_lock) = self.lock(stop).await? else { return Ok(()) };
        let repository = self.config.repository.clone();
        tokio::task::spawn_blocking(move || sweep(&repository)).await?;
        let inbox = Inbox::open(self.config.clone(), &self.context).await?;
        self.standing.send_replace(Standing::Watching);
        tracing::info!(inbox = %self.config.inbox.display(), "watching for archives");
        inbox.run(stop).await
    }

    /// The lock, given back when it is dropped; `None` if it was stopped before.
    async fn lock(&self, stop: &CancellationToken) -> anyhow::Result<Option<File>> {
        let state = self.config.state.clone();
        let opened = tokio::task::spawn_blocking(move || open(&state));
        let file = opened.await?.hint("give the packer a store that it may write to")?;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Some(file)),
                Err(TryLockError::WouldBlock) => {
                    if self.standing.send_replace(Standing::Waiting) != Standing::Waiting {
                        tracing::warn!("another process is still at work on the inbox; waiting for it to leave");
                    }
                }
                Err(TryLockError::Error(error)) => {
                    return Err(error).context(format!("cannot lock `{}`", self.config.state.join(LOCK).display()));
                }
            }
            if stop.run_until_cancelled(tokio::time::sleep(LOCK_EVERY)).await.is_none() {
                return Ok(None);
            }
        }
    }
}

/// Removes what a packer left that was killed. The indexer may be making the repository just now, so that it cannot be read;
/// then there is nothing to remove.
fn sweep(repository: &Path) {
    let swept = IndexRepository::open(repository)
        .and_then(|repository| repository.map_or(Ok(0), |repository| repository.sweep_bundles()));
    match swept {
        Ok(0) => {}
        Ok(bundles) => tracing::info!(bundles, "removed what a packer left that was killed"),
        Err(error) => tracing::debug!(%error, "nothing was swept up"),
    }
}

fn open(state: &Path) -> anyhow::Result<File> {
    let path = state.join(LOCK);
    let open = || {
        fs::create_dir_all(state)?;
        File::options().write(true).create(true).truncate(false).open(&path)
    };
    open().with_context(|| format!("cannot write `{}`", path.display()))
}

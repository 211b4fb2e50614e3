//! The inbox: a folder that archives are dropped into, and nothing else is to be done.
//!
//! - [`mod@scan`] looks which archives are there; [`notice`] tells when to look, and so does the clock.
//! - [`archive`] decides what is to be done with one: it is taken when it has not changed for a while, sooner where its
//!   `.sha256` lies beside it; what came too early is taken again after others were admitted, what failed for another reason
//!   after a pause.
//! - [`attempt`] takes one: [`verify`] reads it once, hashing it while it is unpacked, and only when it is right its files take
//!   their places in the [`mirror`]; then the indexer is asked to publish what it brings ([`admission`]). [`verdict`] says whose fault it is if that fails.
//! - [`settle`] draws the consequences: [`shelf`] moves it, if it is to be moved, and says why it is bad; [`memory`] keeps a restart from reading all again.
//!
//! Who asks by a message ([`mod@calls`]) has the folder looked at now, and is told when all in it has come to rest.
//!
//! Of several packers one at a time does this: [`watcher`] sees to that.
//!
//! One archive at a time, by name: exports are called by their time, so their order is the right one.

mod admission;
mod archive;
mod attempt;
mod calls;
mod memory;
mod mirror;
mod notice;
mod scan;
mod settle;
mod shelf;
mod tell;
mod verdict;
mod verify;
mod watcher;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use romt_bus::messages::ArchiveState;
use romt_runtime::{Hint, Report, traces};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, info_span};

use crate::{Context, InboxConfig};
use archive::{Archive, Step, Verdict};
use attempt::{Attempt, Candidate, Workbench};
use calls::Calls;
use memory::Memory;
use mirror::Mirror;
use notice::Notice;
use scan::{Listing, What, looks_like_archive, scan};
use shelf::Shelf;
use tell::Teller;
use verify::Places;

pub use watcher::Standing;
pub(crate) use watcher::Watcher;

/// The inbox, ready to be watched.
struct Inbox {
    config: InboxConfig,
    workbench: Workbench,
    shelf: Shelf,
    memory: Memory,
    teller: Teller,
    archives: BTreeMap<String, Archive>,
    listing: Listing,
    /// How many archives were admitted since the start.
    admissions: u64,
}

/// The folder is not looked at more often than this, however much is written to it.
const RESPITE: Duration = Duration::from_millis(200);

impl Inbox {
    /// Looks whether the folders can be used; the inbox is made if it is not there.
    async fn check(config: &InboxConfig) -> anyhow::Result<()> {
        let inbox = config.inbox.clone();
        tokio::task::spawn_blocking(move || open_folder(&inbox)).await?
    }

    /// Reads what is remembered: to be called when nobody else watches the inbox.
    async fn open(config: InboxConfig, context: &Context) -> anyhow::Result<Self> {
        let places = Places {
            mirror: Mirror::open(&config, &context.storage).await?,
            state: config.state.clone(),
            crates: config.crates,
            folders: config.folders,
            check_signature: context.check_signature.clone(),
        };
        let state = config.state.clone();
        let memory = tokio::task::spawn_blocking(move || Memory::load(&state)).await??;
        let shelf = Shelf::new(config.inbox.clone(), config.quarantine.clone(), config.consume);
        let teller = Teller::new(context.bus.clone(), &config.inbox, context.holder.as_deref());
        let (bus, storage, unanswered) = (context.bus.clone(), context.storage.clone(), Notify::new().into());
        let workbench = Workbench { bus, storage, places, unanswered };
        let (archives, listing) = (BTreeMap::new(), Listing::new());
        Ok(Self { config, workbench, shelf, memory, teller, archives, listing, admissions: 0 })
    }

    /// Takes in what comes, until it is stopped.
    async fn run(mut self, stop: &CancellationToken) -> anyhow::Result<()> {
        let notice = Notice::of(&self.config.inbox, self.config.notify);
        let calls = Calls::new(self.workbench.bus.clone(), &self.config.inbox, notice.bell());
        tokio::select! {
            ended = self.watch(&notice, &calls, stop) => ended,
            never = calls.listen() => match never {},
        }
    }

    async fn watch(&mut self, notice: &Notice, calls: &Calls, stop: &CancellationToken) -> anyhow::Result<()> {
        while !stop.is_cancelled() {
            let scanned = Instant::now();
            let asked = calls.open();
            if asked.is_new {
                self.archives.values_mut().for_each(|archive| archive.hurry(scanned));
            }
            self.look().await?;
            let next = self.next(Instant::now());
            if let Some(name) = next.take {
                let span = info_span!(target: traces::TARGET, "take archive", romt.archive = name);
                traces::adopt(&span, asked.trace);
                self.take(&name, stop).instrument(span).await?;
                continue;
            }
            if self.archives.values().all(Archive::is_at_rest) {
                calls.answer(asked, &self.teller).await?;
            }
            let pause = next
                .at
                .map_or(self.config.poll, |at| at.saturating_duration_since(Instant::now()).min(self.config.poll));
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(pause) => {}
                () = notice.wait() => {}
            }
            tokio::time::sleep(RESPITE.saturating_sub(scanned.elapsed())).await;
        }
        Ok(())
    }

    /// Looks at the folder, and tells what is new.
    async fn look(&mut self) -> anyhow::Result<()> {
        let (folder, before) = (self.config.inbox.clone(), std::mem::take(&mut self.listing));
        let shelf = self.shelf.clone();
        let scanned = tokio::task::spawn_blocking(move || {
            let found = scan(&folder, &before);
            (found, before, shelf.in_quarantine())
        });
        let (found, before, quarantine) = scanned.await?;
        self.teller.lies_in_quarantine(quarantine);
        self.listing = match found {
            Ok(listing) => {
                self.teller.can_be_read();
                listing
            }
            Err(error) => {
                // A medium that was pulled out, a share that is gone: it may come back.
                self.teller.cannot_be_read(&error);
                before
            }
        };
        let now = Instant::now();
        for (name, found) in &self.listing {
            if let Some(archive) = self.archives.get_mut(name) {
                archive.see(found.clone(), now);
                continue;
            }
            let archive = match self.memory.recall(name, found) {
                Some((state, since)) => {
                    self.teller.knows(name, &state, since);
                    Archive::remembered(found.clone(), state, now)
                }
                None => Archive::new(found.clone(), now),
            };
            self.archives.insert(name.clone(), archive);
        }
        self.archives.retain(|name, _| self.listing.contains_key(name));
        if self.memory.retain(|name| self.listing.contains_key(name)) {
            self.save().await?;
        }
        self.tell().await
    }

    async fn tell(&mut self) -> anyhow::Result<()> {
        // What is no file is judged in a moment.
        let judged =
            |archive: &Archive| archive.verdict != Verdict::Open || matches!(archive.found.what, What::File(_));
        let archives = self.archives.iter().filter(|(_, archive)| judged(archive));
        let states = archives.map(|(name, archive)| (name.as_str(), archive.state()));
        self.teller.tell(states).await
    }

    /// What is to be done next.
    fn next(&self, now: Instant) -> Next {
        let mut next = Next::default();
        for (name, archive) in &self.archives {
            match archive.step(self.config.settle, self.admissions, now) {
                Step::Take => {
                    next.take = Some(name.clone());
                    return next;
                }
                Step::Wait(at) => next.at = Some(next.at.map_or(at, |before| before.min(at))),
                Step::Nothing => {}
            }
        }
        next
    }

    /// Tries to take in the archive of this name.
    async fn take(&mut self, name: &str, stop: &CancellationToken) -> anyhow::Result<()> {
        let Some(archive) = self.archives.get(name) else { return Ok(()) };
        let (found, calm) = (archive.found.clone(), archive.calm(Instant::now()));
        let What::File(identity) = found.what else { return self.refuse_other(name, &found).await };
        let sum = found.sum.as_ref().map(|sum| sum.digest);
        if let Some(before) = sum.flatten().and_then(|sum| self.memory.find(&sum))
            && before.size == identity.size
        {
            let first = before.name.clone();
            return self.admitted(name, &found, ArchiveState::Again { first }).await;
        }
        let path = self.config.inbox.join(name);
        self.teller.say(name, ArchiveState::Verifying).await?;
        let attempt = if sum == Some(None) {
            let error = anyhow!("the `.sha256` file beside it has no SHA-256 of it");
            let error = error.context(format!("the archive `{}` is refused", path.display()));
            Attempt::Bad(Report::of(&hinted(error, "bring both across once more, or remove the `.sha256`")))
        } else {
            let candidate = Candidate {
                path: &path,
                identity,
                sum: sum.flatten(),
                named_so: looks_like_archive(name),
                may_be_copy: self.memory.has_size(identity.size),
            };
            let (memory, teller) = (&self.memory, &mut self.teller);
            let attempt = self.workbench.attempt(candidate, |digest| memory.find(digest).is_some(), stop);
            tokio::pin!(attempt);
            loop {
                tokio::select! {
                    attempt = &mut attempt => break attempt?,
                    () = self.workbench.unanswered.notified() => {
                        let reason = "it is verified, and waits for the indexer to publish it".to_owned();
                        teller.say(name, ArchiveState::Waiting { reason }).await?;
                        teller.write().await?;
                    }
                }
            }
        };
        // It had not changed for so long before it was looked at, and did not while it was.
        let is_settled = calm >= self.config.settle;
        self.settle(name, &found, attempt, is_settled).await
    }
}

impl std::fmt::Debug for Inbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inbox").field("config", &self.config).finish_non_exhaustive()
    }
}

/// What is to be done next: take this, or look again at that time.
#[derive(Default)]
struct Next {
    take: Option<String>,
    at: Option<Instant>,
}

fn open_folder(inbox: &Path) -> anyhow::Result<()> {
    let failed = || format!("cannot use `{}` as the inbox", inbox.display());
    let hint = "choose a folder that you may read with `--inbox DIR`, which `romt up` calls `--import`";
    std::fs::create_dir_all(inbox).with_context(failed).hint(hint)?;
    std::fs::read_dir(inbox).with_context(failed).hint(hint).map(drop)
}

fn hinted(error: anyhow::Error, hint: &str) -> anyhow::Error {
    match Err::<(), _>(error).hint(hint) {
        Err(error) => error,
        Ok(()) => anyhow!("there is no error"),
    }
}

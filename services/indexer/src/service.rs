//! The indexer as a service.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use romt_bus::messages::{Admission, LAST_EXPORT, LastExport, RunKind, RunRequest, RunSummary};
use romt_bus::{BusHandle, JobDelivery, Queue};
use romt_runtime::traces;
use romt_types::{PrefixStyle, RunId};
use tokio::sync::OnceCell;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::field::Empty;
use tracing::{Instrument as _, info_span};
use uuid::Uuid;

use crate::presence::{Lost, find_lost};
use crate::repository::SharedRepository;
use crate::run::Run;
use crate::schedule::{Due, Schedule, seconds_since};
use crate::state::State;
use crate::{Context, jobs};

/// How long a run that is due is held back for one that was asked for: as long as that takes to come. One that another indexer was
/// killed over comes only later.
const PRECEDENCE: Duration = Duration::from_secs(1);

/// The indexer, ready to run.
#[derive(Debug)]
pub struct Service {
    indexer: Indexer,
    schedule: Schedule,
}

/// What every run uses.
#[derive(Debug)]
pub(crate) struct Indexer {
    pub(crate) context: Context,
    repository: OnceCell<SharedRepository>,
    looked: std::sync::atomic::AtomicBool,
}

/// Makes an indexer. It touches nothing before it runs.
pub fn build(context: Context) -> anyhow::Result<Service> {
    let indexer = Indexer { context, repository: OnceCell::new(), looked: false.into() };
    Ok(Service { indexer, schedule: Schedule::default() })
}

impl Service {
    /// Has it sync and export by itself.
    #[must_use]
    pub fn with_schedule(self, schedule: Schedule) -> Self {
        Self { schedule, ..self }
    }

    /// Takes runs and admissions from the bus, one at a time, until `token` is cancelled. A run that is cut short then leaves
    /// the mirror as it was, or as it was to be.
    pub async fn run(self, token: CancellationToken) -> anyhow::Result<()> {
        let bus = self.indexer.context.bus.clone();
        if self.indexer.context.config.import {
            jobs::prepare_import(&self.indexer.context.config, &self.indexer.context.storage).await?;
            // What an interrupted writer left is swept up before anybody begins to read an archive.
            self.indexer.repository().await?;
        }
        let exported = match self.schedule.export {
            Some(_) => bus.state::<LastExport>(LAST_EXPORT).await?.and_then(|last| last.succeeded).map(seconds_since),
            None => None,
        };
        let mut due = Due::new(self.schedule, exported, Instant::now());
        loop {
            let next = due.next(Instant::now());
            let (kind, asked) = tokio::select! {
                () = token.cancelled() => return Ok(()),
                kind = until(next, &bus) => (kind, None),
                delivery = bus.next_job::<RunRequest>() => {
                    let delivery = delivery.context("the indexer got no more runs")?;
                    (delivery.job.kind, Some(delivery))
                }
                delivery = bus.next_job::<Admission>() => {
                    let delivery = delivery.context("the indexer got no more admissions")?;
                    let admitted = tokio::select! {
                        () = token.cancelled() => return self.indexer.come_to_rest().await,
                        ended = jobs::admit(&self.indexer, delivery) => ended?,
                    };
                    if admitted {
                        due.admitted(Instant::now());
                    }
                    continue;
                }
            };
            let summary = tokio::select! {
                () = token.cancelled() => return self.indexer.come_to_rest().await,
                ended = self.indexer.handle(kind, asked) => ended?,
            };
            match kind {
                RunKind::Sync { .. } => due.synced(Instant::now()),
                RunKind::Export { .. } => due.exported(summary.error.is_empty(), Instant::now()),
                RunKind::Prune { .. } => {}
            }
        }
    }
}

/// The run that is due next, when it is. If somebody has asked for one meanwhile, that one is given the time to come first: a
/// sync that was asked for before the indexer began is the one that it begins with, and not done twice.
async fn until(next: Option<(Instant, RunKind)>, bus: &BusHandle) -> RunKind {
    let Some((due, kind)) = next else { return std::future::pending().await };
    tokio::time::sleep_until(due).await;
    // A bus that does not answer has nothing for us either.
    if bus.port().pending(Queue::Runs).await.is_ok_and(|waiting| waiting > 0) {
        tokio::time::sleep(PRECEDENCE).await;
    }
    kind
}

/// What a run is called in a trace.
fn name(kind: RunKind) -> &'static str {
    match kind {
        RunKind::Sync { .. } => "run sync",
        RunKind::Prune { .. } => "run prune",
        RunKind::Export { .. } => "run export",
    }
}

/// Says in the log how a run ended that nobody asked for.
fn say(kind: RunKind, summary: &RunSummary) {
    let (failed, seconds) = (summary.failed, summary.seconds);
    if !matches!(kind, RunKind::Export { .. }) {
        tracing::info!(new = summary.new, removed = summary.removed, failed, seconds, "synced");
        return;
    }
    for archive in &summary.archives {
        tracing::info!(archive = archive.name, files = archive.files, bytes = archive.size, "exported");
    }
    if summary.error.is_empty() {
        tracing::info!(archives = summary.archives.len(), failed, seconds, "the export is through");
    } else {
        let error = summary.error.join(": ");
        tracing::error!(error, hint = summary.hint, "the export failed; it is tried again in a while");
    }
}

impl Indexer {
    /// Does one run: one that was asked for, or one of its own. That it failed is told to those who asked; an error here is
    /// the bus's.
    async fn handle(&self, kind: RunKind, asked: Option<JobDelivery<RunRequest>>) -> anyhow::Result<RunSummary> {
        let id: RunId = match &asked {
            Some(delivery) => delivery.job.run.clone(),
            None => Uuid::now_v7().to_string().parse()?,
        };
        let span =
            info_span!(target: traces::TARGET, "run", otel.name = name(kind), romt.run = %id, romt.failed = Empty);
        traces::adopt(&span, asked.as_ref().and_then(JobDelivery::trace));
        let work = async {
            let summary = self.work(kind, id).await?;
            match asked {
                Some(delivery) => delivery.done().await?,
                None => say(kind, &summary),
            }
            anyhow::Ok(summary)
        };
        let summary = work.instrument(span.clone()).await?;
        span.record("romt.failed", summary.failed);
        if !summary.error.is_empty() {
            traces::failed(&span, summary.error.join(": "));
        }
        Ok(summary)
    }

    async fn work(&self, kind: RunKind, id: RunId) -> anyhow::Result<RunSummary> {
        let mut run = Run::begin(self.context.bus.clone(), id, kind).await?;
        let done = match kind {
            RunKind::Sync { refresh } => jobs::sync(self, &mut run, refresh).await,
            RunKind::Prune { dry_run } => jobs::prune(self, &mut run, dry_run).await,
            RunKind::Export { full } => jobs::export(self, &mut run, full).await,
        };
        if let Err(error) = &done {
            // Told to people by those who asked for the run, if anybody did.
            tracing::info!(run = %run.id(), error = format!("{error:#}"), "the run failed");
        }
        Ok(run.end(done.err()).await?)
    }

    /// Waits for work on the repository that a run which was cut short has left on a blocking thread: nobody may write
    /// after the folder was given back.
    async fn come_to_rest(&self) -> anyhow::Result<()> {
        match self.repository.get() {
            Some(repository) => repository.with(|_| Ok(())).await,
            None => Ok(()),
        }
    }

    /// The index repository; opened by the first run that needs it.
    pub(crate) async fn repository(&self) -> anyhow::Result<&SharedRepository> {
        self.repository.get_or_try_init(|| SharedRepository::open(&self.context.config.repository)).await
    }

    /// Reads what is remembered.
    pub(crate) async fn load_state(&self) -> anyhow::Result<State> {
        let (folder, url) = (self.context.config.state.clone(), self.context.config.index_url.to_string());
        tokio::task::spawn_blocking(move || State::load(&folder, &url)).await?
    }

    /// Remembers.
    pub(crate) async fn save_state(&self, state: Arc<State>) -> anyhow::Result<()> {
        let folder = self.context.config.state.clone();
        tokio::task::spawn_blocking(move || state.save(&folder)).await?
    }

    /// What was lost is published no more, and remembered.
    pub(crate) fn has_looked(&self) {
        self.looked.store(true, std::sync::atomic::Ordering::Relaxed);
    }

    /// The published versions whose files are not there: looked for until a run has [dealt](Self::has_looked) with them.
    pub(crate) async fn lost(&self, style: PrefixStyle) -> anyhow::Result<Lost> {
        if self.looked.load(std::sync::atomic::Ordering::Relaxed) {
            return Ok(Lost::new());
        }
        let repository = self.repository().await?;
        let published = repository.with(|repository| Ok(repository.published()?)).await?;
        match published {
            Some(snapshot) => find_lost(&self.context.storage, repository, snapshot, style).await,
            None => Ok(Lost::new()),
        }
    }
}

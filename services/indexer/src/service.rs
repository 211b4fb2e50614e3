//! The indexer as a service.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use romt_bus::JobDelivery;
use romt_bus::messages::{Admission, RunKind, RunRequest};
use romt_types::PrefixStyle;
use tokio::sync::OnceCell;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::presence::{Lost, find_lost};
use crate::repository::SharedRepository;
use crate::run::Run;
use crate::state::State;
use crate::{Context, jobs};

/// The indexer, ready to run.
#[derive(Debug)]
pub struct Service {
    indexer: Indexer,
    schedule: Option<Schedule>,
}

/// When an indexer syncs without being asked: at its start, and then again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// The pause after a sync; `None`: it syncs only at its start.
    pub every: Option<Duration>,
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
    Ok(Service { indexer, schedule: None })
}

impl Service {
    /// Has it sync by itself.
    #[must_use]
    pub fn with_schedule(self, schedule: Option<Schedule>) -> Self {
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
        let mut due = self.schedule.map(|_| Instant::now());
        loop {
            let asked = tokio::select! {
                () = token.cancelled() => return Ok(()),
                () = until(due) => None,
                delivery = bus.next_job::<RunRequest>() => Some(delivery.context("the indexer got no more runs")?),
                delivery = bus.next_job::<Admission>() => {
                    let delivery = delivery.context("the indexer got no more admissions")?;
                    tokio::select! {
                        () = token.cancelled() => return self.indexer.come_to_rest().await,
                        ended = jobs::admit(&self.indexer, delivery) => ended?,
                    }
                    continue;
                }
            };
            let kind = asked.as_ref().map_or(RunKind::Sync { refresh: false }, |delivery| delivery.job.kind);
            tokio::select! {
                () = token.cancelled() => return self.indexer.come_to_rest().await,
                ended = self.indexer.handle(kind, asked) => ended?,
            }
            if let (RunKind::Sync { .. }, Some(schedule)) = (kind, self.schedule) {
                due = schedule.every.map(|every| Instant::now() + every);
            }
        }
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

impl Indexer {
    /// Does one run: one that was asked for, or one of its own. That it failed is told to those who asked; an error here is
    /// the bus's.
    async fn handle(&self, kind: RunKind, asked: Option<JobDelivery<RunRequest>>) -> anyhow::Result<()> {
        let id = match &asked {
            Some(delivery) => delivery.job.run.clone(),
            None => Uuid::now_v7().to_string().parse()?,
        };
        let mut run = Run::begin(self.context.bus.clone(), id).await?;
        let done = match kind {
            RunKind::Sync { refresh } => jobs::sync(self, &mut run, refresh).await,
            RunKind::Prune { dry_run } => jobs::prune(self, &mut run, dry_run).await,
            RunKind::Export { full } => jobs::export(self, &mut run, full).await,
        };
        if let Err(error) = &done {
            // Told to people by those who asked for the run.
            tracing::info!(run = %run.id(), error = format!("{error:#}"), "the run failed");
        }
        let summary = run.end(done.err()).await?;
        let Some(delivery) = asked else {
            let (failed, seconds) = (summary.failed, summary.seconds);
            tracing::info!(new = summary.new, removed = summary.removed, failed, seconds, "synced");
            return Ok(());
        };
        Ok(delivery.done().await?)
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

//! One run: asked for over the bus, followed to its summary.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use romt_bus::messages::{LAST_RUN, LastRun, RunEvent, RunKind, RunRequest, RunStep, RunSummary};
use romt_bus::{BusHandle, Events, GivenUp, Job as _, MemoryBus, Whereabouts};
use romt_runtime::{Hint, Lifecycle};
use romt_storage::Storage;
use romt_types::RunId;
use romt_upstream::Client;
use tokio::time::timeout;
use uuid::Uuid;

use crate::progress::{Progress, Verdict};
use crate::screen::Screen;
use crate::settings::SyncSettings;

pub(super) const NO_CRATES_HINT: &str =
    "select with `--lockfile Cargo.lock`, `--manifest Cargo.toml` or `--crate NAME`, or in romt.toml";
pub(super) const NO_SELECTION_HINT: &str = "select with `--lockfile Cargo.lock`, `--manifest Cargo.toml`, `--crate NAME` or \
                                            `--toolchain SPEC --target TARGET`, or in romt.toml";

/// Everything a run needs: a bus, and the services that do it.
pub(super) struct Runs {
    bus: BusHandle,
    screen: Screen,
}

impl Runs {
    /// Builds indexer and fetcher, and starts them under `lifecycle`.
    pub(super) fn start(
        settings: SyncSettings,
        storage: Storage,
        bus: BusHandle,
        lifecycle: &mut Lifecycle,
        screen: &Screen,
    ) -> anyhow::Result<Self> {
        let SyncSettings { client, fetcher, indexer, .. } = settings;
        let client = Client::new(client)?;
        let fetcher = romt_fetcher::build(romt_fetcher::Context {
            config: fetcher,
            bus: bus.clone(),
            storage: storage.clone(),
            client: client.clone(),
        })?;
        let indexer = romt_indexer::build(romt_indexer::Context {
            config: indexer,
            bus: bus.clone(),
            storage,
            client,
            term: romt_indexer::Term::default(),
        })?;
        lifecycle.spawn("fetcher", fetcher.run(lifecycle.token()));
        lifecycle.spawn("indexer", indexer.run(lifecycle.token()));
        Ok(Self { bus, screen: screen.clone() })
    }

    /// Asks for a run and shows it until it is over.
    pub(super) async fn run(&self, kind: RunKind) -> anyhow::Result<RunSummary> {
        follow(&self.bus, kind, &self.screen).await
    }
}

/// When nothing was heard of a run for that long, it is looked what became of it.
const QUIET: Duration = Duration::from_secs(5);
/// A request that the bus lost so often is not made again.
const TIMES: u32 = 10;

/// Nobody does the run that was asked for.
#[derive(Debug, thiserror::Error)]
enum NotDone {
    #[error("the run was not done")]
    GivenUp(#[source] GivenUp),
    #[error("the bus lost the request for the run {TIMES} times")]
    Lost,
}

/// Asks for a run and shows it until it is over.
pub(super) async fn follow(bus: &BusHandle, kind: RunKind, screen: &Screen) -> anyhow::Result<RunSummary> {
    let run: RunId = Uuid::now_v7().to_string().parse()?;
    let request = RunRequest { run: run.clone(), kind };
    // Before the request, or the first events would be missed.
    let mut events: Events<RunEvent> = bus.events().await?;
    bus.submit(&request).await.context("cannot ask for a run")?;
    let mut progress = Progress::new(screen);
    let mut times = 1;
    let summary = loop {
        let step = match timeout(QUIET, events.next()).await {
            Ok(event) => {
                let event = event?;
                if event.run != run {
                    continue;
                }
                event.step
            }
            Err(_) => match look_for(bus, &request, &mut times).await? {
                Some(summary) => RunStep::Finished(summary),
                None => continue,
            },
        };
        progress.show(&run, &step)?;
        if let RunStep::Finished(summary) = step {
            break summary;
        }
    };
    drop(progress);
    let verdict = Verdict { kind, summary: &summary };
    if summary.is_complete() {
        screen.say(verdict);
    } else {
        screen.complain(verdict);
    }
    Ok(summary)
}

/// How a run ended, if it did and the news of it were lost. A request that the bus has lost is made again; one that was given
/// up is an error.
async fn look_for(bus: &BusHandle, request: &RunRequest, times: &mut u32) -> anyhow::Result<Option<RunSummary>> {
    let whereabouts = bus.whereabouts(&[RunRequest::QUEUE], &request.id()).await?;
    // After that: the summary is kept before the request is settled.
    let last: Option<LastRun> = bus.state(LAST_RUN).await?;
    if let Some(last) = last.filter(|last| last.run == request.run) {
        return Ok(Some(last.summary));
    }
    match whereabouts {
        Whereabouts::Queued => {}
        Whereabouts::GivenUp(letter) => {
            let name = format!("{}/{}", letter.queue, letter.id);
            return Err(NotDone::GivenUp(letter)).hint(format!(
                "`romt jobs requeue {name}` has it done after all, `romt jobs discard {name}` forgets it"
            ));
        }
        Whereabouts::Lost if *times >= TIMES => return Err(NotDone::Lost.into()),
        Whereabouts::Lost => {
            tracing::warn!("the bus has lost the request; asking again");
            *times += 1;
            bus.submit(request).await.context("cannot ask for a run")?;
        }
    }
    Ok(None)
}

/// The bus of this process.
pub(super) fn memory_bus() -> BusHandle {
    BusHandle::new(Arc::new(MemoryBus::new()))
}

/// Reads the selection's files once, so that one that is missing or malformed is said before anything else happens.
pub(super) async fn check(settings: &SyncSettings) -> anyhow::Result<()> {
    // What is passed over is noted again by the run itself.
    romt_indexer::check(&settings.indexer).await.map(drop)
}

#[cfg(test)]
mod tests {
    use romt_bus::{MAX_ATTEMPTS, Queue};
    use romt_runtime::Report;

    use super::*;

    const SYNC: RunKind = RunKind::Sync { refresh: false };

    #[tokio::test(start_paused = true)]
    async fn a_run_that_ends_every_indexer_is_not_waited_for() {
        let bus = memory_bus();
        let deadly = bus.clone();
        let indexer = tokio::spawn(async move {
            for _ in 0..MAX_ATTEMPTS {
                drop(deadly.next_job::<RunRequest>().await.unwrap());
            }
            // It is found to be dead by the next one who looks for work.
            let _ = timeout(Duration::from_secs(1), deadly.next_job::<RunRequest>()).await;
        });
        let report = Report::of(&follow(&bus, SYNC, &Screen::new(false, true)).await.unwrap_err());
        indexer.await.unwrap();
        let letter = &bus.port().dead_letters(Queue::Runs).await.unwrap()[0];
        let why = format!("given up as dead letter runs/{}: was begun 100 times and never settled", letter.id);
        assert_eq!(report.lines, ["the run was not done".to_owned(), why]);
        assert!(report.hint.unwrap().contains(&format!("`romt jobs requeue runs/{}`", letter.id)));
        assert_eq!(bus.port().pending(Queue::Runs).await.unwrap(), 0, "it was not asked for again");
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_the_bus_loses_each_time_is_not_made_for_ever() {
        let bus = memory_bus();
        let loser = bus.clone();
        let lost = tokio::spawn(async move {
            for _ in 0..TIMES {
                loser.next_job::<RunRequest>().await.unwrap().done().await.unwrap();
            }
        });
        let error = follow(&bus, SYNC, &Screen::new(false, true)).await.unwrap_err();
        assert_eq!(error.to_string(), "the bus lost the request for the run 10 times");
        lost.await.unwrap();
    }
}

//! One run: asked for over the bus, followed to its summary.

use std::sync::Arc;

use anyhow::Context;
use romt_bus::messages::{RunEvent, RunKind, RunRequest, RunStep, RunSummary};
use romt_bus::{BusHandle, Events, MemoryBus};
use romt_runtime::Lifecycle;
use romt_storage::Storage;
use romt_types::RunId;
use romt_upstream::Client;
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
        let indexer =
            romt_indexer::build(romt_indexer::Context { config: indexer, bus: bus.clone(), storage, client })?;
        lifecycle.spawn("fetcher", fetcher.run(lifecycle.token()));
        lifecycle.spawn("indexer", indexer.run(lifecycle.token()));
        Ok(Self { bus, screen: screen.clone() })
    }

    /// Asks for a run and shows it until it is over.
    pub(super) async fn run(&self, kind: RunKind) -> anyhow::Result<RunSummary> {
        let run: RunId = Uuid::now_v7().to_string().parse()?;
        // Before the request, or the first events would be missed.
        let mut events: Events<RunEvent> = self.bus.events().await?;
        self.bus.submit(&RunRequest { run: run.clone(), kind }).await.context("cannot ask for a run")?;
        let mut progress = Progress::new(&self.screen);
        loop {
            let event = events.next().await?;
            if event.run != run {
                continue;
            }
            progress.show(&run, &event.step)?;
            if let RunStep::Finished(summary) = event.step {
                drop(progress);
                self.tell(kind, &summary);
                return Ok(summary);
            }
        }
    }

    fn tell(&self, kind: RunKind, summary: &RunSummary) {
        let verdict = Verdict { kind, summary };
        if summary.is_complete() { self.screen.say(verdict) } else { self.screen.complain(verdict) }
    }
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

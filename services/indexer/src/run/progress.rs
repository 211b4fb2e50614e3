//! Telling how far the selection is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use romt_bus::BusHandle;
use romt_bus::messages::{RunEvent, RunStep};
use romt_types::RunId;
use tokio::task::JoinHandle;

/// Counts index files and versions, and tells the counts a few times a second while they change. Ends when dropped.
#[derive(Debug)]
pub(crate) struct Progress {
    counts: Arc<Counts>,
    teller: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Counts {
    index_files: AtomicU64,
    versions: AtomicU64,
}

const INTERVAL: Duration = Duration::from_millis(250);

impl Progress {
    /// Begins to tell the listeners of `run`.
    pub(crate) fn start(bus: BusHandle, run: RunId) -> Self {
        let counts = Arc::<Counts>::default();
        let teller = tokio::spawn(tell(bus, run, Arc::clone(&counts)));
        Self { counts, teller }
    }

    /// One more index file is settled.
    pub(crate) fn index_file(&self) {
        self.counts.index_files.fetch_add(1, Ordering::Relaxed);
    }

    /// So many versions are selected by now.
    pub(crate) fn versions(&self, count: usize) {
        self.counts.versions.store(count as u64, Ordering::Relaxed);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.teller.abort();
    }
}

async fn tell(bus: BusHandle, run: RunId, counts: Arc<Counts>) {
    let mut ticks = tokio::time::interval(INTERVAL);
    let mut told = (0, 0);
    loop {
        ticks.tick().await;
        let now = (counts.index_files.load(Ordering::Relaxed), counts.versions.load(Ordering::Relaxed));
        if now == told {
            continue;
        }
        told = now;
        let step = RunStep::Selecting { index_files: now.0, versions: now.1 };
        if bus.announce(&RunEvent { run: run.clone(), step }).await.is_err() {
            return;
        }
    }
}

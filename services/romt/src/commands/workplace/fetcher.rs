//! The fetcher of `download`, which is started when the mirror is open.

use anyhow::{Context as _, anyhow};
use romt_bus::Events;
use romt_bus::messages::{RunEvent, RunStep};
use romt_fetcher::{Config, Context};
use romt_indexer::FetchRun;
use romt_runtime::Lifecycle;
use romt_storage::Storage;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Workplace;

/// How the fetcher is told to start.
pub(super) type FetcherStart = oneshot::Sender<Context>;

/// Makes a fetcher known that waits to be started, and stops with everything else.
pub(super) fn register(lifecycle: &mut Lifecycle) -> FetcherStart {
    let (start, started) = oneshot::channel();
    lifecycle.spawn("fetcher", run(started, lifecycle.token()));
    start
}

async fn run(started: oneshot::Receiver<Context>, token: CancellationToken) -> anyhow::Result<()> {
    if let Some(Ok(context)) = token.run_until_cancelled(started).await {
        return romt_fetcher::build(context)?.run(token).await;
    }
    // It is not needed.
    token.cancelled().await;
    Ok(())
}

impl Workplace<'_> {
    /// What a step asks of the fetcher, under an id of its own.
    pub(in crate::commands) fn fetch_run(&self) -> anyhow::Result<FetchRun> {
        Ok(FetchRun::new(self.bus.clone(), Uuid::now_v7().to_string().parse()?))
    }

    /// Does `work`, and moves the bar on as the fetcher tells how far it is.
    pub(in crate::commands) async fn with_bar<T>(
        &self,
        work: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<T> {
        let mut events: Events<RunEvent> = self.bus.events().await?;
        let show = async {
            // Where nothing more is told the bar stands still, and the work goes on.
            while let Ok(event) = events.next().await {
                if let RunStep::Fetched { files, bytes, .. } = event.step {
                    self.console.advance(files, bytes);
                }
            }
            std::future::pending::<()>().await;
        };
        let done = tokio::select! {
            done = work => done,
            () = show => Err(anyhow!("the bar ended before the work")),
        };
        self.console.end_progress();
        done
    }

    /// Starts the fetcher, unless it runs.
    pub(in crate::commands) fn start_fetcher(&mut self, num_jobs: usize, storage: Storage) -> anyhow::Result<()> {
        let client = self.client()?;
        let Some(start) = self.fetcher.take() else { return Ok(()) };
        let context =
            Context { config: Config { num_jobs, shared_host_limit: None }, bus: self.bus.clone(), storage, client };
        start.send(context).ok().context("the fetcher is gone")
    }
}

//! The one owner of stopping.

use std::any::Any;
use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::time::Duration;

use anyhow::{Context, anyhow};
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{Signal, Signals};

/// How long services may take to stop before they are aborted.
const GRACE: Duration = Duration::from_secs(10);

/// Runs services until something ends them all: the main task is done, a signal comes, or a service ends by itself.
///
/// Then the token is cancelled and every service gets a grace period to finish what it must; whoever is not done by
/// then is aborted, which is an error. A second signal ends the wait at once.
#[derive(Debug)]
pub struct Lifecycle {
    token: CancellationToken,
    services: JoinSet<anyhow::Result<()>>,
    names: HashMap<Id, &'static str>,
    signals: Signals,
    grace: Duration,
}

/// Why a [`Lifecycle`] ended, if nothing failed.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended<T> {
    /// The main task was done, with this result.
    Done(T),
    /// A signal came, and everything stopped.
    Stopped(Signal),
    /// A second signal came before everything had stopped: leave at once.
    Forced,
}

impl Lifecycle {
    /// A lifecycle without services that listens to `signals`.
    pub fn new(signals: Signals) -> Self {
        Self { token: CancellationToken::new(), services: JoinSet::new(), names: HashMap::new(), signals, grace: GRACE }
    }

    /// Gives services another time to stop in than ten seconds.
    #[must_use]
    pub fn with_grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// The token that is cancelled when it is time to stop.
    pub fn token(&self) -> CancellationToken {
        self.token.clone()
    }

    /// Starts a service. It is to run until the token is cancelled; if it ends earlier, that is an error whatever it
    /// returns, and stops the rest.
    pub fn spawn(&mut self, name: &'static str, service: impl Future<Output = anyhow::Result<()>> + Send + 'static) {
        let task = self.services.spawn(service);
        self.names.insert(task.id(), name);
    }

    /// Waits for `first` beside the services, which go on afterwards. If a signal comes before it is done, that is returned,
    /// and the lifecycle is to be dropped: nothing has begun that would have to end well. That a service ends is an error.
    pub async fn wait_for<T>(
        &mut self,
        first: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<Result<T, Signal>> {
        tokio::select! {
            biased;
            signal = self.signals.next() => Ok(Err(signal)),
            Some(ended) = self.services.join_next_with_id() => Err(self.ended_early(ended)),
            done = first => done.map(Ok),
        }
    }

    /// Runs `main` beside the services; returns when everything has stopped. After a signal or the end of a service,
    /// `main` is dropped.
    pub async fn run<T>(mut self, main: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<Ended<T>> {
        let first = tokio::select! {
            // A service's own error tells more than what the main task makes of its absence.
            biased;
            signal = self.signals.next() => Ok(Ended::Stopped(signal)),
            Some(ended) = self.services.join_next_with_id() => Err(self.ended_early(ended)),
            done = main => done.map(Ended::Done),
        };
        if let Ok(Ended::Stopped(signal)) = &first {
            tracing::info!(?signal, "stopping");
        }
        self.token.cancel();
        let Self { services, names, signals, grace, .. } = &mut self;
        tokio::select! {
            biased;
            drained = drain(services, names, *grace) => first.and_then(|ended| drained.map(|()| ended)),
            _ = signals.next() => Ok(Ended::Forced),
        }
    }

    fn ended_early(&self, ended: Result<(Id, anyhow::Result<()>), JoinError>) -> anyhow::Error {
        match outcome(&self.names, ended) {
            (_, Err(error)) => error,
            (name, Ok(())) => anyhow!("the {name} ended before it was told to"),
        }
    }
}

/// Waits until all services have stopped, or aborts them; the first error of a service is returned.
async fn drain(
    services: &mut JoinSet<anyhow::Result<()>>,
    names: &mut HashMap<Id, &'static str>,
    grace: Duration,
) -> anyhow::Result<()> {
    let mut result = Ok(());
    let all = async {
        while let Some(ended) = services.join_next_with_id().await {
            let id = ended.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
            let (name, stopped) = outcome(names, ended);
            names.remove(&id);
            tracing::debug!(service = name, ok = stopped.is_ok(), "stopped");
            result = std::mem::replace(&mut result, Ok(())).and(stopped);
        }
    };
    if tokio::time::timeout(grace, all).await.is_err() {
        let mut left: Vec<_> = names.values().copied().collect();
        left.sort_unstable();
        services.shutdown().await;
        return result.and(Err(anyhow!("the {} did not stop within {grace:?}", left.join(" and the "))));
    }
    result
}

/// Which service it was and how it ended; a panic is an error.
fn outcome(
    names: &HashMap<Id, &'static str>,
    ended: Result<(Id, anyhow::Result<()>), JoinError>,
) -> (&'static str, anyhow::Result<()>) {
    let name_of = |id| names.get(&id).copied().unwrap_or("service");
    match ended {
        Ok((id, result)) => {
            let name = name_of(id);
            (name, result.with_context(|| format!("the {name} failed")))
        }
        Err(error) => {
            let name = name_of(error.id());
            let message = match error.try_into_panic() {
                Ok(panic) => format!("the {name} panicked: {}", panic_message(&*panic)),
                Err(error) => format!("the {name} was lost: {error}"),
            };
            (name, Err(anyhow!(message)))
        }
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

/// Runs a program's one future on a Tokio runtime of all cores.
///
/// Blocking work that is still going on when the future ends is left behind: by then it has been asked to stop, and a
/// process that ends takes it along.
pub fn block_on<T>(program: impl Future<Output = T>) -> io::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = runtime.block_on(program);
    runtime.shutdown_background();
    Ok(done)
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::sync::{mpsc, oneshot};

    use super::*;
    use crate::Report;

    fn lifecycle() -> (mpsc::Sender<Signal>, Lifecycle) {
        let (sender, receiver) = mpsc::channel(2);
        (sender, Lifecycle::new(Signals::from_channel(receiver)))
    }

    /// Runs until it is told to stop; then says so.
    fn obedient(lifecycle: &mut Lifecycle) -> oneshot::Receiver<()> {
        let (said, heard) = oneshot::channel();
        let token = lifecycle.token();
        lifecycle.spawn("obedient", async move {
            token.cancelled().await;
            said.send(()).map_err(|()| anyhow!("nobody listens"))
        });
        heard
    }

    #[tokio::test]
    async fn the_end_of_the_main_task_stops_all() {
        let (_signals, mut lifecycle) = lifecycle();
        let stopped = obedient(&mut lifecycle);
        assert_eq!(lifecycle.run(async { Ok(7) }).await.unwrap(), Ended::Done(7));
        stopped.await.unwrap();
    }

    #[tokio::test]
    async fn what_is_waited_for_ends_with_a_signal_or_a_service() {
        let (signals, mut lifecycle) = lifecycle();
        let _stopped = obedient(&mut lifecycle);
        assert_eq!(lifecycle.wait_for(async { Ok(7) }).await.unwrap(), Ok(7));
        signals.send(Signal::Terminate).await.unwrap();
        let waited = lifecycle.wait_for(pending::<anyhow::Result<()>>()).await.unwrap();
        assert_eq!(waited, Err(Signal::Terminate));
        lifecycle.spawn("fetcher", async { Err(anyhow!("disk on fire")) });
        lifecycle.wait_for(pending::<anyhow::Result<()>>()).await.unwrap_err();
    }

    #[tokio::test]
    async fn a_signal_stops_all() {
        for signal in [Signal::Interrupt, Signal::Terminate] {
            let (signals, mut lifecycle) = lifecycle();
            let stopped = obedient(&mut lifecycle);
            signals.send(signal).await.unwrap();
            let ended = lifecycle.run(pending::<anyhow::Result<()>>()).await.unwrap();
            assert_eq!(ended, Ended::Stopped(signal));
            stopped.await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_service_that_fails_stops_the_rest() {
        let (_signals, mut lifecycle) = lifecycle();
        let stopped = obedient(&mut lifecycle);
        lifecycle.spawn("fetcher", async { Err(anyhow!("disk on fire")) });
        let error = lifecycle.run(pending::<anyhow::Result<()>>()).await.unwrap_err();
        assert_eq!(Report::of(&error).lines, ["the fetcher failed", "disk on fire"]);
        stopped.await.unwrap();
    }

    #[tokio::test]
    async fn a_service_that_panics_stops_the_rest() {
        let (_signals, mut lifecycle) = lifecycle();
        let stopped = obedient(&mut lifecycle);
        lifecycle.spawn("fetcher", async { panic!("at the {}", "disco") });
        let error = lifecycle.run(pending::<anyhow::Result<()>>()).await.unwrap_err();
        assert_eq!(error.to_string(), "the fetcher panicked: at the disco");
        stopped.await.unwrap();
    }

    #[tokio::test]
    async fn a_service_must_not_end_by_itself() {
        let (_signals, mut lifecycle) = lifecycle();
        lifecycle.spawn("fetcher", async { Ok(()) });
        let error = lifecycle.run(pending::<anyhow::Result<()>>()).await.unwrap_err();
        assert_eq!(error.to_string(), "the fetcher ended before it was told to");
    }

    #[tokio::test]
    async fn an_error_while_stopping_is_not_lost() {
        let (_signals, mut lifecycle) = lifecycle();
        let token = lifecycle.token();
        lifecycle.spawn("indexer", async move {
            token.cancelled().await;
            Err(anyhow!("cannot write"))
        });
        let error = lifecycle.run(async { Ok(()) }).await.unwrap_err();
        assert_eq!(Report::of(&error).lines, ["the indexer failed", "cannot write"]);
    }

    #[tokio::test]
    async fn who_does_not_stop_is_aborted() {
        let (signals, mut lifecycle) = lifecycle();
        lifecycle.spawn("stubborn", pending());
        signals.send(Signal::Terminate).await.unwrap();
        let lifecycle = lifecycle.with_grace(Duration::from_millis(5));
        let error = lifecycle.run(pending::<anyhow::Result<()>>()).await.unwrap_err();
        assert_eq!(error.to_string(), "the stubborn did not stop within 5ms");
    }

    #[tokio::test]
    async fn a_second_signal_is_not_waited_for() {
        let (signals, mut lifecycle) = lifecycle();
        lifecycle.spawn("stubborn", pending());
        signals.send(Signal::Interrupt).await.unwrap();
        signals.send(Signal::Interrupt).await.unwrap();
        assert_eq!(lifecycle.run(pending::<anyhow::Result<()>>()).await.unwrap(), Ended::Forced);
    }
}

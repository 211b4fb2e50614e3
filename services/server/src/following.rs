//! Following what is published: `master` is the one pointer, and it is looked at when an event says that it moved, and
//! once a second, for a mirror that another process writes.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use romt_bus::messages::Published;
use romt_bus::{BusHandle, Events};
use romt_replica::Replica;
use romt_runtime::traces;
use romt_storage::Storage;
use romt_types::TraceParent;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, Span, info_span};

use crate::index_reader::{Current, IndexReader};

/// How often `master` is looked at without an event.
const EVERY: Duration = Duration::from_secs(1);

/// What is served at the moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Followed {
    /// The published state; `None` while nothing is published.
    pub(crate) current: Option<Arc<Current>>,
    /// Why `master` cannot be read just now. What was read before is served on.
    pub(crate) trouble: Option<String>,
}

/// Keeps a [`Followed`] up to date.
#[derive(Debug)]
pub(crate) struct Follower {
    reader: Arc<IndexReader>,
    /// The copy of the index to keep up to date, and the store that it is a copy of.
    replica: Option<(Replica, Storage)>,
    events: Option<Events<Published>>,
    followed: watch::Sender<Followed>,
}

impl Follower {
    /// Reads what is published; an index that cannot be read is an error now, and only a complaint later.
    pub(crate) async fn new(
        reader: Arc<IndexReader>,
        mut replica: Option<(Replica, Storage)>,
        bus: Option<&BusHandle>,
    ) -> anyhow::Result<Self> {
        let events = match bus {
            Some(bus) => Some(bus.events().await.context("cannot listen for what is published")?),
            None => None,
        };
        // What was copied earlier is served meanwhile.
        let trouble = follow(&mut replica).await.err();
        if let Some(error) = &trouble {
            tracing::error!(error, "cannot follow the index in the store");
        }
        let current = reader.snapshot().await?.map(Current::new).map(Arc::new);
        let followed = watch::Sender::new(Followed { current, trouble });
        Ok(Self { reader, replica, events, followed })
    }

    /// Where to read what is served.
    pub(crate) fn watch(&self) -> watch::Receiver<Followed> {
        self.followed.subscribe()
    }

    /// Follows until `token` is cancelled.
    pub(crate) async fn run(self, token: CancellationToken) {
        let Self { reader, mut replica, mut events, followed } = self;
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let span = tokio::select! {
                () = token.cancelled() => return,
                // Once a second, mostly for nothing.
                _ = ticks.tick() => Span::none(),
                trace = next(&mut events) => {
                    let span = info_span!(target: traces::TARGET, "follow");
                    traces::adopt(&span, trace);
                    span
                }
            };
            let following = async {
                match follow(&mut replica).await {
                    Ok(()) => look(&reader, &followed).await,
                    Err(trouble) => complain(&followed, trouble),
                }
            };
            following.instrument(span).await;
        }
    }
}

/// Brings the copy of the index up to date, if it is one; says why that cannot be done.
async fn follow(replica: &mut Option<(Replica, Storage)>) -> Result<(), String> {
    let Some((replica, storage)) = replica else { return Ok(()) };
    replica.follow(storage).await.map(drop).map_err(|error| format!("{:#}", anyhow::Error::from(error)))
}

/// Says what is wrong, once.
fn complain(followed: &watch::Sender<Followed>, trouble: String) {
    followed.send_if_modified(|followed| {
        if followed.trouble.as_ref() == Some(&trouble) {
            return false;
        }
        tracing::error!(error = trouble, "cannot see what is published; serving what was");
        followed.trouble = Some(trouble);
        true
    });
}

/// Looks at `master` and says what changed.
async fn look(reader: &Arc<IndexReader>, followed: &watch::Sender<Followed>) {
    let found = reader.snapshot().await;
    let before = followed.borrow().current.as_ref().map(|current| current.snapshot.clone());
    if matches!(&found, Ok(found) if *found != before) {
        reader.close();
    }
    let found = match found {
        Ok(found) => found,
        Err(error) => return complain(followed, format!("{error:#}")),
    };
    followed.send_if_modified(|followed| {
        let recovered = followed.trouble.take().is_some();
        if followed.current.as_ref().map(|current| &current.snapshot) == found.as_ref() {
            return recovered;
        }
        let commit = found.as_ref().map(|snapshot| snapshot.commit.as_str());
        tracing::info!(commit, "serving what is newly published");
        followed.current = found.map(Current::new).map(Arc::new);
        true
    });
}

/// Waits for the next event, for ever if none can come; returns the trace that it was sent in.
async fn next(events: &mut Option<Events<Published>>) -> Option<TraceParent> {
    if let Some(listening) = events {
        match listening.next_traced().await {
            Ok((_, trace)) => return trace,
            Err(error) => {
                tracing::debug!(%error, "no more events; looking at the index once a second");
                *events = None;
            }
        }
    }
    std::future::pending().await
}

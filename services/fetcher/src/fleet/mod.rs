//! The fetchers of a deployment ask hosts together as politely as one would alone: the limit of transfers at once with a host
//! is divided among them, and a host that asks one of them to be left alone is left alone by all.
//!
//! Each tells the others again and again that it is there and how many transfers it may have or has. One that comes listens
//! before it begins, and waits until the others have come down to their new share.

mod share;

use std::time::Duration;

use anyhow::Context as _;
use romt_bus::messages::{FleetNews, FleetWord};
use romt_bus::{BusHandle, Events};
use romt_upstream::{Client, HostWish};
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use share::Share;

/// How often each says that it is there.
const BEAT: Duration = Duration::from_secs(1);
/// How long one that goes may take to say so.
const FAREWELL: Duration = Duration::from_secs(1);

/// One fetcher's part in the fleet.
#[derive(Debug)]
pub(crate) struct Fleet {
    name: String,
    bus: BusHandle,
    client: Client,
    share: Share,
    allowance: watch::Sender<usize>,
}

impl Fleet {
    /// A fetcher called `name` that comes to a fleet whose transfers at once with one host are `limit` together.
    pub(crate) fn new(name: String, bus: BusHandle, client: Client, limit: usize) -> Self {
        client.set_host_limit(0);
        let share = Share::new(name.clone(), limit);
        Self { name, bus, client, share, allowance: watch::Sender::new(0) }
    }

    /// How many transfers at once this fetcher may have with one host.
    pub(crate) fn allowance(&self) -> watch::Receiver<usize> {
        self.allowance.subscribe()
    }

    /// Takes part until `token` is cancelled.
    pub(crate) async fn run(mut self, token: CancellationToken) -> anyhow::Result<()> {
        let mut wishes = self.client.wishes();
        let work = async {
            let mut events: Events<FleetNews> = self.bus.events().await?;
            self.tell(true).await?;
            // Not at once: the others are to have answered when the next word comes back.
            let mut ticks = tokio::time::interval_at(Instant::now() + BEAT, BEAT);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    news = events.next() => self.hear(news?).await?,
                    wish = wishes.recv() => self.pass_on(wish).await?,
                    _ = ticks.tick() => self.tell(false).await?,
                }
                let allowance = self.share.allowance();
                if allowance != *self.allowance.borrow() {
                    tracing::debug!(allowance, fetchers = self.share.fetchers(), "transfers at once with one host");
                    self.client.set_host_limit(allowance);
                    self.allowance.send_replace(allowance);
                }
            }
        };
        let worked: Option<anyhow::Result<()>> = token.run_until_cancelled(work).await;
        let gone = FleetNews { fetcher: self.name.clone(), word: FleetWord::Gone };
        // Where this cannot be said the others notice a little later.
        let _ = tokio::time::timeout(FAREWELL, self.bus.announce(&gone)).await;
        worked.unwrap_or(Ok(())).context("cannot share the limit of a host with other fetchers")
    }

    async fn tell(&self, new: bool) -> anyhow::Result<()> {
        let reserved = self.client.busiest_host().max(*self.allowance.borrow());
        let word = FleetWord::Here { reserved, new };
        Ok(self.bus.announce(&FleetNews { fetcher: self.name.clone(), word }).await?)
    }

    async fn hear(&mut self, news: FleetNews) -> anyhow::Result<()> {
        let is_own = news.fetcher == self.name;
        match news.word {
            FleetWord::Here { reserved, new } => {
                self.share.here(&news.fetcher, reserved);
                if new && !is_own {
                    self.tell(false).await?;
                }
            }
            FleetWord::Gone => self.share.gone(&news.fetcher),
            FleetWord::LeaveAlone { host, millis } if !is_own => {
                self.client.leave_alone(&HostWish { host, wait: Duration::from_millis(millis) });
            }
            FleetWord::LeaveAlone { .. } => {}
        }
        Ok(())
    }

    async fn pass_on(&self, wish: Result<HostWish, broadcast::error::RecvError>) -> anyhow::Result<()> {
        // Of more wishes than can be passed on the newest count.
        let Ok(HostWish { host, wait }) = wish else { return Ok(()) };
        let millis = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        let word = FleetWord::LeaveAlone { host, millis };
        Ok(self.bus.announce(&FleetNews { fetcher: self.name.clone(), word }).await?)
    }
}

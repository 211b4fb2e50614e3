//! Manners towards hosts: how many transfers at once, and leaving them alone when they ask for it.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, broadcast};
use tokio::time::Instant;
use url::Url;

/// A host may not silence us for longer than this.
const MAX_PAUSE: Duration = Duration::from_hours(1);
/// Hosts remembered before idle ones are forgotten. An index could name a new host for every file.
const REMEMBERED: usize = 256;
/// Wishes that a slow listener may lag behind.
const BACKLOG: usize = 64;

/// All hosts a client talks to.
#[derive(Debug)]
pub(crate) struct Hosts {
    known: Mutex<Known>,
    wishes: broadcast::Sender<HostWish>,
}

#[derive(Debug)]
struct Known {
    limit: usize,
    hosts: HashMap<String, Arc<Host>>,
}

/// A host has asked to be left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostWish {
    /// Its scheme, name and port.
    pub host: String,
    /// For how long.
    pub wait: Duration,
}

/// One host: a scheme, a name and a port.
#[derive(Debug)]
pub(crate) struct Host {
    name: String,
    slots: Mutex<Slots>,
    /// There may be a free slot.
    freed: Notify,
    paused_until: Mutex<Option<Instant>>,
    wishes: broadcast::Sender<HostWish>,
}

#[derive(Debug)]
struct Slots {
    limit: usize,
    taken: usize,
}

/// The right to one transfer.
#[derive(Debug)]
pub(crate) struct Turn(Arc<Host>);

impl Hosts {
    /// At most `limit` transfers at once with each host.
    pub(crate) fn new(limit: usize) -> Self {
        let known = Known { limit: limit.max(1), hosts: HashMap::new() };
        Self { known: Mutex::new(known), wishes: broadcast::Sender::new(BACKLOG) }
    }

    /// The host of `url`.
    pub(crate) fn of(&self, url: &Url) -> Arc<Host> {
        let port = url.port_or_known_default().unwrap_or_default();
        self.named(&format!("{}://{}:{port}", url.scheme(), url.host_str().unwrap_or_default()))
    }

    /// The host of that name.
    pub(crate) fn named(&self, name: &str) -> Arc<Host> {
        let mut known = unpoisoned(&self.known);
        if let Some(host) = known.hosts.get(name) {
            return Arc::clone(host);
        }
        if known.hosts.len() >= REMEMBERED {
            known.hosts.retain(|_, host| !host.is_idle());
        }
        let host = Arc::new(Host {
            name: name.to_owned(),
            slots: Mutex::new(Slots { limit: known.limit, taken: 0 }),
            freed: Notify::new(),
            paused_until: Mutex::default(),
            wishes: self.wishes.clone(),
        });
        known.hosts.insert(name.to_owned(), Arc::clone(&host));
        host
    }

    /// From now on, at most `limit` transfers at once with each host, which may be none. Those that go on are not cut.
    pub(crate) fn set_limit(&self, limit: usize) {
        let mut known = unpoisoned(&self.known);
        known.limit = limit;
        for host in known.hosts.values() {
            unpoisoned(&host.slots).limit = limit;
            host.freed.notify_waiters();
        }
    }

    /// The most transfers that go on with one host.
    pub(crate) fn busiest(&self) -> usize {
        unpoisoned(&self.known).hosts.values().map(|host| unpoisoned(&host.slots).taken).max().unwrap_or(0)
    }

    /// What hosts ask for from now on.
    pub(crate) fn wishes(&self) -> broadcast::Receiver<HostWish> {
        self.wishes.subscribe()
    }
}

impl Host {
    /// Waits for a turn: until the host wants to hear from us again and a slot is free. If it wants to be left alone for
    /// longer than `patience`, returns how long.
    pub(crate) async fn turn(self: &Arc<Self>, patience: Duration) -> Result<Turn, Duration> {
        loop {
            self.wait_out_pause(patience).await?;
            let turn = self.slot().await;
            // Waiting for the slot may have taken long.
            if self.pause().is_none() {
                return Ok(turn);
            }
        }
    }

    async fn slot(self: &Arc<Self>) -> Turn {
        loop {
            let mut freed = pin!(self.freed.notified());
            // Before the look, or what happens in between would be missed.
            freed.as_mut().enable();
            {
                let mut slots = unpoisoned(&self.slots);
                if slots.taken < slots.limit {
                    slots.taken += 1;
                    return Turn(Arc::clone(self));
                }
            }
            freed.await;
        }
    }

    /// Leaves the host alone for `wait` from now on, an hour at most, because it asked for that.
    pub(crate) fn asks(&self, wait: Duration) {
        self.leave_alone(wait);
        // Nobody listening is fine.
        let _ = self.wishes.send(HostWish { host: self.name.clone(), wait: wait.min(MAX_PAUSE) });
    }

    /// Leaves the host alone for `wait` from now on, an hour at most.
    pub(crate) fn leave_alone(&self, wait: Duration) {
        let until = Instant::now() + wait.min(MAX_PAUSE);
        let mut paused = unpoisoned(&self.paused_until);
        *paused = Some(paused.map_or(until, |earlier| earlier.max(until)));
    }

    async fn wait_out_pause(&self, patience: Duration) -> Result<(), Duration> {
        while let Some(wait) = self.pause() {
            if wait > patience {
                return Err(wait);
            }
            tokio::time::sleep(wait).await;
        }
        Ok(())
    }

    /// How much longer the host wants to be left alone, if it does.
    fn pause(&self) -> Option<Duration> {
        let mut paused = unpoisoned(&self.paused_until);
        let left = paused.map(|until| until.saturating_duration_since(Instant::now())).filter(|left| !left.is_zero());
        if left.is_none() {
            *paused = None;
        }
        left
    }

    /// Whether nobody would miss it: no transfer holds it, and it has no wish. To be asked under the lock of the map.
    fn is_idle(self: &Arc<Self>) -> bool {
        Arc::strong_count(self) == 1 && self.pause().is_none()
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        unpoisoned(&self.0.slots).taken -= 1;
        self.0.freed.notify_one();
    }
}

/// No code panics while it holds these locks, so what a poisoned lock guards is whole.
fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn no_more_turns_than_slots() {
        let hosts = Hosts::new(2);
        let host = hosts.of(&url("http://a/x"));
        let first = host.turn(Duration::ZERO).await.unwrap();
        let _second = host.turn(Duration::ZERO).await.unwrap();
        assert!(host.turn(Duration::ZERO).now_or_never().is_none());
        let _elsewhere = hosts.of(&url("http://a:81/x")).turn(Duration::ZERO).await.unwrap();
        drop(first);
        host.turn(Duration::ZERO).await.unwrap();
    }

    #[tokio::test]
    async fn a_limit_that_changes_counts_from_then_on() {
        let hosts = Hosts::new(2);
        let host = hosts.of(&url("http://a/x"));
        let (first, second) = (host.turn(Duration::ZERO).await.unwrap(), host.turn(Duration::ZERO).await.unwrap());
        assert_eq!(hosts.busiest(), 2);
        hosts.set_limit(1);
        drop(first);
        assert!(host.turn(Duration::ZERO).now_or_never().is_none(), "the second one is enough");
        let mut third = Box::pin(host.turn(Duration::ZERO));
        assert!((&mut third).now_or_never().is_none());
        drop(second);
        let third = third.await.unwrap();
        hosts.set_limit(0);
        drop(third);
        let mut fourth = Box::pin(host.turn(Duration::ZERO));
        assert!((&mut fourth).now_or_never().is_none());
        assert!(hosts.of(&url("http://new/")).turn(Duration::ZERO).now_or_never().is_none(), "new hosts have it too");
        hosts.set_limit(3);
        fourth.await.unwrap();
    }

    #[tokio::test]
    async fn what_a_host_asks_for_is_told() {
        let hosts = Hosts::new(2);
        let mut wishes = hosts.wishes();
        hosts.of(&url("https://a/x")).asks(Duration::from_secs(5));
        let wish = wishes.recv().await.unwrap();
        assert_eq!(wish, HostWish { host: "https://a:443".to_owned(), wait: Duration::from_secs(5) });
        let other = Hosts::new(2);
        other.named(&wish.host).leave_alone(wish.wait);
        assert!(other.of(&url("https://a/y")).turn(Duration::ZERO).await.is_err());
    }

    #[tokio::test]
    async fn a_pause_holds_everyone_who_has_the_patience() {
        let hosts = Hosts::new(2);
        hosts.of(&url("http://a/x")).leave_alone(Duration::from_millis(50));
        hosts.of(&url("http://a/x")).leave_alone(Duration::ZERO);
        let began = Instant::now();
        hosts.of(&url("http://a/y")).turn(Duration::from_millis(50)).await.unwrap();
        assert!(began.elapsed() >= Duration::from_millis(49), "{:?}", began.elapsed());
    }

    #[tokio::test]
    async fn nobody_silences_us_for_long() {
        let hosts = Hosts::new(2);
        let host = hosts.of(&url("http://a/x"));
        host.leave_alone(Duration::MAX);
        let wait = host.turn(Duration::ZERO).await.unwrap_err();
        assert!(wait <= MAX_PAUSE && wait > MAX_PAUSE / 2, "{wait:?}");
    }

    #[tokio::test]
    async fn idle_hosts_are_forgotten() {
        let hosts = Hosts::new(2);
        let held = hosts.of(&url("http://held/"));
        hosts.of(&url("http://paused/")).leave_alone(MAX_PAUSE);
        for n in 0..3 * REMEMBERED {
            hosts.of(&url(&format!("http://host{n}/")));
        }
        assert!(unpoisoned(&hosts.known).hosts.len() <= REMEMBERED);
        assert!(Arc::ptr_eq(&held, &hosts.of(&url("http://held/"))));
        hosts.of(&url("http://paused/")).turn(Duration::ZERO).await.unwrap_err();
    }
}

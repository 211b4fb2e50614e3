//! Manners towards hosts: how many transfers at once, and leaving them alone when they ask for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use url::Url;

/// A host may not silence us for longer than this.
const MAX_PAUSE: Duration = Duration::from_hours(1);
/// Hosts remembered before idle ones are forgotten. An index could name a new host for every file.
const REMEMBERED: usize = 256;

/// All hosts a client talks to.
#[derive(Debug)]
pub(crate) struct Hosts {
    limit: usize,
    known: Mutex<HashMap<String, Arc<Host>>>,
}

/// One host: a scheme, a name and a port.
#[derive(Debug)]
pub(crate) struct Host {
    slots: Arc<Semaphore>,
    paused_until: Mutex<Option<Instant>>,
}

/// The right to one transfer.
#[derive(Debug)]
pub(crate) struct Turn {
    // The semaphore is never closed; if it were, no limit would be better than no transfer.
    _slot: Option<OwnedSemaphorePermit>,
}

impl Hosts {
    /// At most `limit` transfers at once with each host.
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit: limit.clamp(1, Semaphore::MAX_PERMITS), known: Mutex::default() }
    }

    /// The host of `url`.
    pub(crate) fn of(&self, url: &Url) -> Arc<Host> {
        let port = url.port_or_known_default().unwrap_or_default();
        let name = format!("{}://{}:{port}", url.scheme(), url.host_str().unwrap_or_default());
        let mut known = unpoisoned(&self.known);
        if let Some(host) = known.get(&name) {
            return Arc::clone(host);
        }
        if known.len() >= REMEMBERED {
            known.retain(|_, host| !host.is_idle());
        }
        let host = Arc::new(Host { slots: Arc::new(Semaphore::new(self.limit)), paused_until: Mutex::default() });
        known.insert(name, Arc::clone(&host));
        host
    }
}

impl Host {
    /// Waits for a turn: until the host wants to hear from us again and a slot is free. If it wants to be left alone for
    /// longer than `patience`, returns how long.
    pub(crate) async fn turn(&self, patience: Duration) -> Result<Turn, Duration> {
        loop {
            self.wait_out_pause(patience).await?;
            let slot = Arc::clone(&self.slots).acquire_owned().await.ok();
            // Waiting for the slot may have taken long.
            if self.pause().is_none() {
                return Ok(Turn { _slot: slot });
            }
        }
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
        assert!(unpoisoned(&hosts.known).len() <= REMEMBERED);
        assert!(Arc::ptr_eq(&held, &hosts.of(&url("http://held/"))));
        hosts.of(&url("http://paused/")).turn(Duration::ZERO).await.unwrap_err();
    }
}

//! Leases: a role that one process has at a time.
//!
//! The holder writes a record under a key of the small state and renews it. Nobody's clock is compared with another's: who
//! waits watches the record's revision, and takes over when it has not changed for the holder's time by the waiter's own
//! clock. The holder stops believing in its lease earlier than that, by its own clock, counted from before its last
//! renewal was sent.
//!
//! A holder that was paused does not know at once that it has lost the lease. So each holder has a [token](Lease::token)
//! that is larger than those of all before it: what it writes elsewhere carries the token, and is refused if a larger one
//! has been seen there.

mod record;
mod renew;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use self::record::Record;
use crate::{BusError, BusHandle, StateEntry};

/// How often a waiter looks, as a part of the holder's time, and the limits of that.
const LOOKS: u32 = 8;
const LOOK_EVERY: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));

/// A role that this process has. Dropped, it is given up.
#[derive(Debug)]
pub struct Lease {
    shared: Arc<Shared>,
    renewer: AbortHandle,
}

/// What the lease and its renewer share.
#[derive(Debug)]
struct Shared {
    bus: BusHandle,
    key: String,
    record: Record,
    held: Mutex<Held>,
    lost: CancellationToken,
}

/// What is known of the record.
#[derive(Debug, Clone, Copy)]
struct Held {
    revision: u64,
    /// Until when nobody else can have taken over.
    until: Instant,
}

impl Lease {
    /// Waits until nobody has the role `name`, and takes it. `holder` is for people; `ttl` is for how long a holder that is
    /// not heard of keeps it. Dropping the future stops the waiting; the role may then stay taken for `ttl`.
    pub async fn acquire(bus: &BusHandle, name: &str, holder: &str, ttl: Duration) -> Result<Self, BusError> {
        let key = format!("leases/{name}");
        // What was seen last, and since when it has not changed.
        let mut seen: Option<(u64, Instant)> = None;
        loop {
            let entry = bus.port().state(&key).await?;
            let before = entry.as_ref().map(|entry| Record::read(&key, entry)).transpose()?;
            let revision = entry.as_ref().map_or(0, |entry| entry.revision);
            let since = match seen {
                Some((same, since)) if same == revision => since,
                _ => Instant::now(),
            };
            seen = Some((revision, since));
            let patience = before.as_ref().map_or(ttl, Record::ttl);
            let free = before.as_ref().is_none_or(|record| record.released) || since.elapsed() >= patience;
            if free {
                let record = Record::next(before.as_ref(), holder, ttl);
                if let Some(lease) = Self::take(bus, &key, record, revision).await? {
                    return Ok(lease);
                }
                continue;
            }
            if let (Some(record), true) = (&before, since.elapsed() < LOOK_EVERY.0) {
                tracing::info!(name, holder = record.holder, "somebody else has the role; waiting");
            }
            sleep((patience / LOOKS).clamp(LOOK_EVERY.0, LOOK_EVERY.1)).await;
        }
    }

    /// Takes the role if its record is still at `revision`.
    async fn take(bus: &BusHandle, key: &str, record: Record, revision: u64) -> Result<Option<Self>, BusError> {
        let begun = Instant::now();
        let taken = match bus.port().set_state(key, record.write(key)?, Some(revision)).await {
            Ok(taken) => taken,
            Err(BusError::Conflict { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        tracing::info!(key, token = record.token, "has the role");
        let held = Mutex::new(Held { revision: taken, until: begun + record.believed() });
        let (bus, key, lost) = (bus.clone(), key.to_owned(), CancellationToken::new());
        let shared = Arc::new(Shared { bus, key, record, held, lost });
        let renewer = tokio::spawn(renew::renew(Arc::clone(&shared))).abort_handle();
        Ok(Some(Self { shared, renewer }))
    }

    /// Larger than the tokens of all who had the role before, also where the bus has lost its state in between (by this
    /// machine's clock then).
    pub fn token(&self) -> u64 {
        self.shared.record.token
    }

    /// Whether nobody else can have the role. To be asked right before each write that nothing else guards.
    pub fn is_held(&self) -> bool {
        !self.shared.lost.is_cancelled() && Instant::now() < self.shared.held().until
    }

    /// Cancelled when the role is lost, or may be: stop writing.
    pub fn lost(&self) -> CancellationToken {
        self.shared.lost.clone()
    }

    /// Gives the role up, so that the next one need not wait.
    pub async fn release(self) -> Result<(), BusError> {
        self.renewer.abort();
        self.shared.release().await
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.renewer.abort();
        if self.shared.lost.is_cancelled() {
            return;
        }
        self.shared.lost.cancel();
        // Where this cannot be sent the role is free a little later.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let shared = Arc::clone(&self.shared);
            runtime.spawn(async move { shared.release().await });
        }
    }
}

impl Shared {
    fn held(&self) -> Held {
        // No code panics while it holds the lock.
        *self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn release(&self) -> Result<(), BusError> {
        self.lost.cancel();
        match self.write(&self.record.released()).await {
            // Somebody else has it already.
            Ok(_) | Err(BusError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Writes the record if it is still as we left it.
    async fn write(&self, record: &Record) -> Result<u64, BusError> {
        let expected = self.held().revision;
        self.bus.port().set_state(&self.key, record.write(&self.key)?, Some(expected)).await
    }
}

impl Record {
    fn read(key: &str, entry: &StateEntry) -> Result<Self, BusError> {
        serde_json::from_slice(&entry.value).map_err(|error| BusError::unreadable(key, error))
    }

    fn write(&self, key: &str) -> Result<Bytes, BusError> {
        serde_json::to_vec(self).map(Bytes::from).map_err(|error| BusError::unreadable(key, error))
    }
}

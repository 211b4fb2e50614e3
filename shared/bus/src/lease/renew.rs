//! Keeping a lease.

use std::sync::{Arc, PoisonError};

use tokio::time::{Instant, sleep_until, timeout_at};

use super::{Held, Shared};
use crate::BusError;

/// Renews until the role is lost, and says so.
pub(super) async fn renew(shared: Arc<Shared>) {
    let why = loop {
        let held = shared.held();
        let every = shared.record.ttl() / 4;
        sleep_until(held.until - shared.record.believed() + every).await;
        match renew_once(&shared, held, every).await {
            Ok(()) => {}
            Err(why) => break why,
        }
    };
    tracing::warn!(key = shared.key, token = shared.record.token, "lost the role: {why}");
    shared.lost.cancel();
}

/// Tries for as long as nobody else can have taken over.
async fn renew_once(shared: &Shared, held: Held, every: std::time::Duration) -> Result<(), &'static str> {
    const LATE: &str = "it could not be renewed in time";
    loop {
        let begun = Instant::now();
        if begun >= held.until {
            return Err(LATE);
        }
        match timeout_at(held.until, shared.write(&shared.record)).await {
            Ok(Ok(revision)) => {
                let renewed = Held { revision, until: begun + shared.record.believed() };
                *shared.held.lock().unwrap_or_else(PoisonError::into_inner) = renewed;
                return Ok(());
            }
            Ok(Err(BusError::Conflict { .. })) => return Err("somebody else has it"),
            Ok(Err(error)) => tracing::debug!(%error, "cannot renew a lease; trying again"),
            Err(_) => return Err(LATE),
        }
        tokio::time::sleep(every / 4).await;
    }
}

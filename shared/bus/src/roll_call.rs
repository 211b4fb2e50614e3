//! Asking which services there are.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::messages::{RollCall, ServiceReport};
use crate::{BusError, BusHandle, Events};

/// How long services have to answer: as long as a check of their readiness takes, and a little more.
const ANSWERS: Duration = Duration::from_millis(2_500);
/// When nobody has answered for that long, all have.
const SILENCE: Duration = Duration::from_millis(700);

/// The services that answer; waits a moment for them.
pub async fn roll_call(bus: &BusHandle) -> Result<BTreeSet<ServiceReport>, BusError> {
    let mut answers: Events<RollCall> = bus.events().await?;
    bus.announce(&RollCall::Asked).await?;
    let last = Instant::now() + ANSWERS;
    let mut services = BTreeSet::new();
    loop {
        // While none has answered, somebody may be at a check that takes long.
        let until = if services.is_empty() { last } else { last.min(Instant::now() + SILENCE) };
        match timeout_at(until, answers.next()).await {
            Ok(Ok(RollCall::Here(report))) => drop(services.insert(report)),
            Ok(Ok(RollCall::Asked)) => {}
            Ok(Err(error)) => return Err(error),
            Err(_) => return Ok(services),
        }
    }
}

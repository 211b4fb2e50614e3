//! Those who want the inbox to be looked at now, and wait until all in it has come to rest.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::pending;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use romt_bus::messages::InboxCall;
use romt_bus::{BusError, BusHandle, Events};
use romt_types::{RunId, TraceParent};
use tokio::sync::Notify;

use super::tell::Teller;

/// More calls than this are not kept: who is forgotten asks again.
const MOST: usize = 1_000;

/// The calls that were not answered yet.
pub(super) struct Calls {
    bus: BusHandle,
    inbox: String,
    /// Rung for each new one.
    bell: Arc<Notify>,
    open: Mutex<BTreeMap<RunId, Call>>,
}

/// A call that was not answered yet.
#[derive(Debug, Clone, Copy)]
struct Call {
    is_new: bool,
    trace: Option<TraceParent>,
}

/// The calls that came before the inbox was looked at.
pub(super) struct Asked {
    calls: Vec<RunId>,
    /// Whether one of them came since the look before.
    pub(super) is_new: bool,
    /// The trace of the one that waits longest: what is done now is done for it.
    pub(super) trace: Option<TraceParent>,
}

impl Calls {
    pub(super) fn new(bus: BusHandle, inbox: &Path, bell: Arc<Notify>) -> Self {
        Self { bus, inbox: inbox.display().to_string(), bell, open: Mutex::default() }
    }

    /// Hears calls and says so at once, however long it takes until they are answered. Never ends: without calls the inbox
    /// is watched all the same.
    pub(super) async fn listen(&self) -> Infallible {
        let Err(error) = self.hear().await;
        tracing::warn!(%error, "nobody can ask for the inbox to be looked at any more");
        pending().await
    }

    async fn hear(&self) -> Result<Infallible, BusError> {
        let mut words: Events<InboxCall> = self.bus.events().await?;
        loop {
            let (InboxCall::Look { call }, trace) = words.next_traced().await? else { continue };
            self.bus.announce(&InboxCall::Heard { call: call.clone(), inbox: self.inbox.clone() }).await?;
            let mut open = self.lock();
            if open.len() < MOST && !open.contains_key(&call) {
                open.insert(call, Call { is_new: true, trace });
                self.bell.notify_one();
            }
        }
    }

    /// The calls that are open.
    pub(super) fn open(&self) -> Asked {
        let mut open = self.lock();
        let is_new = open.values().any(|call| call.is_new);
        open.values_mut().for_each(|call| call.is_new = false);
        // Their ids are sorted by time.
        let trace = open.values().find_map(|call| call.trace);
        Asked { calls: open.keys().cloned().collect(), is_new, trace }
    }

    /// Answers calls: all has come to rest.
    pub(super) async fn answer(&self, asked: Asked, teller: &Teller) -> Result<(), BusError> {
        for call in asked.calls {
            self.bus.announce(&InboxCall::AtRest { call: call.clone(), status: teller.status() }).await?;
            self.lock().remove(&call);
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<RunId, Call>> {
        // No code panics while it holds the lock.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

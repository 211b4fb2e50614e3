//! What the verbs of Python romt have in common: COMMANDs that run in order, on one mirror, under one lifecycle.

mod archives;
mod call;
mod fetcher;
mod locks;
mod names;

use romt_bus::BusHandle;
use romt_runtime::Lifecycle;
use romt_upstream::{Client, ClientConfig};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::run::memory_bus;
use crate::console::Console;
use fetcher::FetcherStart;
use locks::Locks;

pub(super) use archives::{archive, tell_unpacked};
pub(super) use call::{Call, carry_out, on_console};
pub(super) use names::{command, commands};

/// Where the steps of one call are done: what they share, whatever they work on.
pub(super) struct Workplace<'a> {
    pub(super) console: &'a Console,
    pub(super) bus: BusHandle,
    /// Work on threads that may block; asked to stop by the token.
    pub(super) blocking: TaskTracker,
    pub(super) stop: CancellationToken,
    /// Who the locks say holds them.
    holder: &'static str,
    locks: Option<Locks>,
    config: &'a ClientConfig,
    client: Option<Client>,
    fetcher: Option<FetcherStart>,
}

impl<'a> Workplace<'a> {
    /// Before the first step: nothing is opened or locked yet.
    pub(super) fn new(
        holder: &'static str,
        config: &'a ClientConfig,
        console: &'a Console,
        lifecycle: &mut Lifecycle,
    ) -> Self {
        Self {
            console,
            bus: memory_bus(),
            blocking: TaskTracker::new(),
            stop: lifecycle.token(),
            holder,
            locks: None,
            config,
            client: None,
            fetcher: Some(fetcher::register(lifecycle)),
        }
    }

    /// The client for upstream, the same for all steps.
    pub(super) fn client(&mut self) -> anyhow::Result<Client> {
        if let Some(client) = &self.client {
            return Ok(client.clone());
        }
        Ok(self.client.insert(Client::new(self.config.clone())?).clone())
    }
}

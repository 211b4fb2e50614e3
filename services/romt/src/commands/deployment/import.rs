//! `romt import`: has the packer of a deployment look at its inbox, and follows until every archive has come to rest.

use std::collections::BTreeMap;
use std::time::Duration;

use romt_bus::messages::{ArchiveState, INBOX_PART, InboxCall, InboxEvent, InboxStatus};
use romt_bus::{BusHandle, Events, roll_call};
use romt_runtime::traces::TARGET;
use romt_runtime::{Ended, Hint, Lifecycle, Signals, block_on};
use romt_types::RunId;
use tokio::time::{Instant, sleep_until, timeout};
use tracing::{Instrument as _, info_span};
use uuid::Uuid;

use super::super::outcome::Outcome;
use super::base::find;
use crate::cli::ImportOptions;
use crate::progress::{show_inbox, show_inbox_at_rest};
use crate::screen::Screen;
use crate::settings::bus_address;

/// How often the packer is asked: it may be another one by now.
const ASK_EVERY: Duration = Duration::from_secs(2);
/// When nobody who watches was heard of for that long, nobody does, unless there are some who stand by: after one was killed
/// it takes a while until another one may have its role.
const PATIENCE: Duration = Duration::from_secs(5);
const PATIENCE_WITH_OTHERS: Duration = Duration::from_secs(40);
/// What was told before the last word may come a moment after it.
const MOMENT: Duration = Duration::from_millis(200);

/// Nobody has an inbox.
#[derive(Debug, thiserror::Error)]
#[error("no packer watches an inbox")]
struct NobodyWatches;

const NOBODY_HINT: &str =
    "start `romt packer` with `--inbox DIR` or `inbox` in [import]; `romt status` lists the services";

pub(in super::super) fn import(options: &ImportOptions, screen: &Screen) -> anyhow::Result<Outcome> {
    let address = bus_address(&options.bus, &options.common)?;
    block_on(async {
        let lifecycle = Lifecycle::new(Signals::listen()?);
        let followed = async { follow(&find(&address).await?, screen).await };
        let span = info_span!(target: TARGET, "romt import");
        Ok(match lifecycle.run(followed.instrument(span)).await? {
            Ended::Done(status) if status.is_complete() => Outcome::Complete,
            Ended::Done(_) => Outcome::Incomplete,
            Ended::Stopped(signal) => {
                screen.complain("stopped following; the packer goes on");
                Outcome::Cut(signal)
            }
            Ended::Forced => Outcome::Forced,
        })
    })?
}

/// Asks, and shows what becomes of the archives until they have come to rest.
async fn follow(bus: &BusHandle, screen: &Screen) -> anyhow::Result<InboxStatus> {
    let call: RunId = Uuid::now_v7().to_string().parse()?;
    // Before it is asked, or the first events would be missed.
    let mut events: Events<InboxEvent> = bus.events().await?;
    let mut words: Events<InboxCall> = bus.events().await?;
    let mut shown = Shown { screen, states: BTreeMap::new() };
    let (mut heard, mut ask, mut patience) = (Instant::now(), Instant::now(), PATIENCE);
    let status = loop {
        tokio::select! {
            event = events.next() => shown.show(event?)?,
            word = words.next() => match word? {
                InboxCall::Heard { call: about, .. } if about == call => heard = Instant::now(),
                InboxCall::AtRest { call: about, status } if about == call => break status,
                _ => {}
            },
            () = sleep_until(ask) => {
                if heard.elapsed() >= patience {
                    if patience == PATIENCE_WITH_OTHERS || !anybody_has_inbox(bus).await? {
                        return Err(NobodyWatches).hint(NOBODY_HINT);
                    }
                    patience = PATIENCE_WITH_OTHERS;
                }
                bus.announce(&InboxCall::Look { call: call.clone() }).await?;
                ask = Instant::now() + ASK_EVERY;
            }
        }
    };
    while let Ok(event) = timeout(MOMENT, events.next()).await {
        shown.show(event?)?;
    }
    for archive in &status.archives {
        // Of those that were taken in before there is nothing more to say.
        if !matches!(archive.state, ArchiveState::Admitted { .. } | ArchiveState::Again { .. }) {
            shown.show(InboxEvent { archive: archive.clone() })?;
        }
    }
    show_inbox_at_rest(&status, screen)?;
    Ok(status)
}

/// Whether there is a packer with an inbox, be it that it stands by.
async fn anybody_has_inbox(bus: &BusHandle) -> anyhow::Result<bool> {
    let services = roll_call(bus).await?;
    Ok(services.iter().any(|service| service.parts.iter().any(|part| part == INBOX_PART)))
}

/// What was shown of each archive.
struct Shown<'a> {
    screen: &'a Screen,
    states: BTreeMap<String, ArchiveState>,
}

impl Shown<'_> {
    /// Shows what became of an archive, once.
    fn show(&mut self, event: InboxEvent) -> anyhow::Result<()> {
        if self.states.get(&event.archive.archive) == Some(&event.archive.state) {
            return Ok(());
        }
        show_inbox(&event, self.screen)?;
        self.states.insert(event.archive.archive, event.archive.state);
        Ok(())
    }
}

//! Whether there is a packer that writes archives, while one is waited for.

use std::time::Duration;

use romt_bus::messages::{OUTBOX_PART, PackOrder, RunEvent, RunStep};
use romt_bus::{BusHandle, Events, Job as _, roll_call};
use romt_runtime::Hint;
use tokio::time::{Instant, timeout_at};

/// How often it is looked whether a packer is there, when none is heard.
const LOOK_EVERY: Duration = Duration::from_secs(3);
/// Without hearing of any packer for that long, an export is given up: one that is started anew or moved is back by then.
const PATIENCE: Duration = Duration::from_mins(1);

/// What is heard of packers. One that is at work on an archive says so every second; others answer when they are asked.
#[derive(Debug)]
pub(super) struct Packers {
    bus: BusHandle,
    events: Events<RunEvent>,
    heard: Instant,
    /// Whether one was heard at work since the last look.
    is_at_work: bool,
    look: Instant,
    patience: Duration,
}

/// An export cannot be done, because nobody would write it.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("no packer with an outbox answers")]
struct NoPacker;

impl Packers {
    /// Begins to listen.
    pub(super) async fn listen(bus: &BusHandle) -> anyhow::Result<Self> {
        let (bus, events, now) = (bus.clone(), bus.events().await?, Instant::now());
        Ok(Self { bus, events, heard: now, is_at_work: false, look: now + LOOK_EVERY, patience: PATIENCE })
    }

    /// Returns at once where no order waits. Else somebody must be there to take it before there may be another one: an
    /// export that is tried again and again must not fill the queue.
    pub(super) async fn require(&mut self) -> anyhow::Result<()> {
        if self.bus.port().pending(PackOrder::QUEUE).await? == 0 {
            return Ok(());
        }
        let begun = Instant::now();
        // Now, not after the first pause.
        self.look = begun;
        while self.heard <= begun && self.bus.port().pending(PackOrder::QUEUE).await? > 0 {
            self.listen_on().await?;
        }
        Ok(())
    }

    /// Listens for a while; returns whether one was heard at work meanwhile. An error when none has been heard of for too
    /// long.
    pub(super) async fn listen_on(&mut self) -> anyhow::Result<bool> {
        while let Ok(event) = timeout_at(self.look, self.events.next()).await {
            if let RunStep::Packing { .. } = event?.step {
                (self.heard, self.is_at_work) = (Instant::now(), true);
            }
        }
        let is_at_work = std::mem::take(&mut self.is_at_work);
        if !is_at_work && anybody_answers(&self.bus).await? {
            self.heard = Instant::now();
        }
        self.look = Instant::now() + LOOK_EVERY;
        if self.heard.elapsed() < self.patience {
            return Ok(is_at_work);
        }
        Err(NoPacker).hint(
            "start `romt packer` with `--outbox DIR` or `outbox` in [export]; \
             the next export carries everything that this one should have",
        )
    }
}

async fn anybody_answers(bus: &BusHandle) -> anyhow::Result<bool> {
    let services = roll_call(bus).await?;
    Ok(services.iter().any(|service| service.parts.iter().any(|part| part == OUTBOX_PART)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use romt_bus::MemoryBus;
    use romt_bus::messages::{PackContent, RollCall, ServiceReport};

    use super::*;

    fn order() -> PackOrder {
        let (run, archive) = ("run".parse().unwrap(), "a.tar.gz".to_owned());
        PackOrder { run, archive, content: PackContent::Rustup, list: "list".to_owned() }
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_packer_it_is_given_up() {
        let bus = BusHandle::new(Arc::new(MemoryBus::new()));
        let mut packers = Packers::listen(&bus).await.unwrap();
        packers.require().await.unwrap();
        bus.submit(&order()).await.unwrap();
        let begun = Instant::now();
        let error = packers.require().await.unwrap_err();
        assert!(error.to_string().contains("no packer"), "{error:?}");
        assert!(begun.elapsed() >= PATIENCE && begun.elapsed() < PATIENCE * 2, "{:?}", begun.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_answers_or_works_is_enough() {
        let bus = BusHandle::new(Arc::new(MemoryBus::new()));
        bus.submit(&order()).await.unwrap();
        let (answering, mut asked) = (bus.clone(), bus.events::<RollCall>().await.unwrap());
        let packer = tokio::spawn(async move {
            while let Ok(word) = asked.next().await {
                if word == RollCall::Asked {
                    let [service, name, version] = ["packer", "a:1", "1"].map(str::to_owned);
                    let (parts, troubles) = (vec![OUTBOX_PART.to_owned()], Vec::new());
                    let folders = BTreeMap::new();
                    let report =
                        ServiceReport { service, name, version, since: 0, parts, folders, note: None, troubles };
                    answering.announce(&RollCall::Here(report)).await.unwrap();
                }
            }
        });
        let mut packers = Packers::listen(&bus).await.unwrap();
        packers.require().await.unwrap();
        for _ in 0..100 {
            packers.listen_on().await.unwrap();
        }
        packer.abort();
        let working = tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_secs(1)).await;
                let step = RunStep::Packing { archive: "a.tar.gz".to_owned(), files: 1, bytes: 1 };
                bus.announce(&RunEvent { run: "other".parse().unwrap(), step }).await.unwrap();
            }
        });
        for _ in 0..100 {
            packers.listen_on().await.unwrap();
        }
        working.abort();
        while packers.listen_on().await.is_ok() {}
    }
}

//! Ordering an archive from the packer.

use anyhow::Context as _;
use romt_bus::messages::{ExportedArchive, PackContent, PackOrder, PackOutcome, PackSettled, RunStep};
use romt_bus::{BusHandle, Job as _, Whereabouts};
use romt_runtime::Hint;
use romt_runtime::traces::{self, TARGET};
use romt_storage::StorageKey;
use tracing::{Instrument as _, info_span};

use super::packers::Packers;
use crate::Context;
use crate::run::Run;

/// An order that the bus lost so often is not made again.
const TIMES: u32 = 10;
const GIVEN_UP_HINT: &str = "`romt jobs` shows what was given up, and `romt jobs discard QUEUE/ID` forgets it; the next export \
                             carries everything that this one should have";

/// The bus is no use.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the bus lost the order {TIMES} times")]
struct LostForGood;

/// The key under which the run hands something to the packer.
pub(super) fn handover(run: &Run, name: &str) -> anyhow::Result<StorageKey> {
    Ok(StorageKey::Handover { run: run.id().clone(), name: name.parse()? })
}

/// Orders an archive of `keys`, and waits until it is in the outbox.
pub(super) async fn order<I: Iterator<Item = String>>(
    context: &Context,
    run: &mut Run,
    archive: String,
    content: PackContent,
    keys: impl Fn() -> I,
) -> anyhow::Result<ExportedArchive> {
    let list = handover(run, &format!("{}.keys", kind(&content)))?;
    context.storage.hand_over_lines(list.clone(), keys).await.context("cannot hand the list to the packer")?;
    let order = PackOrder { run: run.id().clone(), archive, content, list: list.to_string() };
    let span = info_span!(target: TARGET, "wait for archive", romt.archive = order.archive);
    let answered = answer(&context.bus, &order).instrument(span.clone()).await;
    if let Err(error) = &answered {
        traces::failed(&span, error);
    }
    let exported = answered.with_context(|| format!("nothing of `{}` counts as exported", order.archive))?;
    run.announce(RunStep::Exported(exported.clone())).await?;
    run.summary.archives.push(exported.clone());
    Ok(exported)
}

/// Sends an order, and waits for the packer's answer.
async fn answer(bus: &BusHandle, order: &PackOrder) -> anyhow::Result<ExportedArchive> {
    let mut packers = Packers::listen(bus).await?;
    bus.submit(order).await?;
    let mut times = 1;
    let outcome = loop {
        let answer = tokio::select! {
            answer = bus.next_job::<PackSettled>() => answer?,
            listened = packers.listen_on() => {
                // While somebody is at work the order is not lost.
                if !listened? {
                    look_for(bus, order, &mut times).await?;
                }
                continue;
            }
        };
        let PackSettled { archive: answered, outcome, .. } = answer.job.clone();
        answer.done().await?;
        // An answer to a run that was cut short is of no use: what that exported is exported again.
        if answered == order.archive {
            break outcome;
        }
    };
    match outcome {
        PackOutcome::Packed(exported) => Ok(exported),
        PackOutcome::Failed { error, hint } => {
            let mut causes = error.into_iter().rev();
            let first = anyhow::anyhow!(causes.next().unwrap_or_else(|| "the packer does not say why".to_owned()));
            let error = causes.fold(first, anyhow::Error::context);
            match hint {
                Some(hint) => Err(error).hint(hint),
                None => Err(error),
            }
        }
    }
}

/// Nothing is heard of an order: an error if it was given up, or its answer. What the bus has lost is ordered again.
async fn look_for(bus: &BusHandle, order: &PackOrder, times: &mut u32) -> anyhow::Result<()> {
    match bus.whereabouts(&[PackOrder::QUEUE, PackSettled::QUEUE], &order.id()).await? {
        Whereabouts::Queued => Ok(()),
        Whereabouts::GivenUp(letter) => Err(letter).hint(GIVEN_UP_HINT),
        Whereabouts::Lost if *times >= TIMES => Err(LostForGood.into()),
        Whereabouts::Lost => {
            tracing::warn!(archive = order.archive, "the bus has lost what was ordered; ordering again");
            *times += 1;
            bus.submit(order).await?;
            Ok(())
        }
    }
}

fn kind(content: &PackContent) -> &'static str {
    match content {
        PackContent::Crates { .. } => "crates",
        PackContent::Toolchains => "toolchains",
        PackContent::Rustup => "rustup",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;
    use std::time::Duration;

    use romt_bus::messages::{OUTBOX_PART, RollCall, ServiceReport};
    use romt_bus::{MAX_ATTEMPTS, MemoryBus, Queue};
    use romt_runtime::Report;
    use romt_types::Digest;
    use tokio::time::{Instant, timeout};

    use super::*;

    fn bus() -> BusHandle {
        BusHandle::new(Arc::new(MemoryBus::new()))
    }

    fn order(archive: &str) -> PackOrder {
        let (run, archive) = ("run".parse().unwrap(), archive.to_owned());
        PackOrder { run, archive, content: PackContent::Rustup, list: "list".to_owned() }
    }

    fn packed(order: &PackOrder) -> PackSettled {
        let name = order.archive.clone();
        let sha256 = Digest::of(b"");
        let archive = ExportedArchive { name, size: 1, sha256, files: 1, left_out: 0, left_out_list: None };
        PackSettled { run: order.run.clone(), archive: order.archive.clone(), outcome: PackOutcome::Packed(archive) }
    }

    /// One that says that it is there, whatever it does.
    async fn is_there(bus: BusHandle) {
        let mut asked = bus.events::<RollCall>().await.unwrap();
        while let Ok(word) = asked.next().await {
            if word == RollCall::Asked {
                let [service, name, version] = ["packer", "a:1", "1"].map(str::to_owned);
                let (parts, troubles) = (vec![OUTBOX_PART.to_owned()], Vec::new());
                let folders = BTreeMap::new();
                let report = ServiceReport { service, name, version, since: 0, parts, folders, note: None, troubles };
                bus.announce(&RollCall::Here(report)).await.unwrap();
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_order_that_ends_every_packer_is_not_waited_for() {
        let (bus, begun) = (bus(), Instant::now());
        let deadly = bus.clone();
        tokio::spawn(is_there(bus.clone()));
        let packer = tokio::spawn(async move {
            for _ in 0..MAX_ATTEMPTS {
                drop(deadly.next_job::<PackOrder>().await.unwrap());
            }
            // It is found to be dead by the next one who looks for work.
            let _ = timeout(Duration::from_secs(1), deadly.next_job::<PackOrder>()).await;
        });
        let report = Report::of(&answer(&bus, &order("a")).await.unwrap_err());
        assert_eq!(report.lines, ["given up as dead letter pack/a: was begun 100 times and never settled"]);
        assert!(report.hint.unwrap().contains("romt jobs") && begun.elapsed() < Duration::from_secs(30));
        packer.await.unwrap();
        assert_eq!(bus.port().pending(Queue::Pack).await.unwrap(), 0, "it was not ordered again");

        // Had it queued again: its answer is nothing to whoever waits for another one by then.
        assert!(bus.port().requeue(Queue::Pack, "a").await.unwrap());
        let packer = bus.clone();
        tokio::spawn(async move {
            for _ in 0..2 {
                let delivery = packer.next_job::<PackOrder>().await.unwrap();
                packer.submit(&packed(&delivery.job)).await.unwrap();
                delivery.done().await.unwrap();
            }
        });
        assert_eq!(answer(&bus, &order("b")).await.unwrap().name, "b");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_was_given_up_is_none() {
        let bus = bus();
        let packer = bus.clone();
        tokio::spawn(is_there(bus.clone()));
        tokio::spawn(async move {
            let delivery = packer.next_job::<PackOrder>().await.unwrap();
            packer.port().enqueue(Queue::Packed, "a", "{}".to_owned().into()).await.unwrap();
            delivery.done().await.unwrap();
        });
        let error = answer(&bus, &order("a")).await.unwrap_err();
        assert!(error.to_string().starts_with("given up as dead letter packed/a: cannot be read"), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_bus_lost_is_ordered_again_but_not_for_ever() {
        let bus = bus();
        let loser = bus.clone();
        tokio::spawn(is_there(bus.clone()));
        let lost = tokio::spawn(async move {
            loser.next_job::<PackOrder>().await.unwrap().done().await.unwrap();
            let delivery = loser.next_job::<PackOrder>().await.unwrap();
            loser.submit(&packed(&delivery.job)).await.unwrap();
            delivery.done().await.unwrap();
            for _ in 0..TIMES {
                loser.next_job::<PackOrder>().await.unwrap().done().await.unwrap();
            }
        });
        assert_eq!(answer(&bus, &order("a")).await.unwrap().name, "a");
        let error = answer(&bus, &order("b")).await.unwrap_err();
        assert_eq!(error.to_string(), "the bus lost the order 10 times");
        lost.await.unwrap();
    }
}

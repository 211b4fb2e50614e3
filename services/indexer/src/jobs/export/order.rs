//! Ordering an archive from the packer.

use anyhow::Context as _;
use romt_bus::messages::{ExportedArchive, PackContent, PackOrder, PackOutcome, PackSettled, RunStep};
use romt_bus::{BusHandle, Job as _};
use romt_runtime::Hint;
use romt_runtime::traces::{self, TARGET};
use romt_storage::StorageKey;
use tracing::{Instrument as _, info_span};

use super::packers::Packers;
use crate::Context;
use crate::run::Run;

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
    let answered = answer(context, &order).instrument(span.clone()).await;
    if let Err(error) = &answered {
        traces::failed(&span, error);
    }
    let exported = answered
        .with_context(|| format!("`{}` was not written, and nothing of it counts as exported", order.archive))?;
    run.announce(RunStep::Exported(exported.clone())).await?;
    run.summary.archives.push(exported.clone());
    Ok(exported)
}

/// Sends an order, and waits for the packer's answer.
async fn answer(context: &Context, order: &PackOrder) -> anyhow::Result<ExportedArchive> {
    let bus = &context.bus;
    let mut packers = Packers::listen(bus).await?;
    bus.submit(order).await?;
    let outcome = loop {
        let answer = tokio::select! {
            answer = bus.next_job::<PackSettled>() => answer?,
            listened = packers.listen_on() => {
                // While somebody is at work the order is not lost.
                if !listened? {
                    order_again_if_lost(bus, order).await?;
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

/// Orders again what the bus has neither as an order nor as an answer: it came back without its files, or another process
/// took the answer for its own.
async fn order_again_if_lost(bus: &BusHandle, order: &PackOrder) -> anyhow::Result<()> {
    // In this order: a packer answers before it settles the order.
    for queue in [PackOrder::QUEUE, PackSettled::QUEUE] {
        if bus.port().pending(queue).await? > 0 {
            return Ok(());
        }
    }
    tracing::warn!(archive = order.archive, "the bus has lost what was ordered; ordering again");
    bus.submit(order).await?;
    Ok(())
}

fn kind(content: &PackContent) -> &'static str {
    match content {
        PackContent::Crates { .. } => "crates",
        PackContent::Toolchains => "toolchains",
        PackContent::Rustup => "rustup",
    }
}

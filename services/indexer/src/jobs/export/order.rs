//! Ordering an archive from the packer.

use anyhow::Context as _;
use romt_bus::messages::{ExportedArchive, PackContent, PackOrder, PackOutcome, PackSettled, RunStep};
use romt_runtime::Hint;
use romt_storage::StorageKey;

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
    context.bus.submit(&order).await?;
    let exported = answer(context, &order.archive).await?;
    run.announce(RunStep::Exported(exported.clone())).await?;
    run.summary.archives.push(exported.clone());
    Ok(exported)
}

/// Waits for the packer's answer.
async fn answer(context: &Context, archive: &str) -> anyhow::Result<ExportedArchive> {
    loop {
        let answer = context.bus.next_job::<PackSettled>().await?;
        let PackSettled { archive: answered, outcome, .. } = answer.job.clone();
        answer.done().await?;
        // An answer to a run that was cut short is of no use: what that exported is exported again.
        if answered != archive {
            continue;
        }
        return match outcome {
            PackOutcome::Packed(exported) => Ok(exported),
            PackOutcome::Failed { error, hint } => {
                let mut causes = error.into_iter().rev();
                let first = anyhow::anyhow!(causes.next().unwrap_or_else(|| "the packer does not say why".to_owned()));
                let error = causes.fold(first, anyhow::Error::context);
                let error = error.context(format!("`{archive}` was not written, and nothing of it counts as exported"));
                match hint {
                    Some(hint) => Err(error).hint(hint),
                    None => Err(error),
                }
            }
        };
    }
}

fn kind(content: &PackContent) -> &'static str {
    match content {
        PackContent::Crates { .. } => "crates",
        PackContent::Toolchains => "toolchains",
        PackContent::Rustup => "rustup",
    }
}

//! Taking away days of toolchains that are older than those to keep.

use romt_bus::messages::PrunedDays;

use crate::run::Run;
use crate::toolchains::ToolchainEvent;
use crate::{Context, ToolchainsConfig};

/// Takes away what is older than what is to be kept, but for the toolchains that are selected by name. `remark` is whether
/// people are to be told of days that are too old and stay.
pub(super) async fn prune_toolchains(
    context: &Context,
    config: &ToolchainsConfig,
    run: &mut Run,
    dry_run: bool,
    remark: bool,
) -> anyhow::Result<()> {
    let Some(keep) = &config.keep else { return Ok(()) };
    let mirror = config.open(context).await?;
    let mut notes = Vec::new();
    let mut hear = |event: ToolchainEvent<'_>| match event {
        ToolchainEvent::Withdrawn(path) if dry_run => notes.push(format!("would withdraw dist/{path}")),
        ToolchainEvent::Withdrawn(path) => notes.push(format!("withdrew dist/{path}")),
        ToolchainEvent::Warning(text) => notes.push(text.to_owned()),
        _ => {}
    };
    let pruned = mirror.prune(keep, &config.paths, dry_run, &mut hear).await?;
    if remark {
        notes.extend(pruned.remark());
    }
    for note in notes {
        run.note(note).await?;
    }
    let days = pruned.days.iter().map(ToString::to_string).collect();
    run.summary.pruned = Some(PrunedDays { days, files: pruned.files, bytes: pruned.bytes });
    Ok(())
}

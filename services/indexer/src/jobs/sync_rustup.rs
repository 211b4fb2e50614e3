//! The part of a sync that brings releases of rustup.

use romt_bus::messages::{RunStep, RustupSummary};
use romt_dist::RustupSpec;
use romt_runtime::one_line;
use romt_runtime::traces::{self, TARGET};
use tokio::sync::mpsc;
use tracing::{Instrument as _, info_span};

use super::sync::telling;
use crate::run::Run;
use crate::rustup::{DownloadRustup, RustupEvent, RustupMirror};
use crate::service::Indexer;
use crate::{Context, RustupConfig};

/// Brings the releases that are selected and missing, each on its own, and publishes them.
pub(super) async fn sync_rustup(indexer: &Indexer, run: &mut Run) -> anyhow::Result<()> {
    let Some(config) = &indexer.context.config.rustup else { return Ok(()) };
    let mirror = config.open(&indexer.context)?;
    for spec in &config.specs {
        let name = format!("rustup {spec}");
        let mut brought =
            Brought { summary: RustupSummary { spec: spec.to_string(), ..RustupSummary::default() }, bad: Vec::new() };
        let span = info_span!(target: TARGET, "rustup", romt.spec = %spec);
        let bringing = bring(&indexer.context, config, run, &mirror, *spec, &mut brought);
        if let Err(error) = bringing.instrument(span.clone()).await {
            traces::failed(&span, &error);
            brought.bad.push((name, one_line(error.as_ref())));
        }
        brought.summary.failed = !brought.bad.is_empty();
        for (what, reason) in brought.bad {
            run.fail(what, reason);
        }
        run.summary.rustup.push(brought.summary);
    }
    Ok(())
}

/// What came of one release.
#[derive(Debug)]
struct Brought {
    summary: RustupSummary,
    /// What could not be had, and why.
    bad: Vec<(String, String)>,
}

async fn bring(
    context: &Context,
    config: &RustupConfig,
    run: &Run,
    mirror: &RustupMirror,
    spec: RustupSpec,
    brought: &mut Brought,
) -> anyhow::Result<()> {
    let specs = [spec];
    let order = DownloadRustup {
        client: &context.client,
        base: &config.url,
        fetches: run.fetches().clone(),
        specs: &specs,
        targets: &config.targets,
        assume_ok: false,
        num_jobs: config.num_jobs,
        max_size: config.max_size,
    };
    let (sender, steps) = mpsc::unbounded_channel();
    let work = async {
        let sender = sender;
        // Where nobody listens any more the run is over.
        let mut on = |event: RustupEvent<'_>| brought.hear(event).into_iter().for_each(|step| drop(sender.send(step)));
        let done = mirror.download(&order, &mut on).await?;
        if done.counts.bad == 0 {
            mirror.fixup(&done.releases, &mut on).await?;
        }
        Ok(())
    };
    telling(run, steps, work).await
}

impl Brought {
    /// Takes in an event; returns what everyone is to hear of it.
    fn hear(&mut self, event: RustupEvent<'_>) -> Option<RunStep> {
        match event {
            RustupEvent::Begun(release) => self.summary.version = release.version.to_string(),
            RustupEvent::Fetching { version, files } => {
                return Some(RunStep::RustupPlanned { version: version.to_string(), files: files as u64 });
            }
            RustupEvent::Downloaded { bytes, .. } => {
                self.summary.files += 1;
                self.summary.bytes += bytes;
                self.summary.new = true;
            }
            RustupEvent::Bad { key, reason } => self.bad.push((format!("rustup/{key}"), reason.to_owned())),
            RustupEvent::Lacking { version, targets } => {
                let text = format!("upstream has no rustup {version} for {} targets", targets.len());
                return Some(RunStep::Note { text });
            }
            RustupEvent::Pointed(_) | RustupEvent::Copied(_) => self.summary.new = true,
            RustupEvent::Cached(_) | RustupEvent::AssumedOk(_) | RustupEvent::Verified(_) => {}
        }
        None
    }
}

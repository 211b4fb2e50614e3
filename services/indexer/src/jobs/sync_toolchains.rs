//! The part of a sync that brings toolchains.

use anyhow::anyhow;
use romt_bus::messages::{RunStep, ToolchainSummary};
use romt_dist::{ChannelName, ManifestPath};
use romt_runtime::one_line;
use romt_runtime::traces::{self, TARGET};
use tokio::sync::mpsc;
use tracing::{Instrument as _, info_span};

use super::prune_toolchains::prune_toolchains;
use super::sync::telling;
use crate::run::Run;
use crate::service::Indexer;
use crate::toolchains::{DownloadToolchains, ToolchainEvent, ToolchainMirror, Trust};
use crate::{Context, ToolchainsConfig};

/// Brings the toolchains that are selected and missing, each on its own; when all are here, what is older than what is to be
/// kept goes.
pub(super) async fn sync_toolchains(indexer: &Indexer, run: &mut Run) -> anyhow::Result<()> {
    let Some(config) = indexer.context.config.toolchains.as_ref().filter(|config| !config.paths.is_empty()) else {
        return Ok(());
    };
    let mirror = config.open(&indexer.context).await?;
    for &path in &config.paths {
        let span = info_span!(target: TARGET, "toolchain", romt.spec = %path.spec());
        match bring(&indexer.context, config, run, &mirror, path).instrument(span.clone()).await {
            Ok(summary) => run.summary.toolchains.push(summary),
            Err(error) => {
                traces::failed(&span, &error);
                run.fail(format!("toolchain {}", path.spec()), one_line(error.as_ref()));
                let spec = path.spec();
                run.summary.toolchains.push(ToolchainSummary { spec, failed: true, ..ToolchainSummary::default() });
            }
        }
    }
    let all_are_here = run.summary.toolchains.iter().all(|toolchain| !toolchain.failed);
    if all_are_here && config.keep.is_some() {
        let anything_new = run.summary.toolchains.iter().any(|toolchain| toolchain.new);
        prune_toolchains(&indexer.context, config, run, false, anything_new).await?;
    }
    Ok(())
}

/// Brings one toolchain, and publishes it.
async fn bring(
    context: &Context,
    config: &ToolchainsConfig,
    run: &Run,
    mirror: &ToolchainMirror,
    path: ManifestPath,
) -> anyhow::Result<ToolchainSummary> {
    let order = DownloadToolchains {
        client: &context.client,
        base: &config.url,
        fetches: run.fetches().clone(),
        paths: vec![path],
        wanted: config.wanted.clone(),
        trust: Trust::Published,
        dry_run: false,
        max_size: config.max_size,
        num_jobs: config.num_jobs,
    };
    let mut heard = Heard::of(path);
    // As many steps as there are warnings: too few to fill the memory.
    let (sender, steps) = mpsc::unbounded_channel();
    let work = async move {
        // Where nobody listens any more the run is over.
        let tell = |step: RunStep| drop(sender.send(step));
        let done = mirror.download(&order, &mut |event| heard.hear(event).into_iter().for_each(tell)).await;
        let counts = done.map_err(|error| heard.reason(error))?;
        let summary = ToolchainSummary {
            spec: path.spec(),
            release: heard.release.clone(),
            new: heard.published || counts.downloaded > 0,
            failed: false,
            files: counts.downloaded,
            bytes: counts.bytes,
        };
        if summary.new {
            let (spec, release) = (summary.spec.clone(), summary.release.clone());
            tell(RunStep::ToolchainPublished { spec, release });
        }
        Ok(summary)
    };
    telling(run, steps, work).await
}

/// What the work on one toolchain told.
#[derive(Debug)]
struct Heard {
    path: ManifestPath,
    release: String,
    published: bool,
    first_bad: Option<String>,
}

impl Heard {
    /// Nothing yet.
    fn of(path: ManifestPath) -> Self {
        Self { path, release: String::new(), published: false, first_bad: None }
    }

    /// Takes in an event; returns what everyone is to hear of it.
    fn hear(&mut self, event: ToolchainEvent<'_>) -> Option<RunStep> {
        let note = |text: String| Some(RunStep::Note { text: format!("toolchain {}: {text}", self.path.spec()) });
        match event {
            ToolchainEvent::Release(release) => self.release = release.to_string(),
            // That of the day, which is told only when it is put there.
            ToolchainEvent::Published(ManifestPath { date: Some(_), name: ChannelName::Channel(_) }) => {
                self.published = true;
            }
            ToolchainEvent::Bad { key, reason } => {
                self.first_bad.get_or_insert_with(|| format!("dist/{key}: {reason}"));
            }
            ToolchainEvent::Fetching { files } => {
                let (spec, release) = (self.path.spec(), self.release.clone());
                return Some(RunStep::ToolchainPlanned { spec, release, files: files as u64 });
            }
            ToolchainEvent::Warning(text) => return note(text.to_owned()),
            ToolchainEvent::Components(components) if !components.unknown.is_empty() => {
                let names = components.unknown.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
                return note(format!("not in the manifest: components {names}"));
            }
            _ => {}
        }
        None
    }

    /// Why it could not be had: that of the first file that could not be says more than how many there are.
    fn reason(&self, error: anyhow::Error) -> anyhow::Error {
        match &self.first_bad {
            Some(first) => anyhow!("{first} ({})", error.to_string().trim_start_matches("Aborting: ")),
            None => error,
        }
    }
}

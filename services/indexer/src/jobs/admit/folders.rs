//! Admitting toolchains and rustup: their files are in their places, and go by their other names from now on.

use std::collections::BTreeSet;

use anyhow::Context as _;
use futures_util::StreamExt as _;
use romt_bus::messages::Admitted;
use romt_dist::{DistKey, ReleaseVersion, RustupKey, Target};
use romt_storage::StorageKey;

use crate::rustup::{ChosenRelease, RustupMirror, unpacked_rustup};
use crate::service::Indexer;
use crate::toolchains::{ToolchainEvent, ToolchainMirror};

/// No list of an archive is longer.
const MOST: usize = 64 << 20;

/// Publishes the toolchains whose files are listed.
pub(super) async fn admit_toolchains(indexer: &Indexer, list: &str) -> anyhow::Result<Admitted> {
    let mut members: Vec<DistKey> = Vec::new();
    for key in keys(indexer, list).await? {
        match key {
            StorageKey::Dist(key) => members.push(key),
            key => anyhow::bail!("`{key}` is no file of a toolchain"),
        }
    }
    let context = &indexer.context;
    let signatures = context.config.signatures.clone();
    let mirror = ToolchainMirror::of(&context.storage, &context.config.state, signatures).await?;
    let toolchains = mirror.unpacked(&members).await?;
    let mut notes = Vec::new();
    let mut tell = |event: ToolchainEvent<'_>| {
        if let ToolchainEvent::Warning(text) = event {
            notes.push(text.to_owned());
        }
    };
    let paths: Vec<_> = toolchains.iter().map(|toolchain| toolchain.path).collect();
    mirror.fixup(&paths, &mut tell).await?;
    let names: Vec<_> = paths.iter().map(|path| path.spec()).collect();
    notes.push(names.join(", "));
    Ok(Admitted { new: paths.len() as u64, notes, ..Admitted::default() })
}

/// Publishes the releases of rustup whose programs are listed.
pub(super) async fn admit_rustup(indexer: &Indexer, list: &str) -> anyhow::Result<Admitted> {
    let mut programs: BTreeSet<(ReleaseVersion, Target)> = BTreeSet::new();
    for key in keys(indexer, list).await? {
        match key {
            StorageKey::Rustup(RustupKey::Archive { version, target, .. }) => drop(programs.insert((version, target))),
            key => anyhow::bail!("`{key}` is no program of rustup"),
        }
    }
    let mirror = RustupMirror::of(&indexer.context.storage, &indexer.context.config.state)?;
    let releases = unpacked_rustup(programs);
    let chosen: Vec<_> = releases.iter().map(|release| ChosenRelease::of(release.version)).collect();
    mirror.fixup(&chosen, &mut |_| {}).await?;
    let names: Vec<_> = releases.iter().map(|release| release.version.to_string()).collect();
    Ok(Admitted { new: names.len() as u64, notes: vec![names.join(", ")], ..Admitted::default() })
}

async fn keys(indexer: &Indexer, list: &str) -> anyhow::Result<Vec<StorageKey>> {
    let mut pieces = indexer.context.storage.take_over(&list.parse()?).await.context("nothing was handed over")?;
    let mut text = Vec::new();
    while let Some(piece) = pieces.next().await {
        text.extend_from_slice(&piece?);
        anyhow::ensure!(text.len() <= MOST, "what was handed over is too large");
    }
    let text = String::from_utf8(text).context("what was handed over is no list")?;
    text.lines().map(|line| Ok(line.parse()?)).collect()
}

//! The part of pruning that takes away crates.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::Context as _;
use futures_util::TryStreamExt;
use romt_bus::messages::RunStep;
use romt_index::{IndexRepository, ObjectWriter, Snapshot, TreeEdits};
use romt_runtime::Hint;
use romt_storage::StorageKey;
use romt_types::{ByteSize, CrateId, CrateName, PrefixStyle, Version};

use crate::key_set::{KeySet, Sealed};
use crate::plan::FileLines;
use crate::publish::{WITHDRAWN, switch};
use crate::run::Run;
use crate::select::{Selected, select};
use crate::service::Indexer;
use crate::upstream_index::UpstreamIndex;

/// Takes away what is not selected: first from the published index, then the files.
pub(super) async fn prune_crates(indexer: &Indexer, run: &mut Run, dry_run: bool) -> anyhow::Result<()> {
    let context = &indexer.context;
    let repository = indexer.repository().await?;
    let mut upstream = UpstreamIndex::new(context, repository.clone(), indexer.load_state().await?, false);
    let selected = select(&context.config.selection, &mut upstream, &run.progress()).await?;
    upstream.keep().await?;
    refuse_if_unsure(&selected, &upstream)?;
    run.summary.selected = selected.len() as u64;

    let style = context.storage.prefix_style().await?;
    let wanted = Arc::new(wanted_versions(&selected));
    let selected_keys = keys(&selected, style);
    let planned = {
        let wanted = Arc::clone(&wanted);
        let committed =
            repository.with(move |repository| commit(repository, &wanted, selected_keys, style, dry_run)).await;
        committed.context("cannot commit the index")?
    };
    run.summary.removed = planned.removed.len() as u64;
    if dry_run {
        // Many at a time: listeners lose events that come faster than they read.
        for some in planned.removed.chunks(NAMED_AT_ONCE) {
            let names: Vec<_> = some.iter().map(ToString::to_string).collect();
            run.note(format!("would remove {}", names.join(", "))).await?;
        }
    }
    if let Some(snapshot) = planned.snapshot {
        switch(context, repository, snapshot).await?;
        // Servers must have noticed before the files go.
        tokio::time::sleep(WITHDRAWN).await;
    }
    let published = repository.with(|repository| Ok(repository.published()?)).await?;
    run.summary.commit = published.map(|published| published.commit).unwrap_or_default();
    run.announce(RunStep::Published { commit: run.summary.commit.clone() }).await?;

    let freed = delete_unlisted(indexer, &planned.kept, dry_run).await?;
    let free = if dry_run { "would free" } else { "freed" };
    run.note(format!("{free} {} in {} files", ByteSize(freed.bytes), freed.files)).await?;
    if !dry_run {
        upstream.forget(|name| wanted.contains_key(name));
        upstream.keep().await?;
        upstream.state.owed.retain(|id| is_wanted(&wanted, &id.name, &id.version));
        upstream.state.settled = None;
    }
    indexer.save_state(Arc::new(upstream.state)).await
}

/// Versions that one remark names.
const NAMED_AT_ONCE: usize = 50;

/// The wanted versions of each crate, by its name in lower case.
type WantedVersions = BTreeMap<String, BTreeSet<Version>>;

fn wanted_versions(selected: &Selected) -> WantedVersions {
    let crates = selected.wanted.iter();
    crates.map(|(name, versions)| (name.lowercase(), versions.keys().cloned().collect())).collect()
}

fn is_wanted(wanted: &WantedVersions, name: &CrateName, version: &Version) -> bool {
    wanted.get(&name.lowercase()).is_some_and(|versions| versions.contains(version))
}

/// A selection that is not known to the end must not decide what is thrown away.
fn refuse_if_unsure(selected: &Selected, upstream: &UpstreamIndex) -> anyhow::Result<()> {
    let damaged = selected.damaged.iter();
    let unsure = upstream.failures().chain(selected.resolver.failures()).chain(damaged).next();
    let Some((what, why)) = unsure else { return Ok(()) };
    let error =
        anyhow::anyhow!("{what}: {why}").context("what is selected is not known to the end; nothing was removed");
    Err(error).hint("run `romt up --once` with the same selection until it is complete")
}

/// What pruning comes to.
struct Planned {
    removed: Vec<CrateId>,
    /// The keys of the versions that stay.
    kept: Sealed,
    /// The index without the others, if there are any, and they are to go.
    snapshot: Option<Snapshot>,
}

/// The keys of what is selected. A run that was cut short may have brought files that are not published yet.
fn keys(selected: &Selected, style: PrefixStyle) -> KeySet {
    let mut keys = KeySet::default();
    for (name, versions) in &selected.wanted {
        for version in versions.keys() {
            let id = CrateId::new(name.clone(), version.clone());
            keys.insert(&StorageKey::Crate { id, style }.to_string());
        }
    }
    keys
}

/// Commits the published index without what is not wanted. Blocks.
fn commit(
    repository: &IndexRepository,
    wanted: &WantedVersions,
    mut kept: KeySet,
    style: PrefixStyle,
    dry_run: bool,
) -> anyhow::Result<Planned> {
    let (mut removed, mut stay) = (Vec::new(), 0_u64);
    let (mut writer, mut edits) = (ObjectWriter::default(), TreeEdits::default());
    if let Some(published) = repository.published()? {
        let mut files = Vec::new();
        repository.for_each_file(&published, |path, blob| {
            files.push((path.to_owned(), blob));
            true
        })?;
        for (path, blob) in files {
            // What is called like no crate, as `config.json` is, is none of this.
            let name = path.rsplit('/').next().and_then(|name| name.parse::<CrateName>().ok());
            let Some(name) = name.filter(|name| name.index_path() == path) else { continue };
            // Taken for empty, it would cost the crate its files.
            let bytes = repository.blob(blob)?.with_context(|| format!("the published index file `{path}` is lost"))?;
            let mut stays = Vec::new();
            let before = removed.len();
            for line in FileLines::read(&name, &bytes).iter() {
                if is_wanted(wanted, &name, &line.version) {
                    stay += 1;
                    kept.insert(&StorageKey::Crate { id: line.id(), style }.to_string());
                    stays.extend_from_slice(line.bytes);
                    stays.push(b'\n');
                } else {
                    removed.push(line.id());
                }
            }
            if stays.is_empty() {
                edits.remove(path);
            } else if removed.len() > before {
                edits.put(path, writer.blob(repository, &stays)?);
            }
        }
    }
    if stay == 0 && !removed.is_empty() {
        let error = anyhow::anyhow!("nothing that is published is selected, so all of it would be taken away");
        return Err(error).hint("check the selection; to begin anew, choose another folder with `--mirror`");
    }
    let snapshot = if dry_run || edits.is_empty() {
        None
    } else {
        Some(repository.commit(&mut writer, &edits, &format!("Prune: {} removed", removed.len()))?)
    };
    Ok(Planned { removed, kept: kept.seal(), snapshot })
}

#[derive(Debug, Default)]
struct Freed {
    files: u64,
    bytes: u64,
}

/// Deletes the crate files that the published index does not list. Files that are no crates' are left alone.
async fn delete_unlisted(indexer: &Indexer, kept: &Sealed, dry_run: bool) -> anyhow::Result<Freed> {
    let storage = &indexer.context.storage;
    let mut freed = Freed::default();
    let mut files = storage.list(StorageKey::CRATES);
    while let Some(file) = files.try_next().await? {
        let Ok(key @ StorageKey::Crate { .. }) = file.key.parse::<StorageKey>() else { continue };
        if kept.contains(&file.key) {
            continue;
        }
        if !dry_run {
            storage.delete(&key).await?;
        }
        freed.files += 1;
        freed.bytes += file.size;
    }
    Ok(freed)
}

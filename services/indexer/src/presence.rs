//! Published versions whose files are not there.
//!
//! The published tree is the inventory, and what it lists was synced before. But a disk may be restored, and people delete
//! files. So the first run of a process looks once whether each listed file is there and not empty; `verify` is what
//! reads every byte.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use romt_index::{BlobId, IndexLine, IndexRepository, Snapshot, lines};
use romt_storage::{Storage, StorageKey};
use romt_types::{CrateId, PrefixStyle, Version};

use crate::repository::SharedRepository;

/// The lost versions of each crate, by its name in lower case.
pub(crate) type Lost = BTreeMap<String, BTreeSet<Version>>;

/// Index files that are looked through in one go.
const PORTION: usize = 1_000;

/// Finds the published versions whose files are not in the store.
pub(crate) async fn find_lost(
    storage: &Storage,
    repository: &SharedRepository,
    snapshot: Snapshot,
    style: PrefixStyle,
) -> anyhow::Result<Lost> {
    let files = Arc::new(repository.with(move |repository| published_files(repository, &snapshot)).await?);
    let mut lost = Lost::new();
    for start in (0..files.len()).step_by(PORTION) {
        let files = Arc::clone(&files);
        let listed = move |repository: &IndexRepository| {
            let portion = files.iter().skip(start).take(PORTION);
            portion.map(|blob| versions(repository, *blob)).collect::<anyhow::Result<Vec<_>>>()
        };
        let ids: Vec<CrateId> = repository.with(listed).await?.into_iter().flatten().collect();
        let keys = ids.iter().map(|id| StorageKey::Crate { id: id.clone(), style }).collect();
        for (id, size) in ids.into_iter().zip(storage.sizes(keys).await?) {
            // No crate file is empty; a power cut may make one so.
            if size.unwrap_or_default() == 0 {
                lost.entry(id.name.lowercase()).or_default().insert(id.version);
            }
        }
    }
    Ok(lost)
}

fn published_files(repository: &IndexRepository, snapshot: &Snapshot) -> anyhow::Result<Vec<BlobId>> {
    let mut blobs = Vec::new();
    repository.for_each_file(snapshot, |_, blob| {
        blobs.push(blob);
        true
    })?;
    Ok(blobs)
}

/// The names, in lower case, of the crates that a snapshot has index files of. Blocks.
pub(crate) fn names_in(repository: &IndexRepository, snapshot: &Snapshot) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    repository.for_each_file(snapshot, |path, _| {
        names.extend(path.rsplit_once('/').map(|(_, name)| name.to_owned()));
        true
    })?;
    Ok(names)
}

/// The versions that an index file lists.
fn versions(repository: &IndexRepository, blob: BlobId) -> anyhow::Result<Vec<CrateId>> {
    let file = repository.blob(blob)?.unwrap_or_default();
    Ok(lines(&file).filter_map(|line| IndexLine::parse(line).ok()).map(|line| line.id()).collect())
}

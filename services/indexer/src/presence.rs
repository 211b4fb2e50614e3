//! Published versions whose files are not there.
//!
//! The published tree is the inventory, and what it lists was synced before. But a disk may be restored, and people delete
//! files. So the first run of a process looks once whether each listed file is there and not empty; `verify` is what
//! reads every byte.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::TryStreamExt;
use romt_index::{IndexLine, PublishedIndex, Snapshot, lines};
use romt_storage::{Storage, StorageKey};
use romt_types::{PrefixStyle, Version};

use crate::key_set::KeySet;
use crate::repository::SharedRepository;

/// The lost versions of each crate, by its name in lower case.
pub(crate) type Lost = BTreeMap<String, BTreeSet<Version>>;

/// Finds the published versions whose files are not in the store.
pub(crate) async fn find_lost(
    storage: &Storage,
    repository: &SharedRepository,
    snapshot: Snapshot,
    style: PrefixStyle,
) -> anyhow::Result<Lost> {
    let mut here = KeySet::default();
    let mut found = storage.list(StorageKey::CRATES);
    while let Some(info) = found.try_next().await? {
        if info.size > 0 {
            here.insert(&info.key);
        }
    }
    let here = here.seal();
    let path = repository.with(|repository| Ok(repository.path().to_owned())).await?;
    let look = move || {
        let mut lost = Lost::new();
        let Some(index) = PublishedIndex::open(&path)? else { return Ok(lost) };
        let mut blobs = Vec::new();
        index.for_each_file(&snapshot, |_, blob| {
            blobs.push(blob);
            true
        })?;
        for blob in blobs {
            let Some(file) = index.blob(blob)? else { continue };
            for line in lines(&file).filter_map(|line| IndexLine::parse(line).ok()) {
                let key = StorageKey::Crate { id: line.id(), style }.to_string();
                if !here.contains(&key) {
                    lost.entry(line.name.lowercase()).or_default().insert(line.version);
                }
            }
        }
        anyhow::Ok(lost)
    };
    tokio::task::spawn_blocking(look).await?
}

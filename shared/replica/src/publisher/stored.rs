//! What the store has: uploading packs, and removing them.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::time::{Duration, SystemTime};

use bytes::BytesMut;
use futures_util::{StreamExt, TryStreamExt, stream};
use romt_storage::{Storage, StorageKey};
use tokio::fs::File;
use tokio::io::AsyncReadExt;

use super::local::LocalPack;
use crate::{IndexPointer, ReplicaError, StoredFile, StoredPack};

/// So many files go at once.
const AT_ONCE: usize = 4;
/// As much of a file as is read at once.
const PIECE: usize = 256 * 1024;

/// Uploads packs. Each appears in the store only when it is right.
pub(super) async fn upload(storage: &Storage, packs: &[&LocalPack]) -> Result<(), ReplicaError> {
    let files = packs.iter().flat_map(|pack| {
        let [(pack_key, pack_file), (index_key, index_file)] = pack.stored.files();
        [(pack_key, pack_file, pack.files.pack.as_path()), (index_key, index_file, pack.files.index.as_path())]
    });
    let uploads: Vec<_> = files.map(|(key, file, path)| upload_file(storage, key, file, path)).collect();
    stream::iter(uploads).buffer_unordered(AT_ONCE).try_collect().await
}

async fn upload_file(storage: &Storage, key: StorageKey, file: StoredFile, path: &Path) -> Result<(), ReplicaError> {
    let mut from = File::open(path).await.map_err(ReplicaError::io("read", path))?;
    let mut writer = storage.writer(key, file.sha256, file.size);
    loop {
        let mut piece = BytesMut::with_capacity(PIECE);
        if from.read_buf(&mut piece).await.map_err(ReplicaError::io("read", path))? == 0 {
            break;
        }
        writer.write(piece.freeze()).await?;
    }
    writer.finish().await?;
    Ok(())
}

/// The keys and sizes of all packs that are there.
pub(super) async fn sizes(storage: &Storage) -> Result<HashMap<String, u64>, ReplicaError> {
    let found = storage.list(StorageKey::INDEX_PACKS).map_ok(|info| (info.key, info.size));
    Ok(found.try_collect().await?)
}

/// Removes packs, but nothing that the pointer lists.
pub(super) async fn remove(
    storage: &Storage,
    pointer: &IndexPointer,
    packs: Vec<StoredPack>,
) -> Result<(), ReplicaError> {
    let kept = listed(pointer);
    let keys: Vec<_> = packs.iter().flat_map(StoredPack::files).map(|(key, _)| key).collect();
    let keys: Vec<_> = keys.into_iter().filter(|key| !kept.contains(&key.to_string())).collect();
    if !keys.is_empty() {
        tracing::debug!(files = keys.len(), "removing packs of the index that were replaced");
        storage.remove(keys).await?;
    }
    Ok(())
}

/// Removes the packs that no pointer names, and that were put there long enough ago that none ever will: their indexer was
/// killed before it came to that.
pub(super) async fn remove_unlisted(
    storage: &Storage,
    pointer: &IndexPointer,
    grace: Duration,
) -> Result<(), ReplicaError> {
    let (kept, now) = (listed(pointer), SystemTime::now());
    let mut doomed = Vec::new();
    let mut found = storage.list(StorageKey::INDEX_PACKS);
    while let Some(info) = found.next().await {
        let info = info?;
        let is_old = now.duration_since(info.modified).is_ok_and(|age| age > grace);
        if is_old && !kept.contains(&info.key) {
            // What is called like no pack of ours is not ours.
            doomed.extend(info.key.parse::<StorageKey>());
        }
    }
    if !doomed.is_empty() {
        tracing::debug!(files = doomed.len(), "removing packs of the index that nobody lists");
        storage.remove(doomed).await?;
    }
    Ok(())
}

/// The keys of all files that a pointer names.
fn listed(pointer: &IndexPointer) -> HashSet<String> {
    let packs = pointer.packs.iter().chain(pointer.retired.iter().map(|retired| &retired.pack));
    packs.flat_map(StoredPack::files).map(|(key, _)| key.to_string()).collect()
}

//! `verify`: reads every file of RANGE that this process has not seen yet.

use std::sync::Arc;
use std::thread::available_parallelism;

use futures_util::stream::{FuturesUnordered, StreamExt};
use romt_index::CrateFilter;
use romt_runtime::one_line;
use romt_storage::{SeenFiles, Storage, StorageError, StorageKey};
use romt_types::Digest;

use super::events::{CrateCounts, CrateEvent, OnEvent};
use super::stream::{Kind, Version};
use super::{CrateMirror, RangeOptions};

type Read = Vec<(Version, Result<Option<Digest>, StorageError>)>;

impl CrateMirror {
    /// Reads the files and compares them with the index. What is wrong or missing is owed: the next `download` brings it.
    /// Files that this process has `seen` with the digest that the index says, and that nothing has happened to since, are
    /// looked for and not read again.
    pub async fn verify(
        &self,
        range: &RangeOptions,
        filter: &Arc<CrateFilter>,
        seen: &Arc<SeenFiles>,
        on: OnEvent<'_>,
    ) -> anyhow::Result<CrateCounts> {
        let mut work = self.begin(Kind::Held, range, filter).await?;
        // Hashing is all there is to do, and keeps a core busy.
        let threads = available_parallelism().map_or(1, usize::from);
        let mut reading = FuturesUnordered::new();
        let mut more = true;
        loop {
            while more && reading.len() < threads {
                match work.next_added(on).await? {
                    Some(versions) => {
                        let keys = versions.iter().map(|(id, cksum)| (self.key(id), *cksum)).collect();
                        reading.push(read(self.storage.clone(), versions, keys, Arc::clone(seen)));
                    }
                    None => more = false,
                }
            }
            let Some(read) = reading.next().await else { return work.settle().await };
            for ((id, cksum), found) in read? {
                match found {
                    Ok(Some(found)) if found == cksum => {
                        work.good(&id);
                        on(CrateEvent::Verified(&id, &cksum));
                    }
                    Ok(Some(found)) => {
                        let name = id.path(self.layout().prefix);
                        work.bad(&id, &cksum, &format!("Bad hash for {name} (got {found}, expected {cksum})"), on);
                    }
                    Ok(None) => {
                        let name = id.path(self.layout().prefix);
                        work.bad(&id, &cksum, &format!("missing file {name}"), on);
                    }
                    Err(error) => work.bad(&id, &cksum, &one_line(&error), on),
                }
            }
        }
    }
}

async fn read(
    storage: Storage,
    versions: Vec<Version>,
    keys: Vec<(StorageKey, Digest)>,
    seen: Arc<SeenFiles>,
) -> Result<Read, StorageError> {
    let digests = storage.digests_but_seen(keys, seen).await?;
    Ok(versions.into_iter().zip(digests).collect())
}

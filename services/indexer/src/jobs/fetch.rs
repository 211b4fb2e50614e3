//! Asking the fetchers for files.

use std::collections::{BTreeMap, HashMap};

use romt_bus::messages::{FetchItem, FetchOutcome};
use romt_index::RegistryConfig;
use romt_storage::StorageKey;
use romt_types::{CrateId, Digest, PrefixStyle};

use crate::Context;
use crate::fetching::{Fetching, next_batch};
use crate::plan::Fetch;
use crate::run::Run;

/// What became of the files that were asked for.
#[derive(Debug, Default)]
pub(super) struct Fetched {
    /// Whose files are in the store now, and what they hash to.
    pub(super) arrived: HashMap<CrateId, Digest>,
    /// Those of them that wait beside an older file of the same version.
    pub(super) replacements: BTreeMap<CrateId, Digest>,
    /// Bytes downloaded.
    pub(super) bytes: u64,
}

/// Asks for `files` and waits for all the answers. What could not be had becomes a failure of the run.
pub(super) async fn fetch(
    context: &Context,
    run: &mut Run,
    registry: &RegistryConfig,
    style: PrefixStyle,
    files: Vec<Fetch>,
) -> anyhow::Result<Fetched> {
    let mut fetched = Fetched::default();
    let mut fetching = Fetching::new(run.fetches());
    let all = files.len();
    let mut waiting = files.into_iter();
    loop {
        while !fetching.is_full() {
            let count = next_batch(all - waiting.len(), waiting.len());
            let batch: Vec<Fetch> = waiting.by_ref().take(count).collect();
            if batch.is_empty() {
                break;
            }
            fetching.ask(items(context, run, registry, style, batch)).await?;
        }
        if fetching.is_settled() {
            return Ok(fetched);
        }
        for (file, outcome) in fetching.answer().await? {
            take(run, &mut fetched, file, outcome);
        }
    }
}

/// The items of a batch, each with the file that it is; what has no address is a failure.
fn items(
    context: &Context,
    run: &mut Run,
    registry: &RegistryConfig,
    style: PrefixStyle,
    batch: Vec<Fetch>,
) -> Vec<(FetchItem, Fetch)> {
    let mut pairs = Vec::with_capacity(batch.len());
    for file in batch {
        let key = if file.replaces {
            StorageKey::Incoming(file.cksum)
        } else {
            StorageKey::Crate { id: file.id.clone(), style }
        };
        match registry.download(&file.id, &file.cksum) {
            Ok(url) => {
                let (key, url, label) = (key.to_string(), url.into(), file.id.to_string());
                let limit = context.config.max_crate_size;
                pairs.push((FetchItem { key, url, digest: file.cksum, label, limit }, file));
            }
            Err(error) => run.fail(&file.id, error.to_string()),
        }
    }
    pairs
}

fn take(run: &mut Run, fetched: &mut Fetched, file: Fetch, outcome: FetchOutcome) {
    match outcome {
        FetchOutcome::Downloaded { bytes } => fetched.bytes += bytes,
        FetchOutcome::Present => {}
        FetchOutcome::Failed { reason } => return run.fail(&file.id, reason),
    }
    if file.replaces {
        fetched.replacements.insert(file.id.clone(), file.cksum);
    }
    fetched.arrived.insert(file.id, file.cksum);
}

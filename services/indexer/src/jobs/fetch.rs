//! Asking the fetchers for files.

use std::collections::{BTreeMap, HashMap};

use romt_bus::messages::{FetchBatch, FetchItem, FetchOutcome, FetchSettled};
use romt_index::RegistryConfig;
use romt_storage::StorageKey;
use romt_types::{CrateId, Digest, PrefixStyle};

use crate::Context;
use crate::plan::Fetch;
use crate::run::Run;

/// Files in a batch: enough to keep a fetcher busy, few enough that a lost one costs little.
const BATCH: usize = 128;
/// Batches that wait for their answer at once.
const WINDOW: usize = 16;

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
    let mut outstanding: HashMap<u32, Vec<Fetch>> = HashMap::new();
    let mut waiting = files.into_iter();
    let mut number = 0;
    loop {
        while outstanding.len() < WINDOW {
            let batch: Vec<Fetch> = waiting.by_ref().take(BATCH).collect();
            if batch.is_empty() {
                break;
            }
            let (items, batch) = items(context, run, registry, style, batch);
            if !items.is_empty() {
                context.bus.submit(&FetchBatch { run: run.id().clone(), batch: number, items }).await?;
                outstanding.insert(number, batch);
                number += 1;
            }
        }
        if outstanding.is_empty() {
            return Ok(fetched);
        }
        let answer = context.bus.next_job::<FetchSettled>().await?;
        // An answer to a run that was cut short is of no use: plans are made anew.
        if answer.job.run == *run.id()
            && let Some(batch) = outstanding.remove(&answer.job.batch)
        {
            take(run, &mut fetched, batch, &answer.job);
        }
        answer.done().await?;
    }
}

/// The items of a batch, and the files that they are; what has no address is a failure.
fn items(
    context: &Context,
    run: &mut Run,
    registry: &RegistryConfig,
    style: PrefixStyle,
    batch: Vec<Fetch>,
) -> (Vec<FetchItem>, Vec<Fetch>) {
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
    pairs.into_iter().unzip()
}

fn take(run: &mut Run, fetched: &mut Fetched, batch: Vec<Fetch>, answer: &FetchSettled) {
    let mut outcomes = answer.outcomes.iter();
    for file in batch {
        match outcomes.next() {
            Some(FetchOutcome::Downloaded { bytes }) => fetched.bytes += bytes,
            Some(FetchOutcome::Present) => {}
            Some(FetchOutcome::Failed { reason }) => {
                run.fail(&file.id, reason.clone());
                continue;
            }
            None => {
                run.fail(&file.id, "the fetcher's answer leaves it out");
                continue;
            }
        }
        if file.replaces {
            fetched.replacements.insert(file.id.clone(), file.cksum);
        }
        fetched.arrived.insert(file.id, file.cksum);
    }
}

//! `download`: brings programs that are not here.

use std::collections::BTreeSet;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::stream::{self, StreamExt};
use romt_bus::messages::{FetchItem, FetchOutcome};
use romt_dist::{HashFile, RustupKey, RustupSpec, Target, TargetSelection};
use romt_runtime::one_line;
use romt_storage::StorageKey;
use romt_upstream::Client;
use url::Url;

use super::hashes::{HashError, RustupUpstream, UpstreamHash};
use super::releases::{hash_of, program};
use super::{ChosenRelease, OnRustupEvent, ReleaseTargets, RustupCounts, RustupEvent, RustupMirror};
use crate::fetching::{FetchRun, Fetching, next_batch};

/// What `download` is told.
#[derive(Debug)]
pub struct DownloadRustup<'a> {
    /// For the small files.
    pub client: &'a Client,
    /// The address of upstream's `rustup/`.
    pub base: &'a Url,
    /// Where the fetchers are asked for programs.
    pub fetches: FetchRun,
    /// Which releases.
    pub specs: &'a [RustupSpec],
    /// For which targets.
    pub targets: &'a TargetSelection,
    /// Whether a program that is here with its hash is taken for right, and upstream not asked about it.
    pub assume_ok: bool,
    /// Small files asked for at once.
    pub num_jobs: usize,
    /// No program may be larger, in bytes.
    pub max_size: u64,
}

/// What `download` did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownloadedRustup {
    /// What became of the programs.
    pub counts: RustupCounts,
    /// The releases that were asked for: to be published by `fixup` if nothing is bad.
    pub releases: Vec<ChosenRelease>,
}

/// A program to bring, and the hash file that goes beside it.
type Wanted = (RustupKey, Bytes);

impl RustupMirror {
    /// Brings the programs that are missing or wrong, and goes on after those that cannot be had. Nothing is published:
    /// `release-stable.toml` and `dist/` stay what they are.
    ///
    /// Targets that only `all` stands for are left out where upstream has no program for them; one that was asked for by
    /// name must be there.
    pub async fn download(
        &self,
        order: &DownloadRustup<'_>,
        on: OnRustupEvent<'_>,
    ) -> anyhow::Result<DownloadedRustup> {
        let upstream = RustupUpstream { client: order.client, base: order.base };
        let releases = chosen(&upstream, order.specs).await?;
        let storage = self.storage()?;
        let mut counts = RustupCounts::default();
        let mut fetching = Fetching::new(&order.fetches);
        let mut seen = BTreeSet::new();
        for release in self.plan(&releases, order.targets).await? {
            on(RustupEvent::Begun(&release));
            if !seen.insert(release.version) {
                continue;
            }
            let mut wanted = self.wanted(&upstream, order, &release, &mut counts, on).await?;
            on(RustupEvent::Fetching { version: release.version, files: wanted.len() });
            let all = wanted.len();
            while !wanted.is_empty() {
                let batch = wanted.drain(..next_batch(all - wanted.len(), wanted.len()));
                let items = batch.map(|(key, hash)| item(&upstream, order, key, hash));
                fetching.ask(items.collect::<anyhow::Result<_>>()?).await?;
            }
        }
        while !fetching.is_settled() {
            for ((key, hash), outcome) in fetching.answer().await? {
                match outcome {
                    FetchOutcome::Failed { reason } => {
                        counts.bad(&key, &reason, on);
                        self.clear(&key).await?;
                        continue;
                    }
                    FetchOutcome::Downloaded { bytes } => on(RustupEvent::Downloaded { key: &key, bytes }),
                    FetchOutcome::Present => on(RustupEvent::Cached(&key)),
                }
                counts.good();
                self.keep_hash(&key, hash).await?;
            }
        }
        // What is published next must not be lost to a power cut.
        storage.sync().await?;
        Ok(DownloadedRustup { counts, releases })
    }

    /// The programs of a release that are to be brought, with their hashes. The others are settled.
    async fn wanted(
        &self,
        upstream: &RustupUpstream<'_>,
        order: &DownloadRustup<'_>,
        release: &ReleaseTargets,
        counts: &mut RustupCounts,
        on: OnRustupEvent<'_>,
    ) -> anyhow::Result<Vec<(RustupKey, UpstreamHash)>> {
        let mut asked = Vec::new();
        for target in &release.targets {
            let key = program(release.version, target);
            if order.assume_ok && self.is_complete(&key).await? {
                counts.good();
                on(RustupEvent::AssumedOk(&key));
            } else {
                asked.push((target, key));
            }
        }
        // In boxes, or the compiler cannot tell that a run may go from thread to thread.
        let mut questions = Vec::with_capacity(asked.len());
        for (target, key) in asked {
            let question = async move {
                let hash = upstream.hash(&key).await;
                (target, key, hash)
            };
            questions.push(question.boxed());
        }
        let mut answers = stream::iter(questions).buffered(order.num_jobs.max(1));
        let (mut wanted, mut lacking) = (Vec::new(), Vec::new());
        while let Some((target, key, hash)) = answers.next().await {
            match hash {
                Ok(hash) => wanted.push((key, hash)),
                Err(HashError::Absent { .. }) if !is_named(order.targets, target) => lacking.push(target.clone()),
                Err(error) => counts.bad(&key, &one_line(&error), on),
            }
        }
        if let Some(first) = lacking.first() {
            if lacking.len() < release.targets.len() {
                on(RustupEvent::Lacking { version: release.version, targets: &lacking });
            } else {
                // It is not the targets that are lacking.
                let reason = format!("upstream has no rustup {} for any target", release.version);
                counts.bad(&program(release.version, first), &reason, on);
            }
        }
        Ok(wanted)
    }

    /// Whether a program and its hash are here.
    async fn is_complete(&self, program: &RustupKey) -> anyhow::Result<bool> {
        let keys = vec![program.clone().into(), hash_of(program).into()];
        Ok(self.storage()?.sizes(keys).await?.iter().all(Option::is_some))
    }

    /// Removes what a download that failed has left: folders with nothing in them look like a target to Python romt.
    async fn clear(&self, program: &RustupKey) -> anyhow::Result<()> {
        let storage = self.storage()?;
        let key = StorageKey::from(program.clone());
        if storage.sizes(vec![key.clone()]).await? == [None] {
            storage.remove(vec![key]).await?;
        }
        Ok(())
    }

    /// Puts the hash file beside a program that is right, byte for byte as upstream has it.
    async fn keep_hash(&self, program: &RustupKey, hash: Bytes) -> anyhow::Result<()> {
        let key = hash_of(program);
        let here = self.read_small(&key, HashFile::MAX_SIZE).await?;
        if here.as_deref() != Some(&*hash) {
            self.storage()?.put(&key.into(), hash).await?;
        }
        Ok(())
    }
}

/// The releases that SPECs stand for, from upstream.
async fn chosen(upstream: &RustupUpstream<'_>, specs: &[RustupSpec]) -> anyhow::Result<Vec<ChosenRelease>> {
    RustupSpec::check_exact(specs)?;
    let mut chosen = Vec::new();
    for spec in specs {
        let version = match spec {
            RustupSpec::Version(version) => *version,
            _ => upstream.stable().await?,
        };
        chosen.push(ChosenRelease { spec: *spec, version });
    }
    Ok(chosen)
}

/// Whether a target was asked for by its name.
fn is_named(targets: &TargetSelection, target: &Target) -> bool {
    match targets {
        TargetSelection::Held => true,
        TargetSelection::These { named, .. } => named.contains(target),
    }
}

fn item(
    upstream: &RustupUpstream<'_>,
    order: &DownloadRustup<'_>,
    program: RustupKey,
    hash: UpstreamHash,
) -> anyhow::Result<(FetchItem, Wanted)> {
    let item = FetchItem {
        url: upstream.url(&program)?.into(),
        key: StorageKey::from(program.clone()).to_string(),
        digest: hash.digest,
        label: program.to_string(),
        limit: order.max_size,
    };
    Ok((item, (program, hash.content)))
}

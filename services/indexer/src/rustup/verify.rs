//! `verify`: reads programs again.

use std::thread::available_parallelism;

use futures_util::stream::{self, StreamExt};
use romt_dist::{HashFile, RustupKey};
use romt_runtime::one_line;
use romt_storage::StorageKey;
use romt_types::Digest;

use super::releases::hash_of;
use super::{OnRustupEvent, ReleaseTargets, RustupCounts, RustupEvent, RustupMirror};

impl RustupMirror {
    /// Reads the programs of `releases` and compares each with the `.sha256` file beside it. Goes on after bad ones.
    pub async fn verify(&self, releases: &[ReleaseTargets], on: OnRustupEvent<'_>) -> anyhow::Result<RustupCounts> {
        let mut counts = RustupCounts::default();
        // Hashing is all there is to do, and keeps a core busy.
        let threads = available_parallelism().map_or(1, usize::from);
        for release in releases {
            on(RustupEvent::Begun(release));
            let checks = stream::iter(release.programs()).map(async |program| {
                let checked = self.check(&program).await;
                (program, checked)
            });
            let mut checks = checks.buffered(threads);
            while let Some((program, checked)) = checks.next().await {
                match checked {
                    Ok(()) => {
                        counts.good();
                        on(RustupEvent::Verified(&program));
                    }
                    Err(error) => counts.bad(&program, &one_line(&*error), on),
                }
            }
        }
        Ok(counts)
    }

    /// Compares one program with its `.sha256` file. The words are Python romt's.
    async fn check(&self, program: &RustupKey) -> anyhow::Result<()> {
        let expected = self.hash_beside(program).await?;
        match self.digest(program).await? {
            Some(found) if found == expected => Ok(()),
            Some(found) => {
                anyhow::bail!("Bad hash for {} (got {found}, expected {expected})", self.path(program).display())
            }
            None => Err(self.missing(program)),
        }
    }

    /// What the `.sha256` file beside a program says.
    async fn hash_beside(&self, program: &RustupKey) -> anyhow::Result<Digest> {
        let key = hash_of(program);
        let content = self.read_small(&key, HashFile::MAX_SIZE).await?.ok_or_else(|| self.missing(&key))?;
        let hash = HashFile::parse(&content);
        Ok(anyhow::Context::with_context(hash, || format!("{} cannot be used", self.path(&key).display()))?.digest)
    }

    async fn digest(&self, program: &RustupKey) -> anyhow::Result<Option<Digest>> {
        let Some(storage) = self.existing()? else { return Ok(None) };
        let digests = storage.digests(vec![StorageKey::Rustup(program.clone())]).await?;
        Ok(digests.into_iter().next().transpose()?.flatten())
    }
}

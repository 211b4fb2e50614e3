//! What lies beside a package: its hash, written, and its signature, fetched and checked.

use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use bytes::Bytes;
use romt_dist::{DistFile, DistKey, Keyring, PackageFile, Part};
use romt_runtime::one_line;
use romt_upstream::Client;
use tokio::sync::Semaphore;
use url::Url;

use super::ToolchainMirror;
use super::download::DownloadToolchains;
use super::manifest_files::signature_failure;
use crate::upstream_files::url_of;

/// The key of a package's file itself.
pub(super) fn content_key(file: &PackageFile) -> DistKey {
    DistFile::Package(file.path.clone()).part(Part::Content)
}

/// Sees to what lies beside packages whose files are here and right.
pub(super) struct SideCars {
    mirror: ToolchainMirror,
    client: Client,
    base: Url,
    /// The right to ask upstream for one.
    questions: Semaphore,
    /// The right to keep a processor busy.
    readers: Semaphore,
}

/// What was done.
pub(super) struct Beside {
    /// Whether its `.sha256` was written.
    pub(super) hash_written: bool,
    /// What is wrong with its signature, where that is no error.
    pub(super) warning: Option<String>,
}

impl SideCars {
    pub(super) fn new(mirror: ToolchainMirror, order: &DownloadToolchains<'_>, readers: usize) -> Self {
        let (client, base) = (order.client.clone(), order.base.clone());
        let questions = Semaphore::new(order.num_jobs.max(1));
        Self { mirror, client, base, questions, readers: Semaphore::new(readers) }
    }

    /// Sees to one package. A signature that is bad is fetched anew: it may have been damaged here.
    pub(super) async fn settle(&self, file: &PackageFile) -> anyhow::Result<Beside> {
        let hash_written = self.mirror.put_hash(file).await?;
        let Some(keyring) = self.mirror.signatures.keyring() else {
            return Ok(Beside { hash_written, warning: None });
        };
        let key = content_key(file);
        let signature = key.file.clone().part(Part::Signature);
        let held = self.mirror.small(&signature, Keyring::MAX_SIGNATURE).await.ok().flatten();
        if let Some(held) = held
            && self.check(keyring, held, &key).await.is_ok()
        {
            return Ok(Beside { hash_written, warning: None });
        }
        let bytes = {
            let _turn = self.questions.acquire().await?;
            self.mirror.fetch_signature(&self.client, &url_of(&self.base, &signature)?).await?
        };
        let warning = match self.check(keyring, bytes.clone(), &key).await {
            Ok(()) => None,
            Err(error) if self.mirror.signatures.only_warns() => Some(one_line(error.as_ref())),
            Err(error) => return Err(error),
        };
        self.mirror.storage.put(&signature.into(), bytes).await?;
        Ok(Beside { hash_written, warning })
    }

    /// Reads the file again, as it is in the store.
    async fn check(&self, keyring: &Arc<Keyring>, signature: Bytes, key: &DistKey) -> anyhow::Result<()> {
        let _turn = self.readers.acquire().await?;
        let found = self.mirror.examined(key, Some((Arc::clone(keyring), signature))).await?;
        let name = self.mirror.shown(key);
        let found = found.ok_or_else(|| anyhow!("missing file {name}"))?;
        found.signature.unwrap_or(Ok(())).with_context(|| signature_failure(&name))
    }
}

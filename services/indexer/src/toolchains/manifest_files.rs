//! A manifest with what lies beside it.

use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use bytes::Bytes;
use romt_dist::{DistFile, DistKey, HashFile, Keyring, Manifest, ManifestPath, Part, SignatureError};
use romt_runtime::{Hint, one_line};
use romt_types::Digest;

use super::events::{OnToolchainEvent, ToolchainEvent};
use super::{SignaturePolicy, ToolchainMirror};

/// A manifest, read, and its files byte for byte. Its hash is right.
#[derive(Debug)]
pub(super) struct ManifestFiles {
    /// Where it was found.
    pub(super) path: ManifestPath,
    pub(super) manifest: Manifest,
    pub(super) content: Bytes,
    pub(super) digest: Digest,
    /// `.sha256`.
    pub(super) hash: Bytes,
    /// `.asc`, where signatures count and there is one.
    pub(super) signature: Option<Bytes>,
}

/// The key of a manifest or of what lies beside it.
pub(super) fn manifest_key(path: ManifestPath, part: Part) -> DistKey {
    DistFile::Manifest(path).part(part)
}

impl ManifestFiles {
    /// Reads the three files. `names` are what people call the manifest and its `.sha256`.
    pub(super) async fn read(
        path: ManifestPath,
        content: Bytes,
        hash: Bytes,
        signature: Option<Bytes>,
        names: (&str, &str),
    ) -> anyhow::Result<Self> {
        let expected = HashFile::parse(&hash).with_context(|| format!("{} cannot be used", names.1))?.digest;
        let digest = Digest::of(&content);
        if digest != expected {
            return Err(anyhow!("Bad hash for {} (got {digest}, expected {expected})", names.0));
        }
        let text = content.clone();
        let manifest = tokio::task::spawn_blocking(move || Manifest::parse(&text)).await?;
        let manifest = manifest.with_context(|| format!("{} is not a manifest that can be used", names.0))?;
        Ok(Self { path, manifest, content, digest, hash, signature })
    }

    /// What is in the `.sha256` of a copy at `to`: romt's own text, as Python romt writes it.
    pub(super) fn hash_of_copy(&self, to: ManifestPath) -> Bytes {
        HashFile::new(self.digest, to.name.file_name()).to_string().into()
    }

    /// The same for the folder of the day, where what was found there stays as it was found.
    pub(super) fn hash_at(&self, to: ManifestPath) -> Bytes {
        if to == self.path { self.hash.clone() } else { self.hash_of_copy(to) }
    }

    /// Checks the signature over it.
    pub(super) async fn check_signature(&self, keyring: Arc<Keyring>) -> anyhow::Result<()> {
        let Some(signature) = self.signature.clone() else { return Err(SignatureError::Missing.into()) };
        let content = self.content.clone();
        let checked = tokio::task::spawn_blocking(move || keyring.verify_detached(&signature, content.as_ref()));
        Ok(checked.await?.map(drop)?)
    }
}

impl ToolchainMirror {
    /// The manifest that is on disk at `path`; its hash is compared, its signature is not.
    pub(super) async fn stored(&self, path: ManifestPath) -> anyhow::Result<ManifestFiles> {
        let [content, hash, signature] = Part::ALL.map(|part| manifest_key(path, part));
        let names = (self.shown(&content), self.shown(&hash));
        let content = self.required(&content, Manifest::MAX_SIZE).await?;
        let hash = self.required(&hash, HashFile::MAX_SIZE).await?;
        let signature = match self.signatures {
            SignaturePolicy::Off => None,
            _ => self.small(&signature, Keyring::MAX_SIGNATURE).await?,
        };
        ManifestFiles::read(path, content, hash, signature, (&names.0, &names.1)).await
    }

    /// The same, and its signature is checked, as far as signatures count.
    pub(super) async fn trusted(&self, path: ManifestPath, on: OnToolchainEvent<'_>) -> anyhow::Result<ManifestFiles> {
        let files = self.stored(path).await?;
        self.accept(&files, on).await?;
        Ok(files)
    }

    /// Checks the signature of a manifest, as far as signatures count.
    pub(super) async fn accept(&self, files: &ManifestFiles, on: OnToolchainEvent<'_>) -> anyhow::Result<()> {
        match self.check(files).await {
            Err(error) if self.signatures.only_warns() => {
                on(ToolchainEvent::Warning(&one_line(error.as_ref())));
                Ok(())
            }
            checked => checked,
        }
    }

    /// Checks the signature of a manifest, unless signatures are off.
    pub(super) async fn check(&self, files: &ManifestFiles) -> anyhow::Result<()> {
        let Some(keyring) = self.signatures.keyring() else { return Ok(()) };
        let name = self.shown(&manifest_key(files.path, Part::Content));
        files.check_signature(Arc::clone(keyring)).await.with_context(|| signature_failure(&name))
    }

    /// The manifest that is on disk in the folder of the day, of the release that `path` names; where there is none, that
    /// at `path` itself.
    pub(super) async fn canonical(
        &self,
        path: ManifestPath,
        on: OnToolchainEvent<'_>,
    ) -> anyhow::Result<ManifestFiles> {
        let found = self.trusted(path, on).await?;
        let canonical = found.manifest.release().canonical();
        let key = manifest_key(canonical, Part::Content).into();
        if canonical == path || self.storage.info(&key).await?.is_none() {
            return Ok(found);
        }
        self.trusted(canonical, on).await
    }

    /// A small file of the mirror that has to be there.
    async fn required(&self, key: &DistKey, limit: usize) -> anyhow::Result<Bytes> {
        let found = self.small(key, limit).await?;
        found.ok_or_else(|| anyhow!("missing file {}", self.shown(key))).hint("`romt toolchain download` brings it")
    }
}

/// What is said of a file, by its name, whose signature is not good, in Python romt's words.
pub(super) fn signature_failure(name: &str) -> String {
    format!("Signature failure for {name} using signature {name}{}", Part::Signature.suffix())
}

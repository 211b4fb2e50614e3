//! `verify`: reads every file again.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread::available_parallelism;

use anyhow::{Context as _, anyhow};
use futures_util::stream::{self, StreamExt};
use romt_dist::{
    ComponentChoice, DistKey, HashFile, Keyring, ManifestPath, PackageFile, Part, SignatureError, TargetSelection,
};
use romt_runtime::{Hint, one_line};
use romt_storage::SeenFiles;

use super::ToolchainMirror;
use super::events::{OnToolchainEvent, ToolchainCounts, ToolchainEvent};
use super::manifest_files::signature_failure;
use super::side_cars::content_key;

impl ToolchainMirror {
    /// Compares files with the manifests, and what lies beside them with both. Goes on after what is wrong or missing, and
    /// fails at the end.
    pub async fn verify(
        &self,
        paths: &[ManifestPath],
        targets: &TargetSelection,
        components: &ComponentChoice,
        on: OnToolchainEvent<'_>,
    ) -> anyhow::Result<ToolchainCounts> {
        self.verify_but_seen(paths, targets, components, &Arc::default(), on).await
    }

    /// The same, but packages that this process has `seen` to be right, and that nothing has happened to since, are not read
    /// again. Their signatures must have passed then.
    pub(super) async fn verify_but_seen(
        &self,
        paths: &[ManifestPath],
        targets: &TargetSelection,
        components: &ComponentChoice,
        seen: &Arc<SeenFiles>,
        on: OnToolchainEvent<'_>,
    ) -> anyhow::Result<ToolchainCounts> {
        let (mut looked_at, mut bad) = (BTreeSet::new(), 0_u64);
        let mut counts = ToolchainCounts::default();
        for &path in paths {
            on(ToolchainEvent::Begun(path));
            let files = self.canonical(path, on).await?;
            let expected = self.expected(&files, targets, components, on).await?;
            let mut new = Vec::new();
            for file in expected.files() {
                if looked_at.insert(file.clone()) {
                    new.push(file.clone());
                } else {
                    on(ToolchainEvent::Duplicate(&content_key(file)));
                }
            }
            // Hashing is all there is to do, and keeps a processor busy.
            let readers = available_parallelism().map_or(1, usize::from);
            let mut checks = stream::iter(new)
                .map(|file| async move {
                    let checked = self.check_package(&file, seen).await;
                    (content_key(&file), checked)
                })
                .buffer_unordered(readers);
            while let Some((key, checked)) = checks.next().await {
                match checked {
                    Ok(warning) => {
                        counts.present += 1;
                        on(ToolchainEvent::Verified(&key));
                        if let Some(warning) = warning {
                            on(ToolchainEvent::Warning(&warning));
                        }
                    }
                    Err(error) => {
                        bad += 1;
                        on(ToolchainEvent::Bad { key: &key, reason: &one_line(error.as_ref()) });
                    }
                }
            }
        }
        if bad > 0 {
            return Err(anyhow!("Aborting: {bad} of {} files are missing or wrong", bad + counts.present))
                .hint("`romt toolchain download` with the same SPEC and TARGET repairs them");
        }
        Ok(counts)
    }

    /// Whether a package is what its manifest says, and what lies beside it agrees. Returns a warning where a signature is
    /// not good and that is no error.
    async fn check_package(&self, file: &PackageFile, seen: &Arc<SeenFiles>) -> anyhow::Result<Option<String>> {
        let key = content_key(file);
        // What is only warned of has passed, and is to be told.
        let known =
            !self.signatures.only_warns() && self.storage.was_seen(&key.clone().into(), file.digest, seen).await?;
        let warning = if known { None } else { self.check_content(file, &key).await? };
        let hash = key.file.clone().part(Part::Hash);
        let hash_name = self.shown(&hash);
        let said = self.small(&hash, HashFile::MAX_SIZE).await?.ok_or_else(|| anyhow!("missing file {hash_name}"))?;
        let said = HashFile::parse(&said).with_context(|| format!("{hash_name} cannot be used"))?.digest;
        if said != file.digest {
            return Err(anyhow!("Bad hash in {hash_name} ({said}, the manifest has {})", file.digest));
        }
        Ok(warning)
    }

    /// Reads a package for its hash and its signature. Returns a warning as the whole check does.
    async fn check_content(&self, file: &PackageFile, key: &DistKey) -> anyhow::Result<Option<String>> {
        let name = self.shown(key);
        let (keyring, mut signed) = (self.signatures.keyring(), None);
        if let Some(keyring) = keyring {
            let signature = self.small(&key.file.clone().part(Part::Signature), Keyring::MAX_SIGNATURE).await?;
            signed = signature.map(|signature| (Arc::clone(keyring), signature));
        }
        let found = self.examined(key, signed).await?.ok_or_else(|| anyhow!("missing file {name}"))?;
        if found.digest != file.digest {
            return Err(anyhow!("Bad hash for {name} (got {}, expected {})", found.digest, file.digest));
        }
        if keyring.is_none() {
            return Ok(None);
        }
        match found.signature.unwrap_or(Err(SignatureError::Missing)) {
            Ok(()) => Ok(None),
            Err(error) => {
                let error = anyhow::Error::from(error).context(signature_failure(&name));
                if self.signatures.only_warns() { Ok(Some(one_line(error.as_ref()))) } else { Err(error) }
            }
        }
    }
}

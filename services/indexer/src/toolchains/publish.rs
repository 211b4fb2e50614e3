//! Putting manifests where clients look for them.

use anyhow::Context as _;
use bytes::Bytes;
use romt_dist::{DistFile, DistKey, HashFile, HeldManifest, Manifest, ManifestPath, Part, Selection, fixup_plan};
use romt_types::Digest;

use super::ToolchainMirror;
use super::events::{OnToolchainEvent, ToolchainEvent};
use super::manifest_files::{ManifestFiles, manifest_key};

impl ToolchainMirror {
    /// Publishes a release whose packages are all here: first in the folder of its day, then under its other names. What
    /// was written so far is made durable before.
    pub(super) async fn publish(&self, files: &ManifestFiles, on: OnToolchainEvent<'_>) -> anyhow::Result<()> {
        self.storage.sync().await?;
        let canonical = files.manifest.release().canonical();
        if self.put_manifest(files, canonical, files.hash_at(canonical)).await? {
            on(ToolchainEvent::Published(canonical));
            self.storage.sync().await?;
        }
        let held = self.held_names(files, on).await?;
        for copy in fixup_plan(&held, &[*files.manifest.release()]) {
            self.put_manifest(files, copy.to, files.hash_of_copy(copy.to)).await?;
            on(ToolchainEvent::Published(copy.to));
        }
        self.storage.sync().await.context("cannot make the mirror durable")
    }

    /// Whether a release is published in the folder of its day, by this manifest, and all of `selection` was asked for of it
    /// before.
    pub(super) async fn is_published(&self, files: &ManifestFiles, selection: Selection) -> anyhow::Result<bool> {
        let release = files.manifest.release();
        let Some(before) = self.remembered(release).await? else { return Ok(false) };
        let mut all = before.clone();
        all.merge(selection);
        Ok(all == before && self.is_there(&manifest_key(release.canonical(), Part::Content), &files.content).await?)
    }

    /// What is at the names of a release: its own, and what may be newer.
    async fn held_names(&self, files: &ManifestFiles, on: OnToolchainEvent<'_>) -> anyhow::Result<Vec<HeldManifest>> {
        let release = *files.manifest.release();
        let own = |path| HeldManifest { path, release, digest: files.digest };
        let mut held = vec![own(release.canonical())];
        for path in release.aliases() {
            let key = manifest_key(path, Part::Content);
            let Some(content) = self.small(&key, Manifest::MAX_SIZE).await? else { continue };
            let digest = Digest::of(&content);
            if digest == files.digest {
                held.push(own(path));
                continue;
            }
            let read = tokio::task::spawn_blocking(move || Manifest::parse(&content)).await?;
            match read {
                Ok(manifest) => held.push(HeldManifest { path, release: *manifest.release(), digest }),
                // A power cut may have left it so.
                Err(error) => {
                    on(ToolchainEvent::Warning(&format!("{} was damaged and is replaced: {error}", self.shown(&key))));
                }
            }
        }
        Ok(held)
    }

    /// Puts a manifest at `to`, with `hash_text` and its signature beside it, each file only if it is not there like that. Returns whether the
    /// manifest itself was put.
    pub(super) async fn put_manifest(
        &self,
        files: &ManifestFiles,
        to: ManifestPath,
        hash_text: Bytes,
    ) -> anyhow::Result<bool> {
        let [content, hash, signature] = Part::ALL.map(|part| manifest_key(to, part));
        let is_there = self.is_there(&content, &files.content).await?;
        match &files.signature {
            Some(bytes) => drop(self.put(&signature, bytes.clone()).await?),
            // One that is left of another manifest would be wrong.
            None if !is_there => self.storage.delete(&signature.into()).await?,
            None => {}
        }
        if !is_there {
            self.storage.put(&content.into(), files.content.clone()).await?;
        }
        self.put(&hash, hash_text).await?;
        Ok(!is_there)
    }

    /// Writes a package's `.sha256`, unless there is one that says the same. Returns whether it did.
    pub(super) async fn put_hash(&self, file: &romt_dist::PackageFile) -> anyhow::Result<bool> {
        let key = DistFile::Package(file.path.clone()).part(Part::Hash);
        let held = self.small(&key, HashFile::MAX_SIZE).await.ok().flatten();
        if held.is_some_and(|held| HashFile::parse(&held).is_ok_and(|held| held.digest == file.digest)) {
            return Ok(false);
        }
        let text = HashFile::new(file.digest, file.path.file_name()).to_string();
        self.storage.put(&key.into(), text.into()).await?;
        Ok(true)
    }

    /// Writes a small file, unless it is there already. Returns whether it did.
    async fn put(&self, key: &DistKey, bytes: Bytes) -> anyhow::Result<bool> {
        if self.is_there(key, &bytes).await? {
            return Ok(false);
        }
        self.storage.put(&key.clone().into(), bytes).await?;
        Ok(true)
    }

    /// Whether a file has just these bytes.
    async fn is_there(&self, key: &DistKey, bytes: &Bytes) -> anyhow::Result<bool> {
        // One that is larger, or cannot be read, is another one.
        Ok(self.small(key, bytes.len()).await.ok().flatten().is_some_and(|held| held == *bytes))
    }
}

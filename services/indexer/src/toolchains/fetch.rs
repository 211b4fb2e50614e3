//! Manifests from upstream, and `fetch-manifest`.

use anyhow::{Context as _, anyhow};
use bytes::Bytes;
use romt_dist::{HashFile, Keyring, Manifest, ManifestPath, Part, Release};
use romt_runtime::Hint;
use romt_upstream::{Client, shown_url};
use url::Url;

use super::ToolchainMirror;
use super::download::Trust;
use super::events::{OnToolchainEvent, ToolchainEvent};
use super::manifest_files::{ManifestFiles, manifest_key};
use crate::upstream_files::{get, url_of};

impl ToolchainMirror {
    /// Brings a manifest, under the name that it was asked for by, whatever is here of its packages.
    pub async fn fetch_manifest(
        &self,
        client: &Client,
        base: &Url,
        path: ManifestPath,
        on: OnToolchainEvent<'_>,
    ) -> anyhow::Result<Release> {
        on(ToolchainEvent::Begun(path));
        let files = self.obtain(client, base, path, Trust::Nothing, on).await?;
        let release = *files.manifest.release();
        on(ToolchainEvent::Release(&release));
        self.put_manifest(&files, path, files.hash.clone()).await?;
        self.storage.sync().await?;
        Ok(release)
    }

    /// A manifest from upstream, which is not put anywhere yet. One of a day stays what it is, so it is not asked for again
    /// when it is here.
    pub(super) async fn obtain(
        &self,
        client: &Client,
        base: &Url,
        path: ManifestPath,
        trust: Trust,
        on: OnToolchainEvent<'_>,
    ) -> anyhow::Result<ManifestFiles> {
        let key = manifest_key(path, Part::Content);
        if (path.date.is_some() || trust == Trust::Published)
            && let Ok(files) = self.stored(path).await
            && self.check(&files).await.is_ok()
            && (path.date.is_some() || is_upstreams(&files, client, base).await)
        {
            on(ToolchainEvent::Cached(&key));
            return Ok(files);
        }
        let url = url_of(base, &key)?;
        let files = match self.fetch(client, base, path).await {
            Ok(files) => files,
            // What came may be of two states of upstream: the second look is the one that counts.
            Err(Refused::Garbled(_)) => self.fetch(client, base, path).await.map_err(Refused::into_error)?,
            Err(refused) => return Err(refused.into_error()),
        };
        self.accept(&files, on).await.with_context(|| format!("{} is not to be believed", shown_url(&url)))?;
        let release = files.manifest.release();
        if release.canonical() != path && !release.aliases().contains(&path) {
            return Err(anyhow!("{} is the manifest of {release}, not of {}", shown_url(&url), path.spec()))
                .hint("look at what that upstream serves");
        }
        on(ToolchainEvent::Downloaded { key: &key, bytes: files.content.len() as u64 });
        Ok(files)
    }

    /// One attempt.
    async fn fetch(&self, client: &Client, base: &Url, path: ManifestPath) -> Result<ManifestFiles, Refused> {
        let url = |part| url_of(base, &manifest_key(path, part)).map_err(Refused::Lasting);
        let (content_url, hash_url) = (url(Part::Content)?, url(Part::Hash)?);
        let hash = get(client, &hash_url, HashFile::MAX_SIZE).await.map_err(Refused::Lasting)?;
        let signature = match self.signatures.keyring() {
            None => None,
            Some(_) => Some(self.fetch_signature(client, &url(Part::Signature)?).await.map_err(Refused::Lasting)?),
        };
        let content = get(client, &content_url, Manifest::MAX_SIZE).await.map_err(Refused::Lasting)?;
        let names = (shown_url(&content_url), shown_url(&hash_url));
        let files = ManifestFiles::read(path, content, hash, signature, (&names.0, &names.1));
        let files = files.await.map_err(Refused::Garbled)?;
        match self.check(&files).await {
            Err(error) if !self.signatures.only_warns() => Err(Refused::Garbled(error)),
            _ => Ok(files),
        }
    }

    /// A signature from upstream, which has to have it wherever signatures count.
    pub(super) async fn fetch_signature(&self, client: &Client, url: &Url) -> anyhow::Result<Bytes> {
        get(client, url, Keyring::MAX_SIGNATURE).await.hint("`--no-signature` is for an upstream without signatures")
    }
}

/// Whether a manifest is what upstream has under its name, by upstream's hash file. Where that cannot be had, the one who
/// then fetches the manifest finds out why.
async fn is_upstreams(files: &ManifestFiles, client: &Client, base: &Url) -> bool {
    let Ok(url) = url_of(base, &manifest_key(files.path, Part::Hash)) else { return false };
    let hash = get(client, &url, HashFile::MAX_SIZE).await;
    hash.is_ok_and(|hash| HashFile::parse(&hash).is_ok_and(|hash| hash.digest == files.digest))
}

/// Why a manifest did not come.
enum Refused {
    /// Something came that does not fit together.
    Garbled(anyhow::Error),
    /// Another attempt would not help.
    Lasting(anyhow::Error),
}

impl Refused {
    fn into_error(self) -> anyhow::Error {
        match self {
            Self::Garbled(error) | Self::Lasting(error) => error,
        }
    }
}

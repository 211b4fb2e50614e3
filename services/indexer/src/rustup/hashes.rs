//! What upstream says of its releases: the small files.

use anyhow::Context as _;
use bytes::Bytes;
use romt_dist::{HashFile, ReleaseVersion, RustupKey, RustupRelease};
use romt_types::Digest;
use romt_upstream::{Answer, Client, FetchError, shown_url};
use url::Url;

use super::releases::hash_of;
use crate::upstream_files::{get, url_of};

/// Where releases of rustup are fetched from.
#[derive(Debug)]
pub(crate) struct RustupUpstream<'a> {
    pub(crate) client: &'a Client,
    /// What is above `archive/` and `release-stable.toml`.
    pub(crate) base: &'a Url,
}

/// A `.sha256` file as upstream has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UpstreamHash {
    pub(crate) digest: Digest,
    /// The file, which is kept byte for byte.
    pub(crate) content: Bytes,
}

/// Why there is no hash of a program.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HashError {
    /// Upstream has no such program.
    #[error("{url} is not there")]
    Absent {
        /// What was asked for.
        url: String,
    },
    /// It could not be fetched, or is none.
    #[error(transparent)]
    Failed(anyhow::Error),
}

/// How stores that do not tell what they hold say that something is not there.
const FORBIDDEN: u16 = 403;

impl RustupUpstream<'_> {
    /// The address of a file.
    pub(crate) fn url(&self, key: &RustupKey) -> anyhow::Result<Url> {
        url_of(self.base, key)
    }

    /// The release that is the stable one right now.
    pub(crate) async fn stable(&self) -> anyhow::Result<ReleaseVersion> {
        let url = self.url(&RustupKey::ReleaseStable)?;
        let release = RustupRelease::parse(&get(self.client, &url, RustupRelease::MAX_SIZE).await?);
        Ok(release.with_context(|| format!("{} cannot be used", shown_url(&url)))?.version)
    }

    /// The hash of a program.
    pub(crate) async fn hash(&self, program: &RustupKey) -> Result<UpstreamHash, HashError> {
        let url = self.url(&hash_of(program)).map_err(HashError::Failed)?;
        let absent = || HashError::Absent { url: shown_url(&url) };
        let content = match self.client.get(&url, None, HashFile::MAX_SIZE as u64).await {
            Ok(Answer::Body { bytes, .. }) => bytes,
            Ok(Answer::Absent | Answer::NotModified)
            | Err(
                FetchError::Absent { .. } | FetchError::NoFile { .. } | FetchError::Refused { status: FORBIDDEN, .. },
            ) => return Err(absent()),
            Err(error) => return Err(HashError::Failed(error.into())),
        };
        let hash = HashFile::parse(&content);
        let hash = hash.with_context(|| format!("{} cannot be used", shown_url(&url)));
        Ok(UpstreamHash { digest: hash.map_err(HashError::Failed)?.digest, content })
    }
}

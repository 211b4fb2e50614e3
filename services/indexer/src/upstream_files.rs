//! Small files of an upstream that is a folder of files.

use std::fmt::Display;

use anyhow::{Context as _, anyhow};
use bytes::Bytes;
use romt_upstream::{Answer, Client, shown_url};
use url::Url;

/// Where a file is upstream, below `base`.
pub(crate) fn url_of(base: &Url, path: &impl Display) -> anyhow::Result<Url> {
    let mut folder = base.clone();
    if !folder.path().ends_with('/') {
        folder.set_path(&format!("{}/", base.path()));
    }
    folder.join(&path.to_string()).with_context(|| format!("{} is not the address of a folder", shown_url(base)))
}

/// A small file of upstream, which has to be there.
pub(crate) async fn get(client: &Client, url: &Url, limit: usize) -> anyhow::Result<Bytes> {
    let failed = || format!("failed to download {}", shown_url(url));
    match client.get(url, None, limit as u64).await.with_context(failed)? {
        Answer::Body { bytes, .. } => Ok(bytes),
        Answer::Absent | Answer::NotModified => Err(anyhow!("it is not there")).with_context(failed),
    }
}

//! Asking upstream about index files.

use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use romt_runtime::one_line;
use romt_types::CrateName;
use romt_upstream::{Answer, FetchError, Validators};

use super::{UpstreamIndex, now};
use crate::run::Progress;
use crate::state::CachedFile;

/// Questions at once; the client has its own limit per host below this.
const QUESTIONS: usize = 16;
/// The largest index file of crates.io has a few megabytes.
const FILE_LIMIT: u64 = 16 * 1024 * 1024;
/// So many failures in a row say that upstream is gone, not that a file is.
const FAILURES_IN_A_ROW: u32 = 20;

impl UpstreamIndex {
    /// Makes sure that the index files of `names` are as fresh as the settings ask for. What cannot be had is a
    /// [`failure`](Self::failure); an error only if upstream seems to be gone.
    pub(crate) async fn refresh(&mut self, names: Vec<CrateName>, progress: &Progress) -> anyhow::Result<()> {
        self.forget_lost(&names).await?;
        let mut stale = Vec::new();
        for name in names {
            let key = name.lowercase();
            let cached = self.state.files.get(&key);
            if self.asked.contains(&key) || cached.is_some_and(|cached| self.is_fresh(cached.asked)) {
                progress.index_file();
                continue;
            }
            let known = cached.filter(|cached| cached.blob.is_some()).map(|cached| cached.validators.clone());
            stale.push((name, known.filter(|known| !known.is_empty())));
        }
        let client = self.client.clone();
        let index_url = self.config.index_url.clone();
        let mut answers = stream::iter(stale)
            .map(|(name, known)| {
                let (client, url) = (client.clone(), index_url.file(&name));
                async move {
                    let answer = client.get(&url, known.as_ref(), FILE_LIMIT).await;
                    (name, answer)
                }
            })
            .buffer_unordered(QUESTIONS);
        let mut failures_in_a_row = 0;
        while let Some((name, answer)) = answers.next().await {
            progress.index_file();
            self.asked.insert(name.lowercase());
            match answer {
                Ok(answer) => {
                    failures_in_a_row = 0;
                    self.take(&name, answer).await?;
                }
                Err(error) => {
                    let gone = matches!(error, FetchError::Unavailable { .. } | FetchError::Tls { .. });
                    failures_in_a_row = if gone { failures_in_a_row + 1 } else { 0 };
                    if failures_in_a_row >= FAILURES_IN_A_ROW {
                        let what = format!("the upstream index {index_url} does not answer any more");
                        return Err(anyhow::Error::new(error).context(what));
                    }
                    self.failures.insert(name.lowercase(), one_line(&error));
                }
            }
        }
        Ok(())
    }

    /// Forgets what is remembered of files whose bytes the repository has no more, as after a power cut: they are asked
    /// for whole.
    async fn forget_lost(&mut self, names: &[CrateName]) -> anyhow::Result<()> {
        let keys = names.iter().map(CrateName::lowercase);
        let known: Vec<_> = keys.filter_map(|key| self.blob(&key).map(|blob| (key, blob))).collect();
        for key in self.blobs.lost(known).await? {
            self.state.files.remove(&key);
        }
        Ok(())
    }

    async fn take(&mut self, name: &CrateName, answer: Answer) -> anyhow::Result<()> {
        let key = name.lowercase();
        match answer {
            Answer::NotModified => {
                if let Some(cached) = self.state.files.get_mut(&key) {
                    cached.asked = now();
                }
            }
            Answer::Absent => {
                self.blobs.forget(name.index_path());
                let file = CachedFile { blob: None, validators: Validators::default(), asked: now() };
                self.state.files.insert(key, file);
            }
            Answer::Body { bytes, validators } => {
                if let Some(why) = why_no_index_file(&bytes) {
                    self.failures.insert(key, why.to_owned());
                    return Ok(());
                }
                let blob = self.changed(name, bytes).await?;
                let file = CachedFile { blob: Some(blob), validators, asked: now() };
                self.state.files.insert(key, file);
            }
        }
        Ok(())
    }

    /// Keeps the bytes, unless they are what is kept already: some upstreams know no "not modified".
    async fn changed(&mut self, name: &CrateName, bytes: Bytes) -> anyhow::Result<String> {
        let id = romt_index::BlobId::of(&bytes)?;
        if self.blob(&name.lowercase()) != Some(id) {
            self.blobs.put(name.index_path(), bytes).await?;
        }
        Ok(id.to_string())
    }
}

/// Why a body cannot be an index file, whatever its status. Neither must be taken for a crate without versions.
fn why_no_index_file(bytes: &[u8]) -> Option<&'static str> {
    match bytes.trim_ascii_start().first() {
        None => Some("upstream answered with an empty index file"),
        // A captive portal, or an error page with status 200.
        Some(b'<') => Some("upstream answered with a web page instead of an index file"),
        Some(_) => None,
    }
}

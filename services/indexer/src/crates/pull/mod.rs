//! `pull`: what is new in the upstream index.

mod sparse;

use anyhow::anyhow;
use romt_index::{GitProgram, OriginUrl, PullError, Pulled, Watch};
use romt_runtime::Hint;
use tokio_util::sync::CancellationToken;

use super::CrateMirror;

pub use sparse::SparsePull;

/// What `pull` did.
#[derive(Debug)]
pub struct PullOutcome {
    /// How upstream's commits came into `working`.
    pub pulled: Pulled,
    /// What of a sparse index could not be had, a line each.
    pub failures: Vec<String>,
    /// Remarks on the selection, a line each.
    pub notes: Vec<String>,
}

impl CrateMirror {
    /// Fetches from `origin` and merges into `working`. Nothing of it is published.
    pub async fn pull(
        &self,
        sparse: &SparsePull,
        stop: CancellationToken,
        mut on_progress: impl FnMut(&str) + Send + 'static,
    ) -> anyhow::Result<PullOutcome> {
        let origin = self.origin().await?.ok_or_else(|| anyhow!("{} has no origin", self.roots().index().display()));
        let origin =
            origin.hint("an index that `romt up` made is synced by `romt up`; `romt crate init` makes one to pull")?;
        let (brought, is_sparse) = match origin {
            OriginUrl::Sparse(url) => (self.bring_sparse(url, sparse).await?, true),
            OriginUrl::Remote(_) | OriginUrl::Bundle(_) => (sparse::Brought::default(), false),
        };
        let pulled = self.repository.with(move |repository| {
            let stopped = || stop.is_cancelled();
            let mut watch = Watch::new(&stopped, &mut on_progress);
            let git = GitProgram::find();
            let pulled = if is_sparse {
                repository.merge_origin(git.as_ref(), &mut watch)
            } else {
                repository.pull(git.as_ref(), &mut watch)
            };
            match pulled {
                Err(error @ PullError::NoGit { .. }) => Err(error)
                    .hint("install git; or mirror a sparse index, which needs none: `--index-url sparse+https://…`"),
                Err(error @ PullError::Fetch { .. }) => {
                    Err(error).hint("check the network, the proxy variables and the index URL")
                }
                pulled => Ok(pulled?),
            }
        });
        let pulled = pulled.await?;
        self.sync().await?;
        Ok(PullOutcome { pulled, failures: brought.failures, notes: brought.notes })
    }

    /// Where the index is pulled from.
    pub async fn origin(&self) -> anyhow::Result<Option<OriginUrl>> {
        self.repository.with(|repository| Ok(repository.origin()?)).await
    }
}

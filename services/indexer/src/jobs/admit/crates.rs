//! Admitting crates: from the bundle of the index to what clients see.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use futures_util::StreamExt as _;
use romt_bus::messages::{Admitted, Published};
use romt_index::{CrateFilter, GitProgram, IndexReference, IndexRepository, OriginKind, OriginUrl, Revision, Watch};
use romt_runtime::Hint;
use romt_storage::{Storage, StorageKey};
use tokio::io::AsyncWriteExt as _;
use tokio_util::sync::CancellationToken;

use crate::crates::{CrateMirror, RangeOptions, new_ledger};
use crate::publish::WITHDRAWN;
use crate::service::Indexer;
use crate::{Config, Context};

/// The branches, as Python romt calls them.
const WORKING: &str = "working";
const PUBLISHED: &str = "master";
const MARK: &str = "mark";
/// What clients see is first: `mark` must not be ahead of it.
const PROGRESS: &[&str] = &[PUBLISHED, MARK];
/// The bundle of the index, where `romt crate init-import` has it.
const BUNDLE: &str = "origin.bundle";
/// So many versions without files are named.
const NAMED: usize = 5;

/// The mirror was made by other means, and what archives bring would not fit into it.
#[derive(Debug, thiserror::Error)]
#[error("the mirror of `{}` is not filled from archives", repository.display())]
pub struct NotForArchives {
    /// Its index.
    repository: PathBuf,
}

/// Sees to it that archives can be admitted: makes a mirror where there is none. One that was made otherwise than for
/// archives is refused. To be called by the one who holds the mirror.
///
/// An index that was made anew from a store that is no folder does not say where it came from. But one that was mirrored from
/// upstream always has what was read of upstream's index, so one without came from archives.
pub async fn prepare_import(config: &Config, storage: &Storage) -> anyhow::Result<()> {
    let (path, state) = (config.repository.clone(), config.state.clone());
    let may_be_restored = storage.as_folder().is_none();
    let prepared = tokio::task::spawn_blocking(move || -> anyhow::Result<()> {
        let repository = IndexRepository::open_or_init(&path)?;
        match repository.origin()? {
            Some(OriginUrl::Bundle(_)) => return Ok(()),
            None if repository.current_branch()?.as_deref() == Some(WORKING)
                && repository.branch(WORKING)?.is_none()
                && repository.branch(PUBLISHED)?.is_none() => {}
            None if may_be_restored && !repository.references()?.contains_key(&IndexReference::Upstream) => {
                tracing::info!("the index was made anew from the store; going on with archives");
                return set_origin(&repository);
            }
            _ => {
                return Err(NotForArchives { repository: path })
                    .hint("give the import a folder of its own with `--mirror DIR`; `romt up` and `romt crate init` make others");
            }
        }
        // First what must be there when the origin is: it is what says that the mirror is made.
        new_ledger(&state)?;
        set_origin(&repository)
    });
    prepared.await?.context("cannot prepare the mirror for archives")?;
    storage.settle_prefix_style().await?;
    Ok(())
}

/// Says that the index comes from archives, and where their bundles are put.
fn set_origin(repository: &IndexRepository) -> anyhow::Result<()> {
    let bundle = repository.path().canonicalize()?.join(BUNDLE);
    Ok(repository.set_origin(&OriginUrl::Bundle(bundle), OriginKind::Import)?)
}

/// Publishes the index that was handed over.
pub(super) async fn admit(indexer: &Indexer, bundle: &str) -> anyhow::Result<Admitted> {
    let context = &indexer.context;
    prepare_import(&context.config, &context.storage).await?;
    let repository = indexer.repository().await?;
    let mirror = CrateMirror::of(context, repository.clone()).await?;
    let Some(OriginUrl::Bundle(place)) = mirror.origin().await? else {
        anyhow::bail!("the mirror is not filled from archives any more");
    };
    take_bundle(context, bundle, &place).await?;
    let before = repository.with(|repository| Ok(repository.branch(PUBLISHED)?)).await?;
    if let Some(before) = before {
        // Had the admission before been cut short after it was published, files of removed versions would be left. It may not
        // even have come to the servers.
        if context.term.replicate().await? {
            tokio::time::sleep(WITHDRAWN).await;
        }
        take_back_mark(&mirror, before).await?;
        prune(&mirror, PUBLISHED).await?;
    }
    pull(&mirror).await?;
    let end = repository.with(|repository| Ok(repository.branch(WORKING)?)).await?;
    let end = end.context("there is nothing in the index after the bundle was pulled")?;
    let commit = end.commit().unwrap_or_default();
    if before == Some(end) {
        // It may be that this was published, but `mark` not moved after it, or nothing brought into the store.
        mirror.move_branches(&[MARK], end).await?;
        context.term.replicate().await?;
        return Ok(Admitted { commit, ..Admitted::default() });
    }
    let start = before.and_then(|before| before.commit()).unwrap_or_else(|| "0".to_owned());
    let mut admitted = look(&mirror, start).await?;
    admitted.commit.clone_from(&commit);
    context.term.check()?;
    let refused = mirror.move_branches(PROGRESS, end).await?;
    anyhow::ensure!(refused.is_empty(), "`{}` cannot be moved: commits are made on it", refused.join("`, `"));
    context.term.replicate().await?;
    context.bus.announce(&Published { commit }).await?;
    if admitted.removed > 0 {
        // A server in this process hears of it at once, another one looks once a second.
        tokio::time::sleep(WITHDRAWN).await;
    }
    // Also where there is nothing to remove: up to here it counts as done.
    prune(&mirror, WORKING).await?;
    Ok(admitted)
}

/// Puts the bundle where the index is pulled from, durably, in place of an older one.
async fn take_bundle(context: &Context, key: &str, place: &Path) -> anyhow::Result<()> {
    let key: StorageKey = key.parse()?;
    let mut pieces = context.storage.take_over(&key).await.context("the bundle of the index was not handed over")?;
    let staged = place.with_extension("bundle.new");
    let failed = || format!("cannot write `{}`", staged.display());
    let mut file = tokio::fs::File::create(&staged).await.with_context(failed)?;
    while let Some(piece) = pieces.next().await {
        file.write_all(&piece?).await.with_context(failed)?;
    }
    file.sync_all().await.with_context(failed)?;
    tokio::fs::rename(&staged, place).await.with_context(|| format!("cannot write `{}`", place.display()))
}

async fn pull(mirror: &CrateMirror) -> anyhow::Result<()> {
    // Cancelled when this is dropped: git need not go on for nobody.
    let stop = CancellationToken::new();
    let _guard = stop.clone().drop_guard();
    let pulled = mirror.repository.with(move |repository| {
        let stopped = || stop.is_cancelled();
        let mut silent = |_: &str| {};
        Ok(repository.pull(GitProgram::find().as_ref(), &mut Watch::new(&stopped, &mut silent))?)
    });
    pulled.await.map(drop)
}

/// Looks whether the files of the new versions are there.
///
/// An archive that was made with a filter has an index that lists what was not chosen, too. Refusing it would help nobody:
/// what it does bring is right. So it is published as it is, and it is told what is missing.
async fn look(mirror: &CrateMirror, start: String) -> anyhow::Result<Admitted> {
    let range = RangeOptions { start: Some(start), end: WORKING.to_owned(), allow_missing_start: false };
    let found = mirror.look(&range).await?;
    let mut admitted = Admitted {
        new: found.present,
        removed: found.removed,
        absent: found.absent,
        notes: found.problems,
        ..Admitted::default()
    };
    if found.absent > 0 {
        let named: Vec<_> = found.named.iter().take(NAMED).map(ToString::to_string).collect();
        let more = if found.absent > NAMED as u64 { ", …" } else { "" };
        admitted.notes.push(format!(
            "{} versions are in the index and in no archive so far, so clients cannot have them: {}{more}; was it made with a filter?",
            found.absent,
            named.join(", "),
        ));
    }
    Ok(admitted)
}

/// Moves `mark` back where it is ahead of what is `published`. The range between them would go backwards: what the admission
/// before, cut short between the two, was about to publish would look removed, and its files would be.
async fn take_back_mark(mirror: &CrateMirror, published: Revision) -> anyhow::Result<()> {
    let is_ahead = mirror.repository.with(move |repository| match repository.branch(MARK)? {
        Some(mark) => Ok(!repository.is_ancestor(&mark, &published)?),
        None => Ok(false),
    });
    if is_ahead.await? {
        mirror.move_branches(&[MARK], published).await?;
    }
    Ok(())
}

/// Removes the files of versions that are gone at `end`, and remembers how far that was done.
async fn prune(mirror: &CrateMirror, end: &str) -> anyhow::Result<u64> {
    let range = RangeOptions { start: None, end: end.to_owned(), allow_missing_start: false };
    mirror.prune(&range, &Arc::<CrateFilter>::default(), &mut |_| {}).await
}

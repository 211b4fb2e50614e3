//! Publishing: the lines whose files are here, committed and switched to in one go.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use romt_bus::messages::Published;
use romt_index::{IndexRepository, ObjectWriter, Snapshot, TreeEdits};
use romt_runtime::Hint;
use romt_storage::sync_folders;
use romt_types::{CrateId, Digest};

use crate::Context;
use crate::plan::{CrateWork, FileLines, content};
use crate::repository::SharedRepository;

/// How long a line is withdrawn before its file is replaced or deleted: long enough for every server to have noticed.
pub(crate) const WITHDRAWN: Duration = Duration::from_secs(3);

/// How the published index changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// Versions that are newly published.
    pub(crate) new: u64,
    /// Versions that are published no more.
    pub(crate) removed: u64,
}

/// Publishes the lines of `works`, given which files have `arrived`. Nothing happens if the published index would stay as
/// it is.
pub(crate) async fn publish(
    context: &Context,
    repository: &SharedRepository,
    works: &Arc<Vec<CrateWork>>,
    arrived: HashMap<CrateId, Digest>,
) -> anyhow::Result<Changes> {
    let works = Arc::clone(works);
    let most = context.config.max_removals;
    let committed = repository.with(move |repository| commit(repository, &works, &arrived, most));
    // The disk has enough to do with the files meanwhile; what the commit adds is little.
    let (committed, synced) = tokio::join!(committed, context.storage.sync());
    let (changes, snapshot) = committed.context("cannot commit the index")?;
    synced?;
    match snapshot {
        Some(snapshot) => switch(context, repository, snapshot).await?,
        // It may be that the last one who published did not come to that.
        None => {
            context.term.replicate().await?;
        }
    }
    Ok(changes)
}

/// Moves `master` to a commit: what it names is durable before, and the move itself after.
pub(crate) async fn switch(context: &Context, repository: &SharedRepository, snapshot: Snapshot) -> anyhow::Result<()> {
    sync(context).await?;
    let (commit, term) = (snapshot.commit.clone(), context.term.clone());
    let publish = move |repository: &IndexRepository| {
        term.check()?;
        Ok(repository.publish(&snapshot)?)
    };
    repository.with(publish).await.context("cannot publish")?;
    sync(context).await?;
    context.term.replicate().await?;
    context.bus.announce(&Published { commit }).await?;
    Ok(())
}

/// Makes the files and the repository durable.
async fn sync(context: &Context) -> anyhow::Result<()> {
    context.storage.sync().await?;
    if context.storage.as_folder().is_none() {
        let repository = context.config.repository.clone();
        tokio::task::spawn_blocking(move || sync_folders([repository])).await??;
    }
    Ok(())
}

/// Makes few packs of many, if there are many.
pub(crate) async fn tidy(context: &Context, repository: &SharedRepository) -> anyhow::Result<()> {
    if let Some(old) = repository.with(|repository| Ok(repository.tidy()?)).await? {
        context.storage.sync().await?;
        repository.with(|_| Ok(old.remove()?)).await?;
    }
    Ok(())
}

fn commit(
    repository: &IndexRepository,
    works: &[CrateWork],
    arrived: &HashMap<CrateId, Digest>,
    most_removals: u64,
) -> anyhow::Result<(Changes, Option<Snapshot>)> {
    let published = repository.published()?;
    let (mut writer, mut edits, mut changes) = (ObjectWriter::default(), TreeEdits::default(), Changes::default());
    for work in works {
        let is_here = |id: &CrateId, cksum: &Digest| arrived.get(id) == Some(cksum);
        let changed = work.with_state(repository, published.as_ref(), |state| {
            let new = content(state, &is_here);
            (new != state.published.bytes()).then(|| {
                changes.count(state.published, &FileLines::read(&work.name, &new));
                new
            })
        })?;
        match changed {
            Some(new) if new.is_empty() => edits.remove(work.name.index_path()),
            Some(new) => edits.put(work.name.index_path(), writer.blob(repository, &new)?),
            None => {}
        }
    }
    if edits.is_empty() {
        return Ok((changes, None));
    }
    if changes.removed > most_removals {
        let error = anyhow::anyhow!("{} published versions would be withdrawn; nothing was changed", changes.removed);
        return Err(error).hint("check that the folder `crates` of the mirror is there; or set `max-removals`");
    }
    let message = format!("Publish: {} new, {} removed", changes.new, changes.removed);
    let snapshot = repository.commit(&mut writer, &edits, &message)?;
    Ok((changes, Some(snapshot)))
}

impl Changes {
    /// Counts the versions that come and go from one file to the next.
    fn count(&mut self, old: &FileLines<'_>, new: &FileLines<'_>) {
        self.new += new.iter().filter(|line| !old.contains(&line.version)).count() as u64;
        self.removed += old.iter().filter(|line| !new.contains(&line.version)).count() as u64;
    }
}

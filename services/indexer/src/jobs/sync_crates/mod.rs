//! The part of a sync that brings crates.

mod gather;
mod inputs;

use std::collections::BTreeSet;
use std::sync::Arc;

use romt_bus::messages::RunStep;
use romt_index::Snapshot;
use romt_runtime::Hint;
use romt_runtime::traces::TARGET;
use romt_storage::StorageKey;
use romt_types::{CrateId, CrateName, PrefixStyle};
use tracing::{Instrument as _, info_span};

use super::fetch::{Fetched, fetch};
use crate::plan::{CrateState, CrateWork, Fetch, plan};
use crate::presence::names_in;
use crate::publish::{Changes, WITHDRAWN, publish, tidy};
use crate::repository::SharedRepository;
use crate::run::Run;
use crate::select::{Selected, select};
use crate::service::Indexer;
use crate::upstream_index::UpstreamIndex;

use gather::gather;
use inputs::Inputs;

/// Brings the crates that are selected and missing, and publishes them.
pub(super) async fn sync_crates(indexer: &Indexer, run: &mut Run, refresh: bool) -> anyhow::Result<()> {
    let context = &indexer.context;
    let repository = indexer.repository().await?;
    let style = context.storage.settle_prefix_style().await?;
    let state = indexer.load_state().await?;
    let mut upstream = UpstreamIndex::new(context, repository.clone(), state, refresh);
    let registry = upstream.registry().await.hint("check the network, the proxy variables and `--index-url`")?;

    let lost = indexer.lost(style).await?;
    let selecting = async {
        let progress = run.progress();
        let selected = select(&context.config.selection, &mut upstream, &progress).await?;
        // What was brought earlier is held, and follows its upstream too: yanks and removals must arrive.
        let held = held(repository, &upstream).await?;
        upstream.refresh(held, &progress).await?;
        anyhow::Ok(selected)
    };
    let selected = selecting.instrument(info_span!(target: TARGET, "select")).await?;
    upstream.write_out().await?;
    report(run, &selected, &upstream).await?;
    let works = Arc::new(gather(&selected, &upstream, &lost));
    run.summary.selected = selected.len() as u64;
    drop(selected);
    let published = published(repository).await?;
    run.summary.commit = commit_of(published.as_ref());

    if run.is_complete() && upstream.state.settled.is_some() {
        let inputs = Inputs::of(&works, published.as_ref());
        if inputs.are_settled(upstream.state.settled.as_deref()) {
            indexer.has_looked();
            run.announce(RunStep::Planned { files: 0, selected: run.summary.selected }).await?;
            run.announce(RunStep::Published { commit: run.summary.commit.clone() }).await?;
            return indexer.save_state(Arc::new(upstream.state)).await;
        }
    }
    let planning = plan_all(indexer, run, repository, &works, published);
    let Planned { files, damaged, owed } = planning.instrument(info_span!(target: TARGET, "plan")).await?;
    for name in damaged {
        upstream.distrust(&name);
    }
    run.announce(RunStep::Planned { files: files.len() as u64, selected: run.summary.selected }).await?;
    // The network has enough to do with the files meanwhile.
    let span = info_span!(target: TARGET, "fetch", romt.files = files.len());
    let fetching = fetch(context, run, &registry, style, files).instrument(span);
    let (kept, fetched) = tokio::join!(upstream.keep(), fetching);
    let fetched = fetched?;
    kept?;
    run.summary.bytes = fetched.bytes;

    let mut state = upstream.state;
    state.settled = None;
    state.owed = owed;
    state.owed.extend(fetched.replacements.keys().cloned());
    indexer.save_state(Arc::new(state.clone())).await?;
    state.owed.retain(|id| !fetched.arrived.contains_key(id));
    let publishing = bring_in(indexer, repository, &works, fetched, style);
    let changes = publishing.instrument(info_span!(target: TARGET, "publish")).await?;
    run.summary.new = changes.new;
    run.summary.removed = changes.removed;
    let published = self::published(repository).await?;
    run.summary.commit = commit_of(published.as_ref());
    run.announce(RunStep::Published { commit: run.summary.commit.clone() }).await?;

    indexer.has_looked();
    state.settled = run.is_complete().then(|| Inputs::of(&works, published.as_ref()).into_text());
    indexer.save_state(Arc::new(state)).await?;
    if let Err(error) = tidy(context, repository).await {
        tracing::warn!(error = format!("{error:#}"), "the repository could not be tidied; the next run tries again");
    }
    Ok(())
}

/// The crates that the mirror holds or is to hold again. What is remembered of them may be lost, or be about another
/// upstream; the repository still keeps their index files.
async fn held(repository: &SharedRepository, upstream: &UpstreamIndex) -> anyhow::Result<Vec<CrateName>> {
    let owed = upstream.state.owed.iter().map(|id| id.name.lowercase());
    let mut names: BTreeSet<String> = upstream.state.files.keys().cloned().chain(owed).collect();
    if upstream.state.settled.is_none() {
        let kept = repository.with(|repository| match repository.upstream()? {
            Some(kept) => names_in(repository, &kept),
            None => Ok(Vec::new()),
        });
        names.extend(kept.await?);
    }
    Ok(names.iter().filter_map(|name| name.parse().ok()).collect())
}

async fn published(repository: &SharedRepository) -> anyhow::Result<Option<Snapshot>> {
    repository.with(|repository| Ok(repository.published()?)).await
}

fn commit_of(published: Option<&Snapshot>) -> String {
    published.map(|published| published.commit.clone()).unwrap_or_default()
}

/// Tells what the selection passed over, and remembers what it cannot have.
async fn report(run: &mut Run, selected: &Selected, upstream: &UpstreamIndex) -> anyhow::Result<()> {
    for note in selected.roots.notes.iter().chain(selected.resolver.notes()) {
        run.note(note).await?;
    }
    for (name, why) in upstream.failures() {
        run.fail(name, why.clone());
    }
    for (what, why) in selected.resolver.failures() {
        // To the resolver, a file that could not be had is a crate that is not there.
        let name = what.split('@').next().unwrap_or(what).to_ascii_lowercase();
        if upstream.failure(&name).is_none() {
            run.fail(what, why.clone());
            run.summary.hint =
                Some(format!("check the name and the requirement; `romt explain {name}` tells who asks for it"));
        }
    }
    Ok(())
}

/// Crates that are planned in one go on a blocking thread.
const PORTION: usize = 512;

/// What all the plans come to.
#[derive(Debug, Default)]
struct Planned {
    /// The files to fetch.
    files: Vec<Fetch>,
    /// The crates, in lower case, whose index files have lines that cannot be read.
    damaged: Vec<String>,
    /// The versions that were held and are not, and may come back.
    owed: BTreeSet<CrateId>,
}

/// Plans every crate. What cannot be had becomes a failure of the run.
async fn plan_all(
    indexer: &Indexer,
    run: &mut Run,
    repository: &SharedRepository,
    works: &Arc<Vec<CrateWork>>,
    published: Option<Snapshot>,
) -> anyhow::Result<Planned> {
    let mut planned = Planned::default();
    let (mut gone, mut kept) = (0, 0);
    for start in (0..works.len()).step_by(PORTION) {
        let (works, published) = (Arc::clone(works), published.clone());
        let plans = repository.with(move |repository| {
            let portion = works.iter().skip(start).take(PORTION);
            portion
                .map(|work| {
                    let look = |state: &CrateState<'_>| (plan(&work.name, state), state.published.len());
                    let (plan, published) = work.with_state(repository, published.as_ref(), look)?;
                    Ok((work.name.lowercase(), plan, published))
                })
                .collect::<anyhow::Result<Vec<_>>>()
        });
        for (name, plan, published) in plans.await? {
            planned.damaged.extend(plan.damaged.then_some(name));
            gone += plan.gone.len() as u64;
            kept += (published - plan.gone.len()) as u64;
            planned.files.extend(plan.fetch);
            planned.owed.extend(plan.owed);
            for (what, why) in plan.failures {
                run.fail(what, why);
            }
        }
    }
    believe_removals(indexer.context.config.max_removals, gone, kept)?;
    Ok(planned)
}

/// Refuses to unpublish what a broken or wrong upstream seems to have removed.
fn believe_removals(most: u64, gone: u64, kept: u64) -> anyhow::Result<()> {
    if gone > most || gone > 1 && kept == 0 {
        let error = anyhow::anyhow!(
            "{gone} published versions are not in the upstream index any more, {kept} are; nothing was changed"
        );
        let and_if_so = if gone > most { "; if they are gone indeed, set `max-removals`" } else { "" };
        return Err(error).hint(format!("check that `--index-url` is the index this mirror was made from{and_if_so}"));
    }
    Ok(())
}

/// Publishes what was fetched.
///
/// A replacement must never be seen with the line of the file it replaces, nor the other way round. So first everything
/// else is published and the old line withdrawn, then the file takes its place, then the new line is published.
async fn bring_in(
    indexer: &Indexer,
    repository: &SharedRepository,
    works: &Arc<Vec<CrateWork>>,
    fetched: Fetched,
    style: PrefixStyle,
) -> anyhow::Result<Changes> {
    let context = &indexer.context;
    if fetched.replacements.is_empty() {
        return publish(context, repository, works, fetched.arrived).await;
    }
    let withdrawn = Arc::new(gather::withdrawing(works, &fetched.replacements));
    let mut arrived = fetched.arrived.clone();
    arrived.retain(|id, _| !fetched.replacements.contains_key(id));
    let first = publish(context, repository, &withdrawn, arrived).await?;
    // A server in this process hears of it at once, another one looks once a second.
    tokio::time::sleep(WITHDRAWN).await;
    for (id, cksum) in &fetched.replacements {
        let key = StorageKey::Crate { id: id.clone(), style };
        context.storage.rename(&StorageKey::Incoming(*cksum), &key).await?;
    }
    context.storage.sync().await?;
    let owed = Arc::new(gather::bringing_back(works, &fetched.replacements));
    let second = publish(context, repository, &owed, fetched.arrived).await?;
    let replaced = fetched.replacements.len() as u64;
    Ok(Changes {
        // A version that was withdrawn for a moment is neither new nor removed.
        new: (first.new + second.new).saturating_sub(replaced),
        removed: (first.removed + second.removed).saturating_sub(replaced),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_upstream_is_not_believed() {
        for (gone, kept) in [(0, 0), (0, 9), (1, 0), (100, 1)] {
            assert!(believe_removals(100, gone, kept).is_ok(), "{gone} {kept}");
        }
        for (gone, kept) in [(101, 100_000), (2, 0)] {
            assert!(believe_removals(100, gone, kept).is_err(), "{gone} {kept}");
        }
    }
}

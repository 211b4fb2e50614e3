//! What `pack` is to put into an archive.

use std::collections::BTreeSet;
use std::mem::take;
use std::path::PathBuf;
use std::sync::Arc;

use romt_index::{BundleRef, CrateFilter, CrateList, GitProgram, IndexRepository, Revision, Watch};
use romt_types::CrateId;
use tokio_util::sync::CancellationToken;

use super::ledger::Ledger;
use super::range::Range;
use super::work::{Found, Work};
use super::{CrateMirror, RangeOptions};

/// What goes into an archive.
#[derive(Debug)]
pub struct Packing {
    /// The versions, in the archive's order.
    pub crates: CrateList,
    /// The commit from which on the index goes in; nothing: from its beginning.
    pub base: Revision,
    /// The commit up to which the index goes in.
    pub end: Revision,
    /// Parts of the index that cannot be read, a line each.
    pub problems: Vec<String>,
    work: Work,
    filter: Arc<CrateFilter>,
    owed: BTreeSet<CrateId>,
}

impl Packing {
    /// Whether there is nothing that the last archive did not bring.
    pub fn is_empty(&self) -> bool {
        self.base == self.end && self.crates.is_empty()
    }
}

impl CrateMirror {
    /// Finds what there is to pack.
    ///
    /// The index goes in from the last commit that an archive brought, also where `mark` has moved on since then without
    /// one (`config` does that): whoever imports all archives always has the commit that the next one builds on.
    pub async fn plan_packing(&self, range: &RangeOptions, filter: &Arc<CrateFilter>) -> anyhow::Result<Packing> {
        let (range, filter, state) = (range.clone(), Arc::clone(filter), self.state());
        let planned = self.repository.with(move |repository| {
            let mut account = take(&mut Ledger::load(&state)?.packed);
            let work = Work::plan(repository, range.find(repository)?, &account, &filter);
            let (mut crates, mut problems) = (CrateList::default(), Vec::new());
            work.visit(repository, &filter, |found| {
                match found {
                    Found::Added(id, cksum) => crates.add(id, cksum),
                    Found::Bad(problem) => problems.push(romt_runtime::one_line(&problem)),
                    Found::Gone(id) => {
                        account.owed.remove(&id);
                    }
                    Found::Removed(_) => {}
                }
                true
            })?;
            let base = base(repository, &work.range, account.base(""))?;
            let end = work.range.end;
            Ok(Packing { crates, base, end, problems, work, filter, owed: account.owed })
        });
        planned.await
    }

    /// Writes the part of the index that goes into the archive as a git bundle to `path`.
    pub async fn write_bundle(
        &self,
        packing: &Packing,
        name: BundleRef,
        path: PathBuf,
        stop: CancellationToken,
    ) -> anyhow::Result<()> {
        let (base, end) = (packing.base, packing.end);
        let written = self.repository.with(move |repository| {
            let stopped = || stop.is_cancelled();
            let mut silent = |_: &str| {};
            let mut watch = Watch::new(&stopped, &mut silent);
            let git = GitProgram::find();
            Ok(repository.write_bundle(git.as_ref(), &base, &end, name, &path, &mut watch)?)
        });
        written.await
    }

    /// The archive was made, without the versions in `left_out`: they are owed.
    pub async fn packed(&self, packing: Packing, left_out: Vec<CrateId>) -> anyhow::Result<()> {
        let state = self.state();
        let entered = self.repository.with(move |repository| {
            let Packing { crates, end, work, filter, mut owed, .. } = packing;
            if !owed.is_empty() {
                for (id, _) in crates.added() {
                    owed.remove(&id);
                }
            }
            owed.extend(left_out);
            let mut ledger = Ledger::load(&state)?;
            work.enter(repository, &filter, owed, &mut ledger.packed)?;
            ledger.save(&state)?;
            if work.range.by_default {
                repository.set_last_packed(&end)?;
            }
            Ok(())
        });
        entered.await?;
        self.sync().await
    }
}

/// The commit from which on the index goes into the archive. `packed` is up to where the ledger says all was packed.
fn base(repository: &IndexRepository, range: &Range, packed: Option<&str>) -> anyhow::Result<Revision> {
    if !range.by_default {
        return Ok(range.start);
    }
    let last = match repository.last_packed()? {
        Some(last) => last,
        // Python romt packed here, and `mark` says how far.
        None if packed.is_none() => return Ok(range.start),
        None => Revision::NOTHING,
    };
    // An archive that was packed and not marked may never have been carried across.
    Ok(if repository.is_ancestor(&range.start, &last)? { range.start } else { last })
}

//! `init` and `init-import`: a new mirror, without asking anybody.

use anyhow::anyhow;
use romt_index::{IndexRepository, OriginKind, OriginUrl};
use romt_runtime::Hint;
use romt_storage::Storage;

use super::CrateRoots;
use super::ledger::Ledger;

/// Remembers in the folder `state` that nothing was done yet, unless something is remembered. Blocks.
pub(crate) fn new_ledger(state: &std::path::Path) -> anyhow::Result<()> {
    if Ledger::load(state)? == Ledger::default() { Ledger::new_mirror().save(state) } else { Ok(()) }
}

/// Fails where a mirror is already.
fn check_absent(roots: &CrateRoots) -> anyhow::Result<()> {
    let hint = "choose other folders with `--index` and `--crates`; a mirror is made once";
    if roots.index().exists() {
        return Err(anyhow!("index directory '{}' already exists", roots.index().display())).hint(hint);
    }
    if roots.crates().exists() {
        return Err(anyhow!("crates directory '{}' already exists", roots.crates().display())).hint(hint);
    }
    Ok(())
}

/// Makes a mirror whose index comes from `origin`. Asks nobody, and needs no lock: of two at once, one makes the index.
pub async fn init(roots: &CrateRoots, origin: OriginUrl, kind: OriginKind) -> anyhow::Result<()> {
    check_absent(roots)?;
    let index = roots.index().to_owned();
    let created = tokio::task::spawn_blocking(move || -> anyhow::Result<()> {
        let repository = IndexRepository::create(&index)?;
        Ok(repository.set_origin(&origin, kind)?)
    });
    created.await??;
    tokio::fs::create_dir_all(roots.crates()).await?;
    let crates = roots.crates().to_owned();
    let storage = tokio::task::spawn_blocking(move || Storage::crates_folder(&crates)).await??;
    storage.init_crates().await?;
    let state = roots.state();
    tokio::task::spawn_blocking(move || Ledger::new_mirror().save(&state)).await?
}

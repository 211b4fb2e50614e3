//! Checking a selection before anything else is done.

use romt_runtime::Hint;

use crate::repository::SharedRepository;
use crate::{Config, select};

/// Puts the index repository right after its last writer was killed: to be called before anybody reads it.
pub async fn recover(config: &Config) -> anyhow::Result<()> {
    SharedRepository::recover(&config.repository).await
}

/// Reads the files of the selection: one that is not there or malformed is an error that names it. Returns what will be
/// passed over, a line each.
pub async fn check(config: &Config) -> anyhow::Result<Vec<String>> {
    let roots = select::roots(&config.selection).await;
    let roots = roots
        .hint("check the files given by `--lockfile` and `--manifest`; `cargo generate-lockfile` makes a Cargo.lock")?;
    Ok(roots.notes)
}

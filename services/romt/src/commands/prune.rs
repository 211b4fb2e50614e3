//! `romt prune`: takes away what is not selected.

use romt_bus::messages::RunKind;
use romt_runtime::{Hint, block_on};

use super::once::once;
use super::outcome::{Outcome, Usage};
use super::run::NO_CRATES_HINT;
use crate::cli::PruneOptions;
use crate::screen::Screen;
use crate::settings::SyncSettings;

pub(super) fn prune(options: &PruneOptions, screen: &Screen) -> anyhow::Result<Outcome> {
    let settings = SyncSettings::for_prune(options)?;
    let keeps = settings.indexer.toolchains.as_ref().is_some_and(|toolchains| toolchains.keep.is_some());
    if settings.indexer.selection.is_empty() && !keeps {
        let error = Usage("nothing is selected, so everything would be removed".to_owned());
        return Err(error).hint(format!("{NO_CRATES_HINT}; of toolchains `--keep` tells how many days stay"));
    }
    block_on(once("romt prune", settings, vec![RunKind::Prune { dry_run: options.dry_run }], None, screen))?
}

//! `romt prune`: takes away what is not selected.

use romt_bus::messages::RunKind;
use romt_runtime::{Hint, block_on};

use super::once::once;
use super::outcome::{Outcome, Usage};
use super::run::NO_SELECTION_HINT;
use crate::cli::PruneOptions;
use crate::screen::Screen;
use crate::settings::SyncSettings;

pub(super) fn prune(options: &PruneOptions, screen: &Screen) -> anyhow::Result<Outcome> {
    let settings = SyncSettings::for_prune(options)?;
    if settings.indexer.selection.is_empty() {
        let error = Usage("nothing is selected, so everything would be removed".to_owned());
        return Err(error).hint(NO_SELECTION_HINT);
    }
    block_on(once("romt prune", settings, RunKind::Prune { dry_run: options.dry_run }, screen))?
}

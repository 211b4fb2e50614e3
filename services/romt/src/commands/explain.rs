//! `romt explain`: why a version is in the selection, or not.

use romt_indexer::ExplainTarget;
use romt_runtime::{Ended, Hint, Lifecycle, Signals, block_on};
use romt_storage::Storage;
use romt_upstream::Client;

use super::outcome::{Outcome, Usage};
use super::run::{NO_CRATES_HINT, memory_bus};
use crate::cli::ExplainOptions;
use crate::screen::Screen;
use crate::settings::SyncSettings;

pub(super) fn explain(options: &ExplainOptions, screen: &Screen) -> anyhow::Result<Outcome> {
    let target: ExplainTarget = options.what.parse().map_err(|error| Usage(format!("NAME[@VERSION]: {error}")))?;
    let settings = SyncSettings::for_explain(options)?;
    if settings.indexer.selection.is_empty() {
        return Err(Usage("nothing is selected, so there is nothing to explain".to_owned())).hint(NO_CRATES_HINT);
    }
    let ended = block_on(async {
        let context = romt_indexer::Context {
            config: settings.indexer,
            bus: memory_bus(),
            // Nothing is written, so the mirror need not be there.
            storage: Storage::memory(),
            client: Client::new(settings.client)?,
            term: romt_indexer::Term::default(),
        };
        let lifecycle = Lifecycle::new(Signals::listen()?);
        lifecycle.run(async { romt_indexer::explain(&context, &target).await }).await
    })??;
    if let Ended::Done(reasons) = &ended {
        if options.common.json {
            screen.data(serde_json::to_string(reasons)?)?;
        } else {
            reasons.iter().try_for_each(|reason| screen.data(reason))?;
        }
    }
    Ok(Outcome::of_ended(&ended))
}

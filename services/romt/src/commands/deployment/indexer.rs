//! `romt indexer`: decides and publishes; of several, one at a time.

use romt_indexer::{Candidate, Standing};
use romt_runtime::{Hint, block_on};
use romt_upstream::Client;

use super::super::outcome::{Outcome, Usage};
use super::super::run::NO_SELECTION_HINT;
use super::base::{Base, note_of};
use super::name::own_name;
use crate::cli::IndexerOptions;
use crate::settings::IndexerSettings;

/// A mirror has one source.
fn refuse_both(indexer: &romt_indexer::Config) -> anyhow::Result<()> {
    if indexer.import && indexer.selects_anything() {
        let error = Usage("a mirror is filled either from upstream or from archives, not from both".to_owned());
        return Err(error).hint("leave the selection out, or the inbox: `--inbox`, or `inbox` in [import]");
    }
    Ok(())
}

pub(in super::super) fn indexer(options: &IndexerOptions) -> anyhow::Result<Outcome> {
    let IndexerSettings { service, client, indexer, schedule } = IndexerSettings::read(options)?;
    refuse_both(&indexer)?;
    block_on(async {
        // What is malformed in the selection is said before anything else happens.
        romt_indexer::check(&indexer).await?;
        let mut base = match Base::build(&service).await? {
            Ok(base) => base,
            Err(outcome) => return Ok(outcome),
        };
        base.require_bus();
        if !indexer.import && !indexer.selects_anything() {
            tracing::warn!(hint = NO_SELECTION_HINT, "nothing is selected, so there is nothing to sync");
        }
        let context = romt_indexer::Context {
            config: indexer,
            bus: base.bus.clone(),
            storage: base.storage.clone(),
            client: Client::new(client)?,
            term: romt_indexer::Term::default(),
        };
        let candidate = Candidate::new(context, own_name(), service.home(), schedule);
        let (standing, note) = (candidate.standing(), note_of(candidate.standing(), called));
        base.readiness.require("role", move || {
            // Whoever stands by is as ready as the one that it waits for.
            let waiting = *standing.borrow() == Standing::Waiting;
            std::future::ready(if waiting { Err("another process has the folder".to_owned()) } else { Ok(()) })
        });
        base.lifecycle.spawn("indexer", candidate.run(base.lifecycle.token()));
        base.run("indexer", note).await
    })?
}

/// What a standing is called.
fn called(standing: Standing) -> &'static str {
    match standing {
        Standing::Standby => "standby",
        Standing::Waiting => "waiting for the folder",
        Standing::Active => "at work",
    }
}

//! `romt fetcher`: downloads what the indexer asks for; as many of them as wanted.

use romt_runtime::block_on;
use romt_upstream::Client;

use super::super::outcome::Outcome;
use super::base::{Base, no_note};
use crate::cli::FetcherOptions;
use crate::settings::FetcherSettings;

pub(in super::super) fn fetcher(options: &FetcherOptions) -> anyhow::Result<Outcome> {
    let FetcherSettings { service, client, fetcher } = FetcherSettings::read(options)?;
    block_on(async {
        let mut base = match Base::build(&service).await? {
            Ok(base) => base,
            Err(outcome) => return Ok(outcome),
        };
        base.require_bus();
        let fetcher = romt_fetcher::build(romt_fetcher::Context {
            config: fetcher,
            bus: base.bus.clone(),
            storage: base.storage.clone(),
            client: Client::new(client)?,
        })?;
        base.lifecycle.spawn("fetcher", fetcher.run(base.lifecycle.token()));
        base.run("fetcher", no_note()).await
    })?
}

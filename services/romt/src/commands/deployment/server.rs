//! `romt server`: serves what the indexer has published; as many of them as wanted.

use romt_replica::Replica;
use romt_runtime::{Hint, block_on};

use super::super::outcome::Outcome;
use super::super::serving::{self, Page, Parts};
use super::base::{Base, no_note};
use crate::cli::ServerOptions;
use crate::screen::Screen;
use crate::settings::ServerSettings;

/// Where its copy of the index is, in `data`.
const COPY: &str = "index";

pub(in super::super) fn server(options: &ServerOptions, screen: &Screen) -> anyhow::Result<Outcome> {
    let ServerSettings { service, server } = ServerSettings::read(options)?;
    block_on(async {
        let mut base = match Base::build(&service).await? {
            Ok(base) => base,
            Err(outcome) => return Ok(outcome),
        };
        let (repository, replica) = if let Some(repository) = service.shared_repository() {
            (repository, None)
        } else {
            let replica = Replica::open(&service.data.join(COPY)).await;
            let replica = replica.hint("give each server a folder of its own with `--data DIR`")?;
            (replica.repository(), Some(replica))
        };
        let page = Page { metrics: base.metrics.clone(), readiness: base.readiness.clone() };
        let bus = Some(base.bus.clone());
        let server = serving::build(server, repository, replica, base.storage.clone(), bus, page).await?;
        serving::announce(&service.store, &server, &base.storage, Parts::default(), screen).await?;
        base.lifecycle.spawn("server", server.run(base.lifecycle.token()));
        base.run("server", no_note()).await
    })?
}

//! `romt up`: all services in one process.

use std::convert::Infallible;
use std::future::pending;
use std::time::Duration;

use romt_bus::messages::RunKind;
use romt_runtime::{Ended, Hint, Lifecycle, Signals, block_on};
use romt_server::RustupParts;

use super::mirror::Mirror;
use super::once::once;
use super::outcome::{Outcome, Usage};
use super::run::{NO_SELECTION_HINT, Runs, check, memory_bus};
use super::serving::{self, Page, Parts};
use crate::cli::UpOptions;
use crate::screen::Screen;
use crate::settings::UpSettings;

/// Who the lock says holds the mirror.
const HOLDER: &str = "romt up";

pub(super) fn up(options: &UpOptions, screen: &Screen) -> anyhow::Result<Outcome> {
    let settings = UpSettings::read(options)?;
    let kind = RunKind::Sync { refresh: options.refresh };
    if !options.once {
        return block_on(stay(settings, kind, screen))?;
    }
    if !settings.sync.indexer.selects_anything() {
        return Err(Usage("nothing is selected, so there is nothing to do once".to_owned())).hint(NO_SELECTION_HINT);
    }
    block_on(once(HOLDER, settings.sync, kind, screen))?
}

/// Serves, and syncs meanwhile.
async fn stay(settings: UpSettings, kind: RunKind, screen: &Screen) -> anyhow::Result<Outcome> {
    let UpSettings { sync, server, every } = settings;
    check(&sync).await?;
    let mut lifecycle = Lifecycle::new(Signals::listen()?);
    let mirror = Mirror::take(&sync, HOLDER).await?;
    let bus = memory_bus();
    // Before anything is downloaded: a port that is in use is found at once.
    let (repository, page) = (sync.indexer.repository.clone(), Page::default());
    let server = serving::build(server, repository, None, mirror.storage.clone(), Some(bus.clone()), page);
    let server = match server.await {
        Ok(server) => server,
        Err(error) => {
            mirror.give_back().await?;
            return Err(error);
        }
    };
    let parts = Parts { crates: !sync.indexer.selection.is_empty(), rust: parts_to_come(&sync.indexer) };
    serving::announce(sync.mirror.display(), &server, &mirror.storage, parts, screen).await?;
    lifecycle.spawn("server", server.run(lifecycle.token()));
    let selected = sync.indexer.selects_anything();
    let runs = Runs::start(sync, mirror.storage.clone(), bus, &mut lifecycle, screen)?;
    let ended = lifecycle.run(syncs(&runs, kind, selected, every, screen)).await?;
    // Forced, somebody may still be writing: the folder is not given back, so that the next one sweeps up.
    if ended != Ended::Forced {
        mirror.give_back().await?;
    }
    Ok(Outcome::of_ended(&ended))
}

/// What of Rust the mirror will hold.
fn parts_to_come(config: &romt_indexer::Config) -> RustupParts {
    let toolchains = config.toolchains.as_ref().is_some_and(|toolchains| !toolchains.paths.is_empty());
    RustupParts { toolchains, releases: config.rustup.is_some() }
}

/// Syncs, now and again; never ends by itself.
async fn syncs(
    runs: &Runs,
    kind: RunKind,
    selected: bool,
    every: Option<Duration>,
    screen: &Screen,
) -> anyhow::Result<Infallible> {
    if !selected {
        screen.say(format_args!("nothing is selected, so this serves what is there\nhint: {NO_SELECTION_HINT}"));
        return pending().await;
    }
    loop {
        let complete = runs.run(kind).await?.is_complete();
        let Some(pause) = every else {
            if !complete {
                screen.say("serving what is there; start again to try again, or with `--every 1h`");
            }
            return pending().await;
        };
        screen.say(format_args!("next sync in {}", humantime::format_duration(pause)));
        tokio::time::sleep(pause).await;
    }
}

//! `romt up`: all services in one process.

mod rounds;

use romt_bus::messages::{ArchiveState, InboxEvent, RunKind};
use romt_runtime::{Ended, Hint, Lifecycle, Signals, block_on};
use romt_server::RustupParts;
use tokio::sync::Notify;

use super::mirror::Mirror;
use super::once::once;
use super::outcome::{Outcome, Usage};
use super::packer::Packer;
use super::run::{NO_SELECTION_HINT, Runs, check, memory_bus};
use super::serving::{self, Page, Parts};
use crate::cli::UpOptions;
use crate::progress::show_inbox;
use crate::screen::{Screen, Style};
use crate::settings::UpSettings;
use rounds::Rounds;

/// Who the lock says holds the mirror.
const HOLDER: &str = "romt up";

pub(super) fn up(options: &UpOptions, screen: &Screen) -> anyhow::Result<Outcome> {
    let settings = UpSettings::read(options)?;
    let selected = settings.sync.indexer.selects_anything();
    if settings.import.is_some() && selected {
        return Err(Usage("a mirror is filled either from upstream or from archives, not from both".to_owned()))
            .hint("leave the selection out, or `--import`");
    }
    let kind = RunKind::Sync { refresh: options.refresh };
    if !options.once {
        return block_on(stay(settings, kind, screen))?;
    }
    if settings.import.is_some() {
        return Err(Usage("an inbox is watched as long as romt runs, so not `--once`".to_owned()))
            .hint("`romt crate import`, `romt toolchain unpack` and `romt rustup unpack` take one archive and leave");
    }
    let mut kinds: Vec<RunKind> = selected.then_some(kind).into_iter().collect();
    kinds.extend(settings.export.as_ref().map(|export| RunKind::Export { full: export.all }));
    if kinds.is_empty() {
        return Err(Usage("nothing is selected, so there is nothing to do once".to_owned())).hint(NO_SELECTION_HINT);
    }
    let outbox = settings.export.map(|export| export.outbox);
    block_on(once(HOLDER, settings.sync, kinds, outbox, screen))?
}

/// Serves, and meanwhile syncs and exports, or takes in archives.
async fn stay(settings: UpSettings, kind: RunKind, screen: &Screen) -> anyhow::Result<Outcome> {
    let UpSettings { sync, server, every, export, import } = settings;
    check(&sync).await?;
    let mut lifecycle = Lifecycle::new(Signals::listen()?);
    let mirror = Mirror::take(&sync, HOLDER).await?;
    let bus = memory_bus();
    let watched = import.as_ref().map(|import| import.inbox.clone());
    let config = romt_packer::Config { outbox: export.as_ref().map(|export| export.outbox.clone()), inbox: import };
    let built = async {
        let packer = Packer::build(config, &sync, &mirror, &bus).await?;
        // Before anything is downloaded: a port that is in use is found at once.
        let (repository, page) = (sync.indexer.repository.clone(), Page::default());
        let server = serving::build(server, repository, None, mirror.storage.clone(), Some(bus.clone()), page);
        anyhow::Ok((packer, server.await?))
    };
    let (packer, server) = match built.await {
        Ok(built) => built,
        Err(error) => {
            mirror.give_back().await?;
            return Err(error);
        }
    };
    let parts = Parts { crates: !sync.indexer.selection.is_empty(), rust: parts_to_come(&sync.indexer) };
    serving::announce(sync.mirror.display(), &server, &mirror.storage, parts, screen).await?;
    if let Some(inbox) = &watched
        && screen.style() != Style::Json
    {
        screen.say(format_args!("watching `{}` for archives", inbox.display()));
    }
    lifecycle.spawn("server", server.run(lifecycle.token()));
    let selected = sync.indexer.selects_anything();
    // Before the packer begins, or its first words would be missed.
    let inbox = bus.events::<InboxEvent>().await?;
    let runs = Runs::start(sync, mirror.storage.clone(), bus.clone(), &mut lifecycle, screen)?;
    packer.start(&mut lifecycle);
    let admitted = Notify::new();
    let rounds = Rounds { runs: &runs, kind, selected, every, export, imports: watched.is_some(), screen };
    let both = async {
        tokio::select! {
            ended = rounds.run(&admitted) => ended,
            ended = watch_inbox(inbox, &admitted, screen) => ended,
        }
    };
    let ended = lifecycle.run(both).await?;
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

/// Shows what becomes of the archives of the inbox; never ends by itself.
async fn watch_inbox(
    mut events: romt_bus::Events<InboxEvent>,
    admitted: &Notify,
    screen: &Screen,
) -> anyhow::Result<std::convert::Infallible> {
    loop {
        let event = events.next().await?;
        show_inbox(&event, screen)?;
        if matches!(event.archive.state, ArchiveState::Admitted { .. }) {
            admitted.notify_one();
        }
    }
}

//! When to sync and when to export.

use std::convert::Infallible;
use std::time::Duration;

use romt_bus::messages::RunKind;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::commands::run::{NO_SELECTION_HINT, Runs};
use crate::screen::Screen;
use crate::settings::ExportSettings;

/// What is done again and again while romt serves.
pub(super) struct Rounds<'a> {
    pub(super) runs: &'a Runs,
    /// How to sync.
    pub(super) kind: RunKind,
    /// Whether there is anything to sync.
    pub(super) selected: bool,
    /// The pause between two syncs; none: one sync.
    pub(super) every: Option<Duration>,
    pub(super) export: Option<ExportSettings>,
    /// Whether archives are taken in: they may bring something to export.
    pub(super) imports: bool,
    pub(super) screen: &'a Screen,
}

/// How long after an export that failed it is tried again, where no other time is set.
const TRY_AGAIN: Duration = Duration::from_mins(5);

/// When what is due.
#[derive(Debug, Clone, Copy, Default)]
struct Due {
    sync: Option<Instant>,
    export: Option<Instant>,
}

impl Rounds<'_> {
    /// Never ends by itself.
    pub(super) async fn run(self, admitted: &Notify) -> anyhow::Result<Infallible> {
        let now = Instant::now();
        let mut due = Due { sync: self.selected.then_some(now), export: self.export.as_ref().map(|_| now) };
        let mut full = self.export.as_ref().is_some_and(|export| export.all);
        let after_each = self.export.as_ref().is_some_and(|export| export.every.is_none());
        if due.sync.is_none() && due.export.is_none() && !self.imports {
            self.screen
                .say(format_args!("nothing is selected, so this serves what is there\nhint: {NO_SELECTION_HINT}"));
        }
        loop {
            let now = Instant::now();
            if due.sync.is_some_and(|at| at <= now) {
                due.sync = self.sync().await?;
                due.export = if after_each { Some(now) } else { due.export };
            } else if due.export.is_some_and(|at| at <= now) {
                let (exported, next) = self.export(full).await?;
                due.export = next;
                // What failed is owed.
                full &= !exported;
            } else {
                tokio::select! {
                    () = until(due.sync) => {}
                    () = until(due.export) => {}
                    () = admitted.notified(), if after_each => due.export = Some(Instant::now()),
                }
            }
        }
    }

    /// Syncs; returns when to do it again.
    async fn sync(&self) -> anyhow::Result<Option<Instant>> {
        let complete = self.runs.run(self.kind).await?.is_complete();
        let Some(pause) = self.every else {
            if !complete {
                self.screen.say("serving what is there; start again to try again, or with `--every 1h`");
            }
            return Ok(None);
        };
        self.screen.say(format_args!("next sync in {}", humantime::format_duration(pause)));
        Ok(Some(Instant::now() + pause))
    }

    /// Exports; returns whether that could be done, and when to do it again.
    async fn export(&self, full: bool) -> anyhow::Result<(bool, Option<Instant>)> {
        let summary = self.runs.run(RunKind::Export { full }).await?;
        let every = self.export.as_ref().and_then(|export| export.every);
        let exported = summary.error.is_empty();
        let pause = if exported { every } else { Some(every.map_or(TRY_AGAIN, |every| every.min(TRY_AGAIN))) };
        Ok((exported, pause.map(|pause| Instant::now() + pause)))
    }
}

async fn until(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}

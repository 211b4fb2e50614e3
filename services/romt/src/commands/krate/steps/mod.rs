//! What each step of `romt crate` does: the services' work, and what people see of it.

mod archive;
mod fetcher;
mod files;
mod index;
mod log_files;
mod mirror;

use std::sync::Arc;

use romt_bus::BusHandle;
use romt_index::CrateFilter;
use romt_indexer::crates::{CrateMirror, CrateRoots, RangeOptions};
use romt_runtime::Lifecycle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::command::CrateStep;
use super::settings::CrateSettings;
use crate::commands::run::memory_bus;
use crate::console::Console;
use fetcher::FetcherStart;
use mirror::Locks;

/// The steps of one call.
pub(super) struct Steps<'a> {
    settings: &'a CrateSettings,
    console: &'a Console,
    roots: CrateRoots,
    range: RangeOptions,
    filter: Arc<CrateFilter>,
    locks: Option<Locks>,
    mirror: Option<Arc<CrateMirror>>,
    bus: BusHandle,
    fetcher: Option<FetcherStart>,
    /// Work on threads that may block; asked to stop by the token.
    blocking: TaskTracker,
    stop: CancellationToken,
}

impl<'a> Steps<'a> {
    /// Before the first step: nothing is opened or locked yet.
    pub(super) fn begin(settings: &'a CrateSettings, console: &'a Console, lifecycle: &mut Lifecycle) -> Self {
        let range = RangeOptions {
            start: settings.start.clone(),
            end: settings.end.clone(),
            allow_missing_start: settings.allow_missing_start,
        };
        Self {
            settings,
            console,
            roots: CrateRoots::new(settings.index.clone(), settings.crates.clone()),
            range,
            filter: Arc::new(settings.filter.clone()),
            locks: None,
            mirror: None,
            bus: memory_bus(),
            fetcher: Some(fetcher::register(lifecycle)),
            blocking: TaskTracker::new(),
            stop: lifecycle.token(),
        }
    }

    /// Does one step.
    pub(super) async fn run(&mut self, step: CrateStep) -> anyhow::Result<()> {
        match step {
            CrateStep::Init => self.init().await,
            CrateStep::InitImport => self.init_import().await,
            CrateStep::Config => self.config().await,
            CrateStep::Pull => self.pull().await,
            CrateStep::Prune => self.prune().await,
            CrateStep::Download => self.download().await,
            CrateStep::Verify => self.verify().await,
            CrateStep::Pack => self.pack().await,
            CrateStep::Mark => self.mark().await,
            CrateStep::Unpack => self.unpack().await,
            CrateStep::List => self.list().await,
        }
    }
}

//! What each step of `romt crate` does: the services' work, and what people see of it.

mod archive;
mod files;
mod index;
mod log_files;
mod mirror;

use std::sync::Arc;

use romt_index::CrateFilter;
use romt_indexer::crates::{CrateMirror, CrateRoots, RangeOptions};
use romt_runtime::Lifecycle;
use romt_storage::SeenFiles;

use super::command::{CrateCommand, CrateStep};
use super::settings::CrateSettings;
use crate::commands::workplace::{Call, Workplace};
use crate::console::Console;

/// The steps of one call.
pub(super) struct Steps<'a> {
    commands: &'a [CrateCommand],
    settings: &'a CrateSettings,
    roots: CrateRoots,
    range: RangeOptions,
    filter: Arc<CrateFilter>,
    mirror: Option<Arc<CrateMirror>>,
    /// The files that this call has written.
    seen: Arc<SeenFiles>,
    pub(super) place: Workplace<'a>,
}

impl<'a> Call<'a> for Steps<'a> {
    async fn work(&mut self) -> anyhow::Result<()> {
        super::all(self.commands, self).await
    }

    fn workplace(self) -> Workplace<'a> {
        self.place
    }
}

impl<'a> Steps<'a> {
    /// Before the first step: nothing is opened or locked yet.
    pub(super) fn begin(
        commands: &'a [CrateCommand],
        settings: &'a CrateSettings,
        console: &'a Console,
        lifecycle: &mut Lifecycle,
    ) -> Self {
        let range = RangeOptions {
            start: settings.start.clone(),
            end: settings.end.clone(),
            allow_missing_start: settings.allow_missing_start,
        };
        Self {
            commands,
            settings,
            roots: CrateRoots::new(settings.index.clone(), settings.crates.clone()),
            range,
            filter: Arc::new(settings.filter.clone()),
            mirror: None,
            seen: Arc::default(),
            place: Workplace::new("romt crate", &settings.client, console, lifecycle),
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

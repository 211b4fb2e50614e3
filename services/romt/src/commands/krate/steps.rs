//! What each step of `romt crate` does.

use anyhow::anyhow;
use romt_runtime::Lifecycle;

use super::command::CrateStep;
use super::settings::CrateSettings;
use crate::console::Console;

/// The steps of one call.
pub(super) struct Steps<'a> {
    _settings: &'a CrateSettings,
    _console: &'a Console,
}

impl<'a> Steps<'a> {
    /// Before the first step.
    #[expect(clippy::unnecessary_wraps, reason = "services are started here")]
    pub(super) fn begin(
        settings: &'a CrateSettings,
        console: &'a Console,
        _lifecycle: &mut Lifecycle,
    ) -> anyhow::Result<Self> {
        Ok(Self { _settings: settings, _console: console })
    }

    /// Does one step.
    #[expect(clippy::unused_async, reason = "steps wait for upstream and for disks")]
    pub(super) async fn run(&mut self, step: CrateStep) -> anyhow::Result<()> {
        Err(anyhow!("`romt crate {}` is not built yet", step.name()))
    }
}

//! `romt export`: asks the indexer of a deployment for archives of what is new, and follows it.

use romt_bus::messages::RunKind;
use romt_runtime::block_on;

use super::super::outcome::Outcome;
use super::sync::ask;
use crate::cli::ExportOptions;
use crate::screen::Screen;
use crate::settings::bus_address;

pub(in super::super) fn export(options: &ExportOptions, screen: &Screen) -> anyhow::Result<Outcome> {
    let address = bus_address(&options.bus, &options.common)?;
    block_on(ask(&address, RunKind::Export { full: options.all }, screen))?
}

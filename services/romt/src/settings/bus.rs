//! Where the bus is.

use romt_bus::BusAddress;
use romt_runtime::settings::keys::BUS;
use romt_runtime::settings::{Arguments, SettingsError};

use super::read;
use crate::cli::JobsOptions;

/// The bus that `romt jobs` looks at.
pub(crate) fn bus_address(options: &JobsOptions) -> Result<BusAddress, SettingsError> {
    let arguments = Arguments::default().with(&BUS, options.bus.clone());
    read(arguments, &options.common, |reader| reader.value(&BUS, str::parse::<BusAddress>))
}

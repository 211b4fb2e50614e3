//! Where the bus is.

use romt_bus::BusAddress;
use romt_runtime::settings::keys::BUS;
use romt_runtime::settings::{Arguments, SettingsError};

use super::read;
use crate::cli::CommonOptions;

/// The bus of a deployment, for one who only asks; `option` is what the command line says of it.
pub(crate) fn bus_address(option: Option<&String>, common: &CommonOptions) -> Result<BusAddress, SettingsError> {
    let arguments = Arguments::default().with(&BUS, option.cloned());
    read(arguments, common, |reader| reader.value(&BUS, str::parse::<BusAddress>))
}

//! From an address to a bus.

use std::sync::Arc;

use crate::{BusAddress, BusHandle, ConnectError, MemoryBus, NatsBus};

/// The bus at an address.
pub async fn connect(address: &BusAddress) -> Result<BusHandle, ConnectError> {
    Ok(match address {
        BusAddress::Memory => BusHandle::new(Arc::new(MemoryBus::new())),
        BusAddress::Nats(config) => BusHandle::new(Arc::new(NatsBus::connect(config.clone()).await?)),
    })
}

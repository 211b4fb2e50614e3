//! From an address to a bus.

use std::sync::Arc;

use crate::{BusAddress, BusHandle, ConnectError, MemoryBus, NatsBus};

/// The bus at an address.
pub async fn connect(address: &BusAddress) -> Result<BusHandle, ConnectError> {
    Ok(match address {
        BusAddress::Memory => BusHandle::new(Arc::new(MemoryBus::new())),
        BusAddress::Nats(config) => BusHandle::new(Arc::new(Box::pin(NatsBus::connect(config.clone())).await?)),
    })
}

/// The bus at an address, for one who only asks: a deployment that nobody has made is [`ConnectError::NoDeployment`], and is
/// not made.
pub async fn find(address: &BusAddress) -> Result<BusHandle, ConnectError> {
    match address {
        BusAddress::Memory => connect(address).await,
        BusAddress::Nats(config) => Ok(BusHandle::new(Arc::new(Box::pin(NatsBus::find(config.clone())).await?))),
    }
}

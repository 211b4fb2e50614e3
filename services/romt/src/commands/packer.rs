//! The packer in this process.

use romt_bus::BusHandle;
use romt_runtime::Lifecycle;

use super::mirror::Mirror;
use crate::settings::{SyncSettings, check_signature};

/// A packer that is ready, where there is anything for it to do.
pub(super) struct Packer(Option<romt_packer::Service>);

impl Packer {
    /// Builds it; folders that it cannot use are found now. A mirror that is filled from archives is made ready for them.
    pub(super) async fn build(
        config: romt_packer::Config,
        settings: &SyncSettings,
        mirror: &Mirror,
        bus: &BusHandle,
    ) -> anyhow::Result<Self> {
        if config.inbox.is_some() {
            romt_indexer::prepare_import(&settings.indexer, &mirror.storage).await?;
        }
        if config.outbox.is_none() && config.inbox.is_none() {
            return Ok(Self(None));
        }
        let context = romt_packer::Context {
            config,
            bus: bus.clone(),
            storage: mirror.storage.clone(),
            check_signature: check_signature(&settings.indexer.signatures),
            holder: None,
        };
        Ok(Self(Some(romt_packer::build(context).await?)))
    }

    /// Starts it.
    pub(super) fn start(self, lifecycle: &mut Lifecycle) {
        if let Some(service) = self.0 {
            lifecycle.spawn("packer", service.run(lifecycle.token()));
        }
    }
}

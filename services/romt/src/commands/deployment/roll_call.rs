//! Answering when somebody asks which services there are.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use romt_bus::messages::{RollCall, ServiceReport};
use romt_bus::{BusHandle, Events};
use romt_runtime::Readiness;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::name::own_name;

/// A service that answers.
pub(super) struct Present {
    pub(super) service: &'static str,
    pub(super) bus: BusHandle,
    pub(super) readiness: Readiness,
    pub(super) parts: Vec<&'static str>,
    pub(super) folders: BTreeMap<&'static str, PathBuf>,
    pub(super) note: watch::Receiver<Option<&'static str>>,
}

impl Present {
    /// Answers until `token` is cancelled.
    pub(super) async fn run(self, token: CancellationToken) -> anyhow::Result<()> {
        let began = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let answer = async {
            let mut asked: Events<RollCall> = self.bus.events().await?;
            loop {
                if asked.next().await? == RollCall::Asked {
                    let report = self.report(began).await;
                    self.bus.announce(&RollCall::Here(report)).await?;
                }
            }
        };
        token.run_until_cancelled(answer).await.unwrap_or(Ok(()))
    }

    async fn report(&self, since: u64) -> ServiceReport {
        let checks = self.readiness.evaluate().await;
        let troubles = checks.into_iter().filter_map(|(name, found)| Some(format!("{name}: {}", found.err()?)));
        ServiceReport {
            service: self.service.to_owned(),
            name: own_name(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            since,
            parts: self.parts.iter().copied().map(str::to_owned).collect(),
            folders: self
                .folders
                .iter()
                .map(|(&part, folder)| (part.to_owned(), folder.display().to_string()))
                .collect(),
            note: self.note.borrow().map(str::to_owned),
            troubles: troubles.collect(),
        }
    }
}

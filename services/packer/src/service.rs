//! The packer as a service.

use anyhow::Context as _;
use romt_runtime::Hint;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::Context;
use crate::inbox::{Standing, Watcher};
use crate::jobs::export::{Exporter, Outbox};

/// A packer, ready to run.
#[derive(Debug)]
pub struct Service {
    exporter: Option<Exporter>,
    watcher: Option<Watcher>,
}

/// Makes a packer. A folder that it cannot use is an error now, not in the night.
pub async fn build(context: Context) -> anyhow::Result<Service> {
    let outbox = context.config.outbox.clone();
    let outbox = match outbox {
        Some(path) => Some(tokio::task::spawn_blocking(move || Outbox::open(&path)).await?),
        None => None,
    };
    let outbox = outbox
        .transpose()
        .hint("choose a folder that you may write to with `--outbox DIR`, which `romt up` calls `--export`")?;
    let exporter = outbox.map(|outbox| Exporter::new(&context, outbox));
    let watcher = match context.config.inbox.clone() {
        Some(config) => Some(Watcher::build(config, context).await?),
        None => None,
    };
    Ok(Service { exporter, watcher })
}

impl Service {
    /// Where to see whether it is the packer that watches the inbox; `None` if it has no inbox.
    pub fn standing(&self) -> Option<watch::Receiver<Standing>> {
        self.watcher.as_ref().map(Watcher::standing)
    }

    /// Writes the archives that others ask for and takes in those of the inbox, until `token` is cancelled. An archive that
    /// is cut short by that leaves nothing, and is begun anew the next time.
    pub async fn run(self, token: CancellationToken) -> anyhow::Result<()> {
        let Self { exporter, watcher } = self;
        // One that fails stops the other before its error is returned.
        let stop = token.child_token();
        let exporting = async {
            let result = match exporter {
                Some(exporter) => exporter.run(&stop).await.context("the outbox cannot be served any more"),
                None => Ok(()),
            };
            stop_unless_ok(&result, &stop);
            result
        };
        let watching = async {
            let result = match watcher {
                Some(watcher) => watcher.run(&stop).await.context("the inbox cannot be watched any more"),
                None => Ok(()),
            };
            stop_unless_ok(&result, &stop);
            result
        };
        let (exported, watched) = tokio::join!(exporting, watching);
        exported.and(watched)?;
        // Without anything to do it still is a service.
        token.cancelled().await;
        Ok(())
    }
}

fn stop_unless_ok(result: &anyhow::Result<()>, stop: &CancellationToken) {
    if result.is_err() {
        stop.cancel();
    }
}

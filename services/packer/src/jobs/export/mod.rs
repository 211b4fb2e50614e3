//! Writes the archives that the indexer asks for into the outbox, out of whatever store.
//!
//! The list of an order is read line by line, and its files are opened a few ahead of the one that is being written
//! ([`mod@feed`]), so that a store that is far away does not slow it down. An archive appears under its name when it is whole and
//! durable, and its `.sha256` after it ([`outbox`]). Killed at any point, an order leaves nothing under a final name but whole
//! archives; ordered again, the archive is written anew.

mod feed;
mod outbox;
mod write;

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use romt_bus::messages::{ExportedArchive, PackOrder, PackOutcome, PackSettled, RunEvent, RunStep};
use romt_bus::{BusHandle, JobDelivery};
use romt_runtime::{Report, traces};
use romt_storage::{Storage, StorageKey};
use tokio_util::sync::CancellationToken;
use tracing::field::Empty;
use tracing::{Instrument as _, Span, info_span};

use crate::{Context, Stopped};
use feed::feed;
use write::{Written, write};

pub(crate) use outbox::Outbox;

/// What takes the orders.
#[derive(Debug)]
pub(crate) struct Exporter {
    bus: BusHandle,
    storage: Storage,
    outbox: Arc<Outbox>,
}

/// How far an archive is.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    files: AtomicU64,
    bytes: AtomicU64,
}

impl Counts {
    fn add(&self, bytes: u64) {
        self.files.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// How often it is told how far an archive is; the bus is told as well that the order is still in work.
const TELL: Duration = Duration::from_secs(1);

impl Exporter {
    pub(crate) fn new(context: &Context, outbox: Outbox) -> Self {
        Self { bus: context.bus.clone(), storage: context.storage.clone(), outbox: Arc::new(outbox) }
    }

    /// Takes one order after the other until it is stopped.
    pub(crate) async fn run(&self, stop: &CancellationToken) -> anyhow::Result<()> {
        loop {
            let delivery = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                delivery = self.bus.next_job::<PackOrder>() => delivery.context("the packer gets no more orders")?,
            };
            if !self.settle(delivery, stop).await? {
                return Ok(());
            }
        }
    }

    /// Does what an order says and answers it. False if it was stopped before.
    async fn settle(&self, delivery: JobDelivery<PackOrder>, stop: &CancellationToken) -> anyhow::Result<bool> {
        let PackOrder { run, archive, .. } = &delivery.job;
        let span = info_span!(
            target: traces::TARGET, "pack archive", romt.run = %run, romt.archive = archive, romt.files = Empty,
            romt.bytes = Empty,
        );
        traces::adopt(&span, delivery.trace());
        self.settle_traced(delivery, stop).instrument(span).await
    }

    async fn settle_traced(&self, delivery: JobDelivery<PackOrder>, stop: &CancellationToken) -> anyhow::Result<bool> {
        let order = delivery.job.clone();
        let counts = Arc::<Counts>::default();
        let exported = tokio::select! {
            exported = self.export(&order, &counts, stop) => exported,
            never = self.tell(&order, &counts, &delivery) => match never? {},
        };
        let outcome = match exported {
            Ok(archive) => {
                Span::current().record("romt.files", archive.files).record("romt.bytes", archive.size);
                PackOutcome::Packed(archive)
            }
            // Not settled: it comes again.
            Err(error) if error.is::<Stopped>() => return Ok(false),
            Err(error) => {
                traces::failed(&Span::current(), &error);
                let Report { lines: error, hint } = Report::of(&error);
                PackOutcome::Failed { error, hint }
            }
        };
        let PackOrder { run, archive, .. } = order;
        self.bus.submit(&PackSettled { run, archive, outcome }).await?;
        delivery.done().await?;
        Ok(true)
    }

    async fn export(
        &self,
        order: &PackOrder,
        counts: &Arc<Counts>,
        stop: &CancellationToken,
    ) -> anyhow::Result<ExportedArchive> {
        let (files, feeding) = feed(&self.storage, order).await?;
        let (outbox, counts, ordered, token) =
            (Arc::clone(&self.outbox), Arc::clone(counts), order.clone(), stop.clone());
        let writing = tokio::task::spawn_blocking(move || write(&outbox, &ordered, files, &counts, &token));
        let written = writing.await.context("the thread that writes the archive died");
        // Where the store failed, whoever reads ahead knows why.
        feeding.await.context("reading the store was cut short")??;
        let Written { size, sha256, files, left_out } = written??;
        let mut archive = ExportedArchive {
            name: order.archive.clone(),
            size,
            sha256,
            files,
            left_out: left_out.len() as u64,
            left_out_list: None,
        };
        if !left_out.is_empty() {
            let name = "left-out".parse()?;
            let key = StorageKey::Handover { run: order.run.clone(), name };
            archive.left_out_list = Some(key.to_string());
            let lines = || left_out.iter().map(ToString::to_string);
            self.storage.hand_over_lines(key, lines).await?;
        }
        Ok(archive)
    }

    /// Tells now and then how far it is; never ends by itself.
    async fn tell(
        &self,
        order: &PackOrder,
        counts: &Counts,
        delivery: &JobDelivery<PackOrder>,
    ) -> anyhow::Result<Infallible> {
        let mut ticks = tokio::time::interval(TELL);
        ticks.tick().await;
        loop {
            ticks.tick().await;
            delivery.progress().await?;
            let (files, bytes) = (counts.files.load(Ordering::Relaxed), counts.bytes.load(Ordering::Relaxed));
            let step = RunStep::Packing { archive: order.archive.clone(), files, bytes };
            self.bus.announce(&RunEvent { run: order.run.clone(), step }).await?;
        }
    }
}

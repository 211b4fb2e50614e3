//! The service: takes batches, a few at a time.

use std::sync::Arc;

use anyhow::Context as _;
use romt_bus::messages::FetchBatch;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::Context;
use crate::fleet::Fleet;
use crate::item::Items;
use crate::jobs::fetch::Workshop;
use crate::keys::Keys;
use crate::store_health::StoreHealth;

/// Batches in work at once, besides those whose items are being begun or come next: each has at least one item that takes long.
const LAGGING_BATCHES: usize = 32;

/// A fetcher, ready to run.
#[derive(Debug)]
pub struct Service {
    context: Context,
}

/// Makes a fetcher.
pub fn build(context: Context) -> anyhow::Result<Service> {
    anyhow::ensure!(context.config.num_jobs > 0, "a fetcher needs at least one job at a time");
    Ok(Service { context })
}

impl Service {
    /// Works until `token` is cancelled. Then running transfers are dropped, and batches that are not settled go back to
    /// the bus.
    pub async fn run(self, token: CancellationToken) -> anyhow::Result<()> {
        let Context { config, bus, storage, client } = self.context;
        // An error of one batch stops the others before it is returned.
        let stop = token.child_token();
        let mut tasks = JoinSet::new();
        let allowance = match config.shared_host_limit {
            Some(limit) => {
                let fleet = Fleet::new(Uuid::now_v7().to_string(), bus.clone(), client.clone(), limit);
                let allowance = fleet.allowance();
                tasks.spawn(fleet.run(stop.clone()));
                allowance
            }
            // Nobody changes it.
            None => watch::Sender::new(1).subscribe(),
        };
        let items = Items { storage, client, keys: Keys::default(), health: StoreHealth::default() };
        let slots = Arc::new(Semaphore::new(config.num_jobs.min(Semaphore::MAX_PERMITS)));
        let turn = Arc::new(Semaphore::new(1));
        let workshop = Arc::new(Workshop { bus, items: Arc::new(items), slots, turn, stop: stop.clone() });
        let ended = take_batches(&workshop, &mut tasks, allowance).await;
        stop.cancel();
        let mut result = ended;
        while let Some(ended) = tasks.join_next().await {
            result = result.and(flatten(ended));
        }
        result
    }
}

/// Begins one batch after the other until it is stopped or one fails.
async fn take_batches(
    workshop: &Arc<Workshop>,
    tasks: &mut JoinSet<anyhow::Result<()>>,
    mut allowance: watch::Receiver<usize>,
) -> anyhow::Result<()> {
    // Held by the batch that was taken last, until most of its items have begun.
    let places = Arc::new(Semaphore::new(1));
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await.context("the fetcher takes no more batches")?;
            let delivery = workshop.bus.next_job::<FetchBatch>().await.context("cannot take the next batch")?;
            anyhow::Ok((delivery, place))
        };
        // One that may not ask any host leaves the work to others.
        let room = tasks.len() <= LAGGING_BATCHES && *allowance.borrow_and_update() > 0;
        tokio::select! {
            biased;
            () = workshop.stop.cancelled() => return Ok(()),
            Some(ended) = tasks.join_next() => flatten(ended)?,
            Ok(()) = allowance.changed() => {}
            next = next, if room => {
                let ((delivery, place), workshop) = (next?, Arc::clone(workshop));
                tasks.spawn(async move { workshop.fetch(delivery, place).await });
            }
        }
    }
}

fn flatten(ended: Result<anyhow::Result<()>, tokio::task::JoinError>) -> anyhow::Result<()> {
    ended.context("a batch's task died")?
}

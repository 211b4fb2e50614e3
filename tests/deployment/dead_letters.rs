//! A batch that ends whoever takes it: it is given up, and the run goes on without it.

use std::time::Duration;

use romt_bus::messages::FetchBatch;
use romt_bus::{BusError, BusHandle, Job, MAX_ATTEMPTS, connect};
use romt_testkit::{FakeCrate, Mischief, Place, Upstream};
use romt_tests::{Deployment, SYNCED, tell};
use tokio::runtime::Runtime;
use tokio::time::timeout;

/// More than fit in one batch.
const MEMBERS: usize = 200;
/// When no batch has come for so long, the indexer waits for answers.
const QUIET: Duration = Duration::from_secs(2);

/// Publishes many crates, and another version of `everyone`, which depends on them.
fn grow(upstream: &Upstream) {
    let mut everyone = FakeCrate::new("everyone", "1.1.0");
    for n in 0..MEMBERS {
        let name = format!("member-{n:03}");
        upstream.publish(FakeCrate::new(&name, "1.0.0"));
        everyone = everyone.depends_on(&name, "1");
    }
    upstream.publish(everyone);
    upstream.forget_requests();
}

/// Takes a batch and dies over it, until it may be begun only once more. Other batches are left for others. Returns what is in it.
async fn die_over_one(bus: &BusHandle) -> Result<FetchBatch, BusError> {
    let first = bus.next_job::<FetchBatch>().await?;
    let mut others = Vec::new();
    while let Ok(other) = timeout(QUIET, bus.next_job::<FetchBatch>()).await {
        others.push(other?);
    }
    assert!(!others.is_empty(), "one batch has everything");
    let deadly = first.job.clone();
    drop(first);
    for attempt in 2..MAX_ATTEMPTS {
        let delivery = bus.next_job::<FetchBatch>().await?;
        assert_eq!((delivery.job.id(), delivery.attempt()), (deadly.id(), attempt));
        drop(delivery);
    }
    for other in others {
        other.retry(Duration::from_secs(20)).await?;
    }
    Ok(deadly)
}

#[test]
fn a_batch_that_ends_its_fetchers_is_given_up_and_the_run_ends_without_it() {
    let upstream = Upstream::start();
    upstream.publish(FakeCrate::new("everyone", "1.0.0"));
    let Some(deployment) = Deployment::start("a_batch_that_ends_its_fetchers", &upstream) else { return };
    let indexer = deployment.indexer(&["--crate", "everyone"]);
    let fetcher = deployment.fetcher();
    indexer.wait_for_lines(1, SYNCED);
    fetcher.terminate().succeeds();

    grow(&upstream);
    upstream.misbehave(Place::Downloads, Mischief::SlowAnswer { by: Duration::from_mins(1) });
    let sync = deployment.spawn(&["sync"]);
    let runtime = Runtime::new().expect("a runtime");
    let deadly = runtime.block_on(async {
        let address = deployment.nats.url().parse().expect("an address");
        die_over_one(&connect(&address).await.expect("a bus")).await.expect("a batch")
    });
    upstream.forget_requests();
    let doomed = deployment.fetcher();
    upstream.wait_until(|came| !came.is_empty());
    doomed.kill();
    upstream.behave();
    let fetcher = deployment.fetcher();
    fetcher.wait_for_lines(1, "gave up a job that was begun too often");

    let (lost, letter) = (deadly.items.len(), format!("fetch/{}", deadly.id()));
    let ended = sync.wait().exits_with(1);
    let reason = format!("as dead letter {letter}: was begun {MAX_ATTEMPTS} times and never settled");
    let ended = ended.says(&reason).says("hint: `romt jobs`").says(&format!("{lost} failed"));
    assert_eq!(deployment.audit(&upstream).len(), MEMBERS + 2 - lost, "{ended}");
    let jobs = deployment.run(&["jobs"]).succeeds();
    assert!(jobs.stdout.contains(&letter), "{jobs}");

    deployment.sync();
    assert_eq!(deployment.audit(&upstream).len(), MEMBERS + 2);
    deployment.run(&["jobs", "discard", &letter]).succeeds();
    tell(&format!("a batch of {lost} files was begun {MAX_ATTEMPTS} times; the run ended without them"));
    fetcher.terminate().succeeds();
    indexer.terminate().succeeds();
}

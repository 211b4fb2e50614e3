//! Questions that end whoever takes them, and answers that nobody can read: who waits hears of it, and nothing is lost by it,
//! done twice, or counted as done.

#![expect(clippy::expect_used, reason = "a test's tools fail by failing the test")]

use std::time::Duration;

use romt_bus::messages::{Admission, PackOrder, RunRequest};
use romt_bus::{BusHandle, Job, MAX_ATTEMPTS, Queue, connect};
use romt_testkit::{FakeCrate, Upstream};
use tokio::runtime::Runtime;
use tokio::time::timeout;

use crate::archives::{Sides, WATCHES};
use romt_tests::{Deployment, IS_INDEXER, SYNCED, tell};

/// The bus of a deployment, for one who takes part in it.
struct Member {
    runtime: Runtime,
    bus: BusHandle,
}

impl Member {
    fn of(deployment: &Deployment) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let address = deployment.nats.url().parse().expect("an address");
        let bus = runtime.block_on(connect(&address)).expect("a bus");
        Self { runtime, bus }
    }

    /// Takes the next job again and again and dies over it, until the bus gives it up. Returns what it is called then.
    fn die_over<J: Job>(&self) -> String {
        self.runtime.block_on(async {
            let first = self.bus.next_job::<J>().await.expect("a job");
            let id = first.job.id();
            drop(first);
            for attempt in 2..=MAX_ATTEMPTS {
                let delivery = self.bus.next_job::<J>().await.expect("the job");
                assert_eq!((delivery.job.id(), delivery.attempt()), (id.clone(), attempt));
                drop(delivery);
            }
            // Whoever looks for work then finds that it is dead.
            assert!(timeout(Duration::from_secs(2), self.bus.next_job::<J>()).await.is_err());
            format!("{}/{id}", J::QUEUE)
        })
    }

    /// Does the next job and gives an answer that nobody can read. Returns what that is called.
    fn answer_badly<J: Job>(&self, answers: Queue) -> String {
        self.runtime.block_on(async {
            let delivery = self.bus.next_job::<J>().await.expect("a job");
            let id = delivery.job.id();
            self.bus.port().enqueue(answers, &id, "{}".to_owned().into()).await.expect("an answer");
            delivery.done().await.expect("done");
            format!("{answers}/{id}")
        })
    }

    /// Waits until a queue has so many jobs.
    fn wait_for_jobs(&self, queue: Queue, count: u64) {
        let waiting = async {
            while self.bus.port().pending(queue).await.expect("a count") != count {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let waited = self.runtime.block_on(async { timeout(Duration::from_mins(1), waiting).await });
        assert!(waited.is_ok(), "{queue} never had {count} jobs");
    }
}

#[test]
fn an_export_whose_order_or_answer_is_given_up_fails_and_the_next_one_carries_everything() {
    let upstream = Upstream::start();
    upstream.publish(FakeCrate::new("tool", "1.0.0"));
    let Some(mut sides) = Sides::start("an_export_whose_order", &upstream) else { return };
    // Nothing is exported but what is asked for.
    sides.exporter.set("ROMT_OUTBOX", "");
    let services = [sides.exporter.fetcher(), sides.exporter.indexer(&["--crate", "tool"])];
    services[1].wait_for_lines(1, SYNCED);
    let member = Member::of(&sides.exporter);

    let export = sides.exporter.spawn(&["export"]);
    let order = member.die_over::<PackOrder>();
    let why = format!("given up as dead letter {order}: was begun {MAX_ATTEMPTS} times and never settled");
    export.wait().exits_with(1).says("counts as exported").says(&why).says("hint: `romt jobs`");
    let status = sides.exporter.run(&["status"]).succeeds();
    assert!(status.stdout.contains(&why), "{status}");

    let export = sides.exporter.spawn(&["export"]);
    let answer = member.answer_badly::<PackOrder>(Queue::Packed);
    let why = format!("given up as dead letter {answer}: cannot be read");
    export.wait().exits_with(1).says("counts as exported").says(&why);
    let jobs = sides.exporter.run(&["jobs"]).succeeds();
    assert!(jobs.stdout.contains(&order) && jobs.stdout.contains(&answer), "{jobs}");

    // What they were about is not there any more: who does them now does no harm.
    let packer = sides.exporter.spawn(&["packer", "--outbox", "outbox"]);
    sides.exporter.run(&["jobs", "requeue", &order, &answer]).succeeds();
    member.wait_for_jobs(Queue::Pack, 0);
    assert!(sides.archives().is_empty(), "{:?}", sides.archives());
    sides.exporter.run(&["export"]).succeeds().says("1 archive exported");
    sides.exporter.run(&["export"]).succeeds().says("nothing new");
    assert_eq!(sides.archives().len(), 1);
    for queue in [Queue::Pack, Queue::Packed, Queue::Runs] {
        member.wait_for_jobs(queue, 0);
    }
    // Nobody can read it this time either.
    sides.exporter.run(&["jobs", "discard", &answer]).succeeds();
    for service in services.into_iter().chain([packer]) {
        service.terminate().succeeds();
    }
    tell("an order and an answer were given up, and queued again; one archive was written");
}

#[test]
fn an_order_that_nats_loses_is_made_again_and_one_archive_written() {
    let upstream = Upstream::start();
    upstream.publish(FakeCrate::new("tool", "1.0.0"));
    let Some(mut sides) = Sides::start("an_order_that_nats_loses", &upstream) else { return };
    sides.exporter.set("ROMT_OUTBOX", "");
    let services = [sides.exporter.fetcher(), sides.exporter.indexer(&["--crate", "tool"])];
    services[1].wait_for_lines(1, SYNCED);
    let export = sides.exporter.spawn(&["export"]);
    let member = Member::of(&sides.exporter);
    member.wait_for_jobs(Queue::Pack, 1);
    sides.exporter.nats.kill();
    sides.exporter.nats.lose_files();
    sides.exporter.nats.start_again();
    let packer = sides.exporter.spawn(&["packer", "--outbox", "outbox"]);
    // The indexer has lost its role as well, and begins the run anew when it is asked again.
    export.wait().succeeds().says("1 archive exported");
    for queue in [Queue::Pack, Queue::Packed, Queue::Runs] {
        member.wait_for_jobs(queue, 0);
    }
    assert_eq!(sides.archives().len(), 1);
    for service in services.into_iter().chain([packer]) {
        service.terminate().succeeds();
    }
}

#[test]
fn an_archive_whose_admission_or_answer_is_given_up_is_taken_anew() {
    let Some((sides, upstream, [first, second])) = Sides::with_two_archives("an_archive_whose_admission") else {
        return;
    };
    let indexer = sides.importer.indexer(&[]);
    indexer.wait_for_lines(1, IS_INDEXER);
    let packer = sides.importer.spawn(&["packer"]);
    packer.wait_for_lines(1, WATCHES);
    indexer.terminate().succeeds();
    let member = Member::of(&sides.importer);

    sides.carry(&first);
    let import = sides.importer.spawn(&["import"]);
    let admission = member.die_over::<Admission>();
    let why = format!("given up as dead letter {admission}: was begun {MAX_ATTEMPTS} times and never settled");
    import.wait().exits_with(1).says(&why).says("hint: `romt jobs`").says("0 admitted, 1 waiting, 0 bad");
    let status = sides.importer.run(&["status"]).succeeds();
    assert!(status.stdout.contains(&why), "{status}");

    // Queued again it brings nothing, since what it brings is asked for anew; and it does no harm.
    let indexer = sides.importer.indexer(&[]);
    sides.importer.run(&["jobs", "requeue", &admission]).succeeds();
    sides.importer.run(&["import"]).succeeds().says("1 admitted, 0 waiting, 0 bad");
    assert_eq!(sides.audit(&upstream), ["tool@1.0.0"]);
    indexer.terminate().succeeds();

    sides.carry(&second);
    let import = sides.importer.spawn(&["import"]);
    let answer = member.answer_badly::<Admission>(Queue::Admitted);
    let why = format!("given up as dead letter {answer}: cannot be read");
    import.wait().exits_with(1).says(&why).says("1 admitted, 1 waiting, 0 bad");
    assert_eq!(sides.audit(&upstream), ["tool@1.0.0"], "nothing was published");
    let indexer = sides.importer.indexer(&[]);
    sides.importer.run(&["jobs", "requeue", &answer]).succeeds();
    sides.importer.run(&["import"]).succeeds().says("2 admitted, 0 waiting, 0 bad");
    assert_eq!(sides.audit(&upstream), ["tool@1.0.0", "tool@1.1.0"]);
    for service in [indexer, packer] {
        service.terminate().succeeds();
    }
    tell("an admission and an answer were given up, and queued again; both archives were admitted once");
}

#[test]
fn a_run_that_ends_its_indexers_is_not_waited_for_and_can_be_had_after_all() {
    let upstream = Upstream::start();
    upstream.publish(FakeCrate::new("one", "1.0.0"));
    let Some(deployment) = Deployment::start("a_run_that_ends_its_indexers", &upstream) else { return };
    let member = Member::of(&deployment);
    let sync = deployment.spawn(&["sync"]);
    sync.wait_for_lines(1, "no indexer answers; the run waits for one");
    let request = member.die_over::<RunRequest>();
    let ended = sync.wait().exits_with(1).says("error: the run was not done");
    ended.says(&format!("given up as dead letter {request}")).says(&format!("hint: `romt jobs requeue {request}`"));

    let fetcher = deployment.fetcher();
    deployment.run(&["jobs", "requeue", &request]).succeeds();
    let indexer = deployment.indexer(&["--crate", "one"]);
    // Be it before the sync that the indexer begins with, or after it.
    member.wait_for_jobs(Queue::Runs, 0);
    let jobs = deployment.run(&["jobs"]).succeeds();
    assert!(!jobs.stdout.contains(&request), "{jobs}");
    assert_eq!(deployment.audit(&upstream), ["one@1.0.0"]);
    for service in [fetcher, indexer] {
        service.terminate().succeeds();
    }
}

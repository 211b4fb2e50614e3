//! What every bus must do, and what is NATS's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use romt_bus::{Bus, Enqueued, NatsBus, NatsConfig, Queue, Topic};
use tokio::time::{Instant, sleep, timeout};

use crate::support::{config, connect, on_both, server};

on_both!(
    it_conforms,
    a_held_job_stays_with_its_worker,
    a_job_of_a_lost_worker_comes_again,
    a_full_queue_makes_the_sender_wait,
    deployments_do_not_mix,
    who_has_left_takes_no_job_along,
    settling_twice_does_no_harm,
);

async fn it_conforms(version: &str) {
    let Some(server) = server("the bus's conformance suite", version) else { return };
    let (server, made) = (&server, &AtomicU32::new(0));
    romt_bus::testing::conformance::all(|| async move {
        // Each bus of its own on one server.
        let deployment = format!("case-{}", made.fetch_add(1, Ordering::Relaxed));
        connect(server, &deployment).await as Arc<dyn Bus>
    })
    .await;
    println!("{} cases", made.load(Ordering::Relaxed));
}

async fn a_held_job_stays_with_its_worker(version: &str) {
    let Some(server) = server("a held job", version) else { return };
    let (one, two) = (connect(&server, "x").await, connect(&server, "x").await);
    one.enqueue(Queue::Fetch, "long", Bytes::new().into()).await.unwrap();
    let held = one.next(Queue::Fetch).await.unwrap();
    // More than twice the time after which a worker counts as lost; nothing is said by hand.
    assert!(timeout(Duration::from_secs(5), two.next(Queue::Fetch)).await.is_err(), "it was given to somebody else");
    held.done().await.unwrap();
    assert_eq!(two.pending(Queue::Fetch).await.unwrap(), 0);
}

async fn a_job_of_a_lost_worker_comes_again(version: &str) {
    let Some(server) = server("a lost worker", version) else { return };
    let two = connect(&server, "x").await;
    two.enqueue(Queue::Fetch, "job", Bytes::new().into()).await.unwrap();
    // A process that is killed: its runtime ends without a word.
    let config = config(&server, "x");
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let held = runtime.block_on(async {
            let bus = NatsBus::connect(config).await.unwrap();
            bus.next(Queue::Fetch).await.unwrap()
        });
        runtime.shutdown_background();
        std::mem::forget(held);
    })
    .join()
    .unwrap();
    let again = timeout(Duration::from_secs(10), two.next(Queue::Fetch)).await.expect("it is lost").unwrap();
    assert_eq!((again.id.as_str(), again.attempt), ("job", 2));
    again.done().await.unwrap();
}

async fn a_full_queue_makes_the_sender_wait(version: &str) {
    let Some(server) = server("a full queue", version) else { return };
    let bus = NatsBus::connect(NatsConfig { capacity: 10, ..config(&server, "x") }).await.unwrap();
    for number in 0..10 {
        bus.enqueue(Queue::Fetch, &number.to_string(), Bytes::new().into()).await.unwrap();
    }
    assert_eq!(
        bus.enqueue(Queue::Fetch, "3", Bytes::new().into()).await.unwrap(),
        Enqueued::Duplicate,
        "also when full"
    );
    let one_more = bus.enqueue(Queue::Fetch, "one more", Bytes::new().into());
    tokio::pin!(one_more);
    assert!(timeout(Duration::from_secs(1), &mut one_more).await.is_err(), "it found room");
    bus.next(Queue::Fetch).await.unwrap().done().await.unwrap();
    assert_eq!(one_more.await.unwrap(), Enqueued::Added);
    assert_eq!(bus.pending(Queue::Fetch).await.unwrap(), 10);
}

async fn deployments_do_not_mix(version: &str) {
    let Some(server) = server("two deployments", version) else { return };
    let (one, two) = (connect(&server, "one").await, connect(&server, "two").await);
    let mut heard = two.subscribe(Topic::Runs).await.unwrap();
    one.enqueue(Queue::Fetch, "a", Bytes::new().into()).await.unwrap();
    one.publish(Topic::Runs, Bytes::new().into()).await.unwrap();
    one.set_state("k", Bytes::new(), None).await.unwrap();
    assert_eq!(two.pending(Queue::Fetch).await.unwrap(), 0);
    assert_eq!(two.state("k").await.unwrap(), None);
    assert!(timeout(Duration::from_millis(300), heard.next()).await.is_err());
}

async fn who_has_left_takes_no_job_along(version: &str) {
    let Some(server) = server("callers who leave", version) else { return };
    let (one, two) = (connect(&server, "x").await, connect(&server, "x").await);
    for _ in 0..20 {
        assert!(timeout(Duration::from_millis(10), one.next(Queue::Fetch)).await.is_err());
    }
    two.enqueue(Queue::Fetch, "a", Bytes::new().into()).await.unwrap();
    let begun = Instant::now();
    // The server may offer it first to the one who asked first, who gives it back.
    let job = two.next(Queue::Fetch).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(1), "it lay with one who has left for {:?}", begun.elapsed());
    job.done().await.unwrap();
    // And with a caller there, nothing goes back.
    assert!(timeout(Duration::from_millis(10), one.next(Queue::Fetch)).await.is_err());
    two.enqueue(Queue::Fetch, "b", Bytes::new().into()).await.unwrap();
    one.next(Queue::Fetch).await.unwrap().done().await.unwrap();
    assert_eq!(one.pending(Queue::Fetch).await.unwrap(), 0);
}

async fn settling_twice_does_no_harm(version: &str) {
    let Some(server) = server("a job in two hands", version) else { return };
    let bus = connect(&server, "x").await;
    bus.enqueue(Queue::Fetch, "a", Bytes::new().into()).await.unwrap();
    let paused = {
        // Its worker's process is held for longer than the server waits.
        let other = connect(&server, "x").await;
        let held = other.next(Queue::Fetch).await.unwrap();
        server.pause(true);
        sleep(Duration::from_millis(10)).await;
        server.pause(false);
        held
    };
    bus.enqueue(Queue::Fetch, "b", Bytes::new().into()).await.unwrap();
    paused.retry(Duration::ZERO).await.unwrap();
    for _ in 0..2 {
        bus.next(Queue::Fetch).await.unwrap().done().await.unwrap();
    }
    assert_eq!(bus.pending(Queue::Fetch).await.unwrap(), 0);
}

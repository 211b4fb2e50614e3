//! What every bus must do. An implementation's tests call [`all`] with a way to make an empty bus.

#![expect(clippy::expect_used, reason = "a suite for tests")]

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::{Bus, BusError, Enqueued, Queue, Topic};

/// Nothing here takes longer; a bus that hangs fails the test instead.
const PATIENCE: Duration = Duration::from_secs(30);
/// Long enough to see that something does not come.
const SILENCE: Duration = Duration::from_millis(150);

/// Runs the whole suite, each case on a bus of its own made by `make`.
///
/// # Panics
/// When the bus does not conform.
pub async fn all<F, Fut>(make: F)
where
    F: Fn() -> Fut,
    Fut: Future<Output = Arc<dyn Bus>>,
{
    let cases = async {
        jobs_come_in_order_and_once(&*make().await).await;
        one_id_is_one_job(&*make().await).await;
        a_retried_job_comes_again_and_counts(&*make().await).await;
        a_dropped_job_comes_again(&*make().await).await;
        a_failed_job_becomes_a_dead_letter(&*make().await).await;
        a_waiting_worker_is_woken(make().await).await;
        giving_up_waiting_loses_no_job(make().await).await;
        many_workers_share_the_jobs(make().await).await;
        queues_do_not_mix(&*make().await).await;
        events_reach_every_listener(&*make().await).await;
        state_has_revisions(&*make().await).await;
    };
    let ended = tokio::time::timeout(PATIENCE, cases).await;
    assert!(ended.is_ok(), "the bus hangs");
}

async fn add(bus: &dyn Bus, id: &str) -> Enqueued {
    bus.enqueue(Queue::Fetch, id, Bytes::copy_from_slice(id.as_bytes())).await.expect("enqueue")
}

async fn is_silent(bus: &dyn Bus, queue: Queue) -> bool {
    tokio::time::timeout(SILENCE, bus.next(queue)).await.is_err()
}

async fn jobs_come_in_order_and_once(bus: &dyn Bus) {
    for id in ["a", "b", "c"] {
        assert_eq!(add(bus, id).await, Enqueued::Added);
    }
    assert_eq!(bus.pending(Queue::Fetch).await.expect("pending"), 3);
    for id in ["a", "b", "c"] {
        let delivery = bus.next(Queue::Fetch).await.expect("next");
        assert_eq!((delivery.id.as_str(), &delivery.body[..], delivery.attempt), (id, id.as_bytes(), 1));
        delivery.progress().await.expect("progress");
        delivery.done().await.expect("done");
    }
    assert!(is_silent(bus, Queue::Fetch).await);
    assert_eq!(bus.pending(Queue::Fetch).await.expect("pending"), 0);
}

async fn one_id_is_one_job(bus: &dyn Bus) {
    assert_eq!(add(bus, "a").await, Enqueued::Added);
    assert_eq!(add(bus, "a").await, Enqueued::Duplicate);
    let delivery = bus.next(Queue::Fetch).await.expect("next");
    assert_eq!(add(bus, "a").await, Enqueued::Duplicate, "while it is in work");
    delivery.done().await.expect("done");
    assert!(is_silent(bus, Queue::Fetch).await);
}

async fn a_retried_job_comes_again_and_counts(bus: &dyn Bus) {
    add(bus, "a").await;
    let first = bus.next(Queue::Fetch).await.expect("next");
    first.retry(SILENCE * 2).await.expect("retry");
    assert!(is_silent(bus, Queue::Fetch).await, "it came before its time");
    let second = bus.next(Queue::Fetch).await.expect("next");
    assert_eq!((second.id.as_str(), second.attempt), ("a", 2));
    second.done().await.expect("done");
}

async fn a_dropped_job_comes_again(bus: &dyn Bus) {
    add(bus, "a").await;
    drop(bus.next(Queue::Fetch).await.expect("next"));
    let again = bus.next(Queue::Fetch).await.expect("next");
    assert_eq!((again.id.as_str(), again.attempt), ("a", 2));
    again.done().await.expect("done");
}

async fn a_failed_job_becomes_a_dead_letter(bus: &dyn Bus) {
    add(bus, "a").await;
    bus.next(Queue::Fetch).await.expect("next").fail("no such thing").await.expect("fail");
    assert!(is_silent(bus, Queue::Fetch).await);
    let dead = bus.dead_letters(Queue::Fetch).await.expect("dead letters");
    assert_eq!(dead.len(), 1);
    assert_eq!((dead[0].id.as_str(), &dead[0].body[..], dead[0].reason.as_str()), ("a", &b"a"[..], "no such thing"));
}

async fn a_waiting_worker_is_woken(bus: Arc<dyn Bus>) {
    let worker = {
        let bus = Arc::clone(&bus);
        tokio::spawn(async move {
            let delivery = bus.next(Queue::Fetch).await.expect("next");
            let id = delivery.id.clone();
            delivery.done().await.expect("done");
            id
        })
    };
    tokio::time::sleep(SILENCE).await;
    add(&*bus, "late").await;
    assert_eq!(worker.await.expect("worker"), "late");
}

async fn giving_up_waiting_loses_no_job(bus: Arc<dyn Bus>) {
    for _ in 0..5 {
        assert!(is_silent(&*bus, Queue::Fetch).await);
    }
    add(&*bus, "a").await;
    bus.next(Queue::Fetch).await.expect("next").done().await.expect("done");
}

async fn many_workers_share_the_jobs(bus: Arc<dyn Bus>) {
    const JOBS: usize = 200;
    for n in 0..JOBS {
        add(&*bus, &format!("job-{n}")).await;
    }
    let (seen, mut ids) = tokio::sync::mpsc::unbounded_channel();
    let workers: Vec<_> = (0..8)
        .map(|_| {
            let (bus, seen) = (Arc::clone(&bus), seen.clone());
            tokio::spawn(async move {
                while let Ok(delivery) = tokio::time::timeout(SILENCE * 4, bus.next(Queue::Fetch)).await {
                    let delivery = delivery.expect("next");
                    seen.send(delivery.id.clone()).expect("send");
                    delivery.done().await.expect("done");
                }
            })
        })
        .collect();
    drop(seen);
    let mut all = std::collections::BTreeSet::new();
    while let Some(id) = ids.recv().await {
        assert!(all.insert(id), "a job came twice");
    }
    assert_eq!(all.len(), JOBS);
    for worker in workers {
        worker.await.expect("worker");
    }
}

async fn queues_do_not_mix(bus: &dyn Bus) {
    add(bus, "a").await;
    assert!(is_silent(bus, Queue::Fetched).await);
    assert_eq!(bus.pending(Queue::Fetched).await.expect("pending"), 0);
}

async fn events_reach_every_listener(bus: &dyn Bus) {
    bus.publish(Topic::Runs, Bytes::from_static(b"nobody hears this")).await.expect("publish");
    let mut one = bus.subscribe(Topic::Runs).await.expect("subscribe");
    let mut two = bus.subscribe(Topic::Runs).await.expect("subscribe");
    let mut other = bus.subscribe(Topic::Published).await.expect("subscribe");
    for body in ["first", "second"] {
        bus.publish(Topic::Runs, Bytes::from(body)).await.expect("publish");
    }
    for listener in [&mut one, &mut two] {
        assert_eq!(listener.next().await.expect("event"), "first");
        assert_eq!(listener.next().await.expect("event"), "second");
    }
    assert!(tokio::time::timeout(SILENCE, other.next()).await.is_err(), "topics mix");
}

async fn state_has_revisions(bus: &dyn Bus) {
    assert_eq!(bus.state("k").await.expect("state"), None);
    let first = bus.set_state("k", Bytes::from_static(b"1"), Some(0)).await.expect("create");
    let clash = bus.set_state("k", Bytes::from_static(b"x"), Some(0)).await;
    assert!(matches!(clash, Err(BusError::Conflict { .. })), "{clash:?}");
    let second = bus.set_state("k", Bytes::from_static(b"2"), Some(first)).await.expect("update");
    assert!(second > first);
    let stale = bus.set_state("k", Bytes::from_static(b"x"), Some(first)).await;
    assert!(matches!(stale, Err(BusError::Conflict { .. })), "{stale:?}");
    bus.set_state("k", Bytes::from_static(b"3"), None).await.expect("set");
    assert_eq!(bus.state("k").await.expect("state").expect("value").value, "3");
}

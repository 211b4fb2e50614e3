//! The server goes away and comes back, with its files and without.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use romt_bus::{Bus, BusError, BusHandle, Lease, NatsBus, NatsConfig, Queue, Topic};
use romt_testkit::NatsServer;
use tokio::time::{Instant, sleep, timeout};

use crate::support::{config, connect, on_both, server};

on_both!(
    every_job_is_done_though_the_server_is_killed,
    work_goes_on_after_the_server_has_lost_everything,
    a_late_word_about_a_lost_job_hits_no_other,
    a_server_that_stays_away_is_an_error,
    a_short_absence_is_not_noticed,
);

const JOBS: usize = 10_000;
const WORKERS: usize = 16;
const SENDERS: usize = 4;

/// How often each job was done.
type Done = Arc<Mutex<BTreeMap<String, u32>>>;

/// Does jobs until it is stopped.
async fn work(bus: Arc<NatsBus>, done: Done) {
    loop {
        let job = bus.next(Queue::Fetch).await.expect("a job");
        *done.lock().unwrap().entry(job.id.clone()).or_default() += 1;
        job.done().await.expect("to settle it");
    }
}

/// Adds its part of the jobs.
async fn send(bus: Arc<NatsBus>, part: usize) {
    for number in (0..JOBS).filter(|number| number % SENDERS == part) {
        bus.enqueue(Queue::Fetch, &number.to_string(), Bytes::from_static(b"work").into()).await.expect("to add it");
    }
}

async fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_mins(2), "{what} takes too long");
        sleep(Duration::from_millis(50)).await;
    }
}

/// What the server says of the queue.
async fn inside(server: &NatsServer) -> String {
    let jetstream = async_nats::jetstream::new(async_nats::connect(server.url()).await.unwrap());
    let mut stream = jetstream.get_stream("x-jobs-fetch").await.unwrap();
    let mut said = format!("{:?}", stream.info().await.unwrap().state);
    let mut consumers = stream.consumers();
    while let Some(consumer) = consumers.next().await {
        said = format!("{said} {:?}", consumer.unwrap());
    }
    said
}

async fn every_job_is_done_though_the_server_is_killed(version: &str) {
    let Some(mut server) = server("a killed server", version) else { return };
    let bus = connect(&server, "x").await;
    let done = Done::default();
    let workers: Vec<_> = (0..WORKERS).map(|_| tokio::spawn(work(Arc::clone(&bus), Arc::clone(&done)))).collect();
    let senders: Vec<_> = (0..SENDERS).map(|part| tokio::spawn(send(Arc::clone(&bus), part))).collect();
    let count = || done.lock().unwrap().len();
    for part in 1..=3 {
        wait_until("work", || count() >= JOBS * part / 5).await;
        println!("{} jobs done; kill -9", count());
        server.kill();
        sleep(Duration::from_millis(500)).await;
        server.start_again();
    }
    for sender in senders {
        sender.await.unwrap();
    }
    wait_until("the rest", || count() == JOBS).await;
    let begun = Instant::now();
    while bus.pending(Queue::Fetch).await.unwrap() > 0 {
        assert!(begun.elapsed() < Duration::from_mins(1), "jobs are left: {}", inside(&server).await);
        sleep(Duration::from_millis(100)).await;
    }
    for worker in workers {
        worker.abort();
    }
    let again = done.lock().unwrap().values().filter(|&&times| times > 1).count();
    // How many depends on when the server last wrote down what is done; 2.9 does so rarely.
    println!("{} jobs done, {again} of them more than once, 3 kills", count());
    assert!(bus.dead_letters(Queue::Fetch).await.unwrap().is_empty());
}

async fn work_goes_on_after_the_server_has_lost_everything(version: &str) {
    let Some(mut server) = server("a server without its files", version) else { return };
    let bus = connect(&server, "x").await;
    let done = Done::default();
    let workers: Vec<_> = (0..WORKERS).map(|_| tokio::spawn(work(Arc::clone(&bus), Arc::clone(&done)))).collect();
    let senders: Vec<_> = (0..SENDERS).map(|part| tokio::spawn(send(Arc::clone(&bus), part))).collect();
    let mut events = bus.subscribe(Topic::Runs).await.unwrap();
    bus.set_state("k", Bytes::from_static(b"1"), None).await.unwrap();
    let handle = BusHandle::new(Arc::clone(&bus) as Arc<dyn Bus>);
    let lease = Lease::acquire(&handle, "writer", "me", Duration::from_secs(2)).await.unwrap();
    let count = || done.lock().unwrap().len();
    wait_until("work", || count() >= JOBS / 3).await;
    println!("{} jobs done; kill -9, and its files are gone", count());
    server.kill();
    server.lose_files();
    sleep(Duration::from_millis(500)).await;
    server.start_again();
    for sender in senders {
        sender.await.expect("adding goes on");
    }
    let settled = async {
        while bus.pending(Queue::Fetch).await.unwrap() > 0 {
            sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(Duration::from_mins(1), settled).await.expect("work goes on");
    println!("{} of {JOBS} jobs done; the others were lost with the files", count());
    // The indexer plans anew, and asks again for what is missing.
    let missing: Vec<_> = {
        let done = done.lock().unwrap();
        (0..JOBS).map(|number| number.to_string()).filter(|id| !done.contains_key(id)).collect()
    };
    for id in &missing {
        bus.enqueue(Queue::Fetch, id, Bytes::new().into()).await.unwrap();
    }
    wait_until("the rest", || count() == JOBS).await;
    println!("{} jobs done after {} were asked for again", count(), missing.len());
    assert_eq!(bus.state("k").await.unwrap(), None, "state is lost as well, and can be read");
    bus.set_state("k", Bytes::from_static(b"2"), Some(0)).await.unwrap();
    bus.publish(Topic::Runs, Bytes::from_static(b"heard").into()).await.unwrap();
    assert_eq!(timeout(Duration::from_secs(5), events.next()).await.unwrap().unwrap().body, "heard");
    timeout(Duration::from_secs(5), lease.lost().cancelled()).await.expect("a lost lease is noticed");
    let next = Lease::acquire(&handle, "writer", "me", Duration::from_secs(2)).await.unwrap();
    assert!(next.token() > lease.token(), "tokens grow also then");
    for worker in workers {
        worker.abort();
    }
}

async fn a_late_word_about_a_lost_job_hits_no_other(version: &str) {
    let Some(mut server) = server("a late word", version) else { return };
    let bus = connect(&server, "x").await;
    let mut held = Vec::new();
    for id in ["done", "again", "given up", "dropped"] {
        bus.enqueue(Queue::Fetch, id, Bytes::from_static(b"old").into()).await.unwrap();
        held.push(bus.next(Queue::Fetch).await.unwrap());
    }
    server.kill();
    server.lose_files();
    server.start_again();
    // These have the numbers that the old ones had.
    for id in ["1", "2", "3", "4"] {
        bus.enqueue(Queue::Fetch, id, Bytes::from_static(b"new").into()).await.unwrap();
    }
    let mut taken = Vec::new();
    for _ in 0..4 {
        taken.push(bus.next(Queue::Fetch).await.unwrap());
    }
    drop(held.pop());
    held.pop().unwrap().fail("no good").await.expect("given up");
    held.pop().unwrap().retry(Duration::ZERO).await.expect("to come again");
    held.pop().unwrap().done().await.expect("done");
    assert_eq!(bus.pending(Queue::Fetch).await.unwrap(), 5, "the four, and the one that is to come again");
    assert_eq!(bus.dead_letters(Queue::Fetch).await.unwrap().len(), 1);
    let again = bus.next(Queue::Fetch).await.unwrap();
    assert_eq!((again.id.as_str(), &again.body[..]), ("again", &b"old"[..]));
    taken.push(again);
    for job in taken {
        job.done().await.unwrap();
    }
    assert_eq!(bus.pending(Queue::Fetch).await.unwrap(), 0);
}

async fn a_server_that_stays_away_is_an_error(version: &str) {
    let Some(mut server) = server("a server that stays away", version) else { return };
    let patience = Duration::from_secs(3);
    let bus = NatsBus::connect(NatsConfig { patience, ..config(&server, "x") }).await.unwrap();
    bus.enqueue(Queue::Fetch, "a", Bytes::new().into()).await.unwrap();
    let held = bus.next(Queue::Fetch).await.unwrap();
    server.kill();
    // What is said before anybody has noticed may be heard after all, when the server is there again.
    sleep(Duration::from_millis(500)).await;
    let begun = Instant::now();
    let (added, next, state, published, done) = tokio::join!(
        bus.enqueue(Queue::Fetch, "b", Bytes::new().into()),
        bus.next(Queue::Fetch),
        bus.state("k"),
        bus.publish(Topic::Runs, Bytes::new().into()),
        held.done(),
    );
    let errors = [added.unwrap_err(), next.unwrap_err(), state.unwrap_err(), published.unwrap_err(), done.unwrap_err()];
    for error in errors {
        assert!(matches!(error, BusError::Failed { .. }), "{error:?}");
    }
    let took = begun.elapsed();
    assert!(took >= patience && took < patience * 3, "{took:?}");
    // And when it is there again, all is well.
    server.start_again();
    bus.enqueue(Queue::Fetch, "c", Bytes::new().into()).await.unwrap();
    let mut left = std::collections::BTreeSet::new();
    while left.len() < 2 {
        let job = bus.next(Queue::Fetch).await.unwrap();
        left.insert(job.id.clone());
        job.done().await.unwrap();
    }
    assert!(left.contains("a") && left.contains("c"), "{left:?}");
}

async fn a_short_absence_is_not_noticed(version: &str) {
    let Some(mut server) = server("a short absence", version) else { return };
    let bus = connect(&server, "x").await;
    bus.enqueue(Queue::Fetch, "a", Bytes::new().into()).await.unwrap();
    let held = bus.next(Queue::Fetch).await.unwrap();
    server.stop();
    let calls = async {
        tokio::join!(
            async { held.done().await.expect("done") },
            async { bus.enqueue(Queue::Fetch, "b", Bytes::new().into()).await.expect("enqueue") },
            async { bus.set_state("k", Bytes::new(), Some(0)).await.expect("set") },
        )
    };
    let back = async {
        sleep(Duration::from_secs(2)).await;
        server.start_again();
    };
    tokio::join!(calls, back);
    let job = timeout(Duration::from_secs(5), bus.next(Queue::Fetch)).await.expect("soon").unwrap();
    assert_eq!(job.id, "b");
    job.done().await.unwrap();
    assert_eq!(bus.pending(Queue::Fetch).await.unwrap(), 0);
}

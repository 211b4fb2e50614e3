//! What every bus must do. An implementation's tests call [`all`] with a way to make an empty bus.

#![expect(clippy::expect_used, reason = "a suite for tests")]

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use romt_types::TraceParent;

use crate::{Bus, BusError, BusHandle, Enqueued, Lease, MAX_ATTEMPTS, MAX_MESSAGE, Message, Queue, Topic};

/// Nothing here takes longer; a bus that hangs fails the test instead.
const PATIENCE: Duration = Duration::from_mins(2);
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
        a_dead_letter_is_requeued_or_discarded(&*make().await).await;
        a_job_that_is_never_settled_is_given_up(&*make().await).await;
        any_text_is_an_id_and_a_key(&*make().await).await;
        what_is_too_large_is_named(&*make().await).await;
        a_waiting_worker_is_woken(make().await).await;
        giving_up_waiting_loses_no_job(make().await).await;
        many_workers_share_the_jobs(make().await).await;
        queues_do_not_mix(&*make().await).await;
        events_reach_every_listener(&*make().await).await;
        messages_say_which_trace_they_were_sent_in(&*make().await).await;
        a_job_keeps_its_trace_until_it_is_settled(&*make().await).await;
        a_slow_listener_misses_the_oldest(&*make().await).await;
        state_has_revisions(&*make().await).await;
        one_of_many_writers_wins(make().await).await;
        a_lease_has_one_holder(make().await).await;
        a_lease_that_is_not_renewed_is_taken_over(make().await).await;
    };
    let ended = tokio::time::timeout(PATIENCE, cases).await;
    assert!(ended.is_ok(), "the bus hangs");
}

async fn add(bus: &dyn Bus, id: &str) -> Enqueued {
    bus.enqueue(Queue::Fetch, id, Bytes::copy_from_slice(id.as_bytes()).into()).await.expect("enqueue")
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
    assert_eq!(bus.dead_letter(Queue::Fetch, "a").await.expect("the letter").as_ref(), dead.first());
    assert_eq!(bus.dead_letter(Queue::Fetch, "b").await.expect("no letter"), None);
    assert_eq!(bus.dead_letter(Queue::Fetched, "a").await.expect("no letter"), None, "not of that queue");
}

async fn a_dead_letter_is_requeued_or_discarded(bus: &dyn Bus) {
    for id in ["a", "b", "c"] {
        add(bus, id).await;
        bus.next(Queue::Fetch).await.expect("next").fail("first").await.expect("fail");
    }
    assert!(!bus.requeue(Queue::Fetch, "z").await.expect("requeue"), "there is none");
    assert!(!bus.requeue(Queue::Fetched, "a").await.expect("requeue"), "not of that queue");
    assert!(bus.requeue(Queue::Fetch, "a").await.expect("requeue"));
    assert!(bus.discard(Queue::Fetch, "b").await.expect("discard"));
    assert!(!bus.discard(Queue::Fetch, "b").await.expect("discard"), "it is gone");
    let again = bus.next(Queue::Fetch).await.expect("next");
    assert_eq!((again.id.as_str(), &again.body[..], again.attempt), ("a", &b"a"[..], 1));
    let letters = bus.dead_letters(Queue::Fetch).await.expect("dead letters");
    assert_eq!(letters.iter().map(|letter| letter.id.as_str()).collect::<Vec<_>>(), ["c"]);
    assert_eq!(letters[0].attempts, 1);
    assert!(letters[0].given_up > 1_700_000_000, "when it was given up is not told");
    again.fail("second\nwith ümlaut").await.expect("fail");
    add(bus, "c").await;
    bus.next(Queue::Fetch).await.expect("next").fail("newer").await.expect("fail");
    let letters = bus.dead_letters(Queue::Fetch).await.expect("dead letters");
    let told: Vec<_> = letters.iter().map(|letter| (letter.id.as_str(), letter.reason.as_str())).collect();
    assert_eq!(told, [("a", "second\nwith ümlaut"), ("c", "newer")], "one letter for each id, oldest first");
}

async fn a_job_that_is_never_settled_is_given_up(bus: &dyn Bus) {
    add(bus, "poison").await;
    for attempt in 1..=MAX_ATTEMPTS {
        let delivery = bus.next(Queue::Fetch).await.expect("next");
        assert_eq!(delivery.attempt, attempt);
        drop(delivery);
    }
    assert!(is_silent(bus, Queue::Fetch).await, "it came once more");
    let letters = bus.dead_letters(Queue::Fetch).await.expect("dead letters");
    assert_eq!(letters.len(), 1);
    assert_eq!((letters[0].id.as_str(), &letters[0].body[..]), ("poison", &b"poison"[..]));
    assert!(letters[0].reason.contains("never settled"), "{}", letters[0].reason);
    assert_eq!(bus.pending(Queue::Fetch).await.expect("pending"), 0);
}

async fn any_text_is_an_id_and_a_key(bus: &dyn Bus) {
    let long = "x".repeat(2_000);
    let texts = ["a.b", "a b", "*", ">", "ä=2E%", "two\nlines", "", "runs/last", &long];
    for text in texts {
        assert_eq!(add(bus, text).await, Enqueued::Added, "{text}");
        assert_eq!(add(bus, text).await, Enqueued::Duplicate, "{text}");
    }
    for text in texts {
        let delivery = bus.next(Queue::Fetch).await.expect("next");
        assert_eq!(delivery.id, text);
        delivery.done().await.expect("done");
    }
    for text in texts.iter().filter(|text| !text.is_empty() && text.len() < 1_000) {
        bus.set_state(text, Bytes::copy_from_slice(text.as_bytes()), Some(0)).await.expect("set");
        assert_eq!(bus.state(text).await.expect("state").expect("value").value, *text);
    }
}

async fn what_is_too_large_is_named(bus: &dyn Bus) {
    let large = Bytes::from(vec![b'x'; MAX_MESSAGE]);
    assert_eq!(bus.enqueue(Queue::Fetch, "large", large.clone().into()).await.expect("enqueue"), Enqueued::Added);
    let delivery = bus.next(Queue::Fetch).await.expect("next");
    assert_eq!(delivery.body.len(), MAX_MESSAGE);
    delivery.fail(&"long ".repeat(10_000)).await.expect("a dead letter has room for more than the job");
    let reason = &bus.dead_letters(Queue::Fetch).await.expect("dead letters")[0].reason;
    assert!(reason.starts_with("long long") && reason.len() <= 2_000, "{}", reason.len());
    let larger = Bytes::from(vec![b'x'; MAX_MESSAGE + 1]);
    let errors = [
        bus.enqueue(Queue::Fetch, "larger", larger.clone().into()).await.expect_err("too large"),
        bus.publish(Topic::Runs, larger.clone().into()).await.expect_err("too large"),
        bus.set_state("larger", larger.clone(), None).await.expect_err("too large"),
    ];
    for error in errors {
        let BusError::TooLarge { size, limit, .. } = error else { panic!("{error:?}") };
        assert_eq!((size, limit), (MAX_MESSAGE + 1, MAX_MESSAGE));
    }
    bus.publish(Topic::Runs, large.into()).await.expect("publish");
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
    bus.publish(Topic::Runs, Bytes::from_static(b"nobody hears this").into()).await.expect("publish");
    let mut one = bus.subscribe(Topic::Runs).await.expect("subscribe");
    let mut two = bus.subscribe(Topic::Runs).await.expect("subscribe");
    let mut other = bus.subscribe(Topic::Published).await.expect("subscribe");
    for body in ["first", "second"] {
        bus.publish(Topic::Runs, Bytes::from(body).into()).await.expect("publish");
    }
    for listener in [&mut one, &mut two] {
        assert_eq!(listener.next().await.expect("event").body, "first");
        assert_eq!(listener.next().await.expect("event").body, "second");
    }
    assert!(tokio::time::timeout(SILENCE, other.next()).await.is_err(), "topics mix");
}

fn trace(number: u64) -> Option<TraceParent> {
    TraceParent::new(u128::MAX - u128::from(number), number, number.is_multiple_of(2))
}

async fn messages_say_which_trace_they_were_sent_in(bus: &dyn Bus) {
    let mut listener = bus.subscribe(Topic::Runs).await.expect("subscribe");
    let traces = [None, trace(1), None, trace(2)];
    for (number, trace) in traces.into_iter().enumerate() {
        let message = Message { body: Bytes::from(number.to_string()), trace };
        bus.enqueue(Queue::Fetch, &number.to_string(), message.clone()).await.expect("enqueue");
        bus.publish(Topic::Runs, message).await.expect("publish");
    }
    for (number, trace) in traces.into_iter().enumerate() {
        let delivery = bus.next(Queue::Fetch).await.expect("next");
        assert_eq!((delivery.trace, &delivery.body[..]), (trace, number.to_string().as_bytes()));
        delivery.done().await.expect("done");
        let event = listener.next().await.expect("event");
        assert_eq!((event.trace, &event.body[..]), (trace, number.to_string().as_bytes()));
    }
}

async fn a_job_keeps_its_trace_until_it_is_settled(bus: &dyn Bus) {
    let message = Message { body: Bytes::from_static(b"a"), trace: trace(2) };
    bus.enqueue(Queue::Fetch, "a", message.clone()).await.expect("enqueue");
    let other = Message { trace: trace(4), ..message };
    assert_eq!(bus.enqueue(Queue::Fetch, "a", other).await.expect("enqueue"), Enqueued::Duplicate);
    drop(bus.next(Queue::Fetch).await.expect("next"));
    let again = bus.next(Queue::Fetch).await.expect("next");
    assert_eq!(again.trace, trace(2), "dropped");
    again.retry(Duration::ZERO).await.expect("retry");
    let again = bus.next(Queue::Fetch).await.expect("next");
    assert_eq!(again.trace, trace(2), "retried");
    again.fail("no such thing").await.expect("fail");
    assert!(bus.requeue(Queue::Fetch, "a").await.expect("requeue"));
    let requeued = bus.next(Queue::Fetch).await.expect("next");
    assert_eq!((requeued.trace, &requeued.body[..]), (None, &b"a"[..]), "that trace is over");
    requeued.done().await.expect("done");
}

async fn a_slow_listener_misses_the_oldest(bus: &dyn Bus) {
    const EVENTS: usize = 3_000;
    let mut listener = bus.subscribe(Topic::Runs).await.expect("subscribe");
    for number in 0..EVENTS {
        bus.publish(Topic::Runs, Bytes::from(number.to_string()).into()).await.expect("publish");
    }
    let last = (EVENTS - 1).to_string();
    let mut heard = 0;
    while listener.next().await.expect("event").body != last {
        heard += 1;
    }
    assert!(heard < EVENTS, "a listener that is slow is not waited for");
}

async fn one_of_many_writers_wins(bus: Arc<dyn Bus>) {
    const WRITERS: usize = 16;
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let bus = Arc::clone(&bus);
            tokio::spawn(async move {
                loop {
                    let entry = bus.state("counter").await.expect("state");
                    let (count, revision) = entry.map_or((0, 0), |entry| (entry.value.len(), entry.revision));
                    let next = Bytes::from(vec![b'1'; count + 1]);
                    match bus.set_state("counter", next, Some(revision)).await {
                        Ok(_) => return,
                        Err(BusError::Conflict { .. }) => {}
                        Err(error) => panic!("writer {writer}: {error}"),
                    }
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.expect("writer");
    }
    assert_eq!(bus.state("counter").await.expect("state").expect("value").value.len(), WRITERS, "a change was lost");
}

const TTL: Duration = Duration::from_millis(600);

async fn a_lease_has_one_holder(bus: Arc<dyn Bus>) {
    let bus = BusHandle::new(bus);
    let first = Lease::acquire(&bus, "writer", "one", TTL).await.expect("acquire");
    let other = Lease::acquire(&bus, "other role", "one", TTL).await.expect("acquire");
    assert!(first.is_held() && other.is_held());
    let second = tokio::time::timeout(TTL * 4, Lease::acquire(&bus, "writer", "two", TTL)).await;
    assert!(second.is_err(), "two hold it");
    assert!(first.is_held() && !first.lost().is_cancelled(), "it was not kept");
    let (token, lost) = (first.token(), first.lost());
    first.release().await.expect("release");
    assert!(lost.is_cancelled(), "who released it must not write");
    let begun = tokio::time::Instant::now();
    let second = Lease::acquire(&bus, "writer", "two", TTL).await.expect("acquire");
    assert!(begun.elapsed() < TTL, "what was released is free at once");
    assert!(second.token() > token, "tokens grow");
    drop(second);
    let begun = tokio::time::Instant::now();
    let third = Lease::acquire(&bus, "writer", "three", TTL).await.expect("acquire");
    assert!(begun.elapsed() < TTL, "what was dropped is free soon");
    third.release().await.expect("release");
}

/// A holder whose process is held and goes on later: here a thread with a runtime of its own, which is blocked.
async fn a_lease_that_is_not_renewed_is_taken_over(bus: Arc<dyn Bus>) {
    let bus = BusHandle::new(bus);
    let (acquired, wait_for_it) = std::sync::mpsc::channel();
    let (go_on, pause) = std::sync::mpsc::channel::<()>();
    let holder = {
        let bus = bus.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let lease = Lease::acquire(&bus, "writer", "paused", TTL).await.expect("acquire");
                acquired.send(lease.token()).expect("somebody to tell");
                // Nothing else of this runtime runs meanwhile, the renewal included.
                pause.recv().expect("to be let go on");
                let believes = lease.is_held();
                let told = tokio::time::timeout(TTL, lease.lost().cancelled_owned()).await.is_ok();
                (believes, told)
            })
        })
    };
    let token = tokio::task::spawn_blocking(move || wait_for_it.recv()).await.expect("a thread").expect("a token");
    let begun = tokio::time::Instant::now();
    let lease = Lease::acquire(&bus, "writer", "next", TTL).await.expect("acquire");
    assert!(begun.elapsed() >= TTL / 4 * 3, "it was taken while its holder believed in it");
    assert!(lease.token() > token, "tokens grow");
    go_on.send(()).expect("a thread");
    let (believes, told) =
        tokio::task::spawn_blocking(move || holder.join()).await.expect("a thread").expect("its end");
    assert!(!believes, "who was paused believes that it still holds it");
    assert!(told, "who was paused is not told");
    tokio::time::sleep(TTL).await;
    assert!(lease.is_held(), "the paused holder's drop or renewal has taken it away");
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

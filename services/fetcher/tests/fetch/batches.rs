//! What becomes of the items of batches.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::Response;
use bytes::Bytes;
use futures_util::stream;
use romt_bus::Queue;
use romt_bus::messages::{FetchItem, FetchOutcome, RunStep};
use romt_storage::StorageKey;
use romt_types::Digest;

use crate::support::{Fetcher, Upstream, batch, bytes, item, status};

fn reason(outcome: &FetchOutcome) -> &str {
    match outcome {
        FetchOutcome::Failed { reason } => reason,
        other => panic!("{other:?}"),
    }
}

async fn stored(fetcher: &Fetcher, item: &FetchItem) -> Option<Digest> {
    fetcher.storage.digest(&item.key.parse::<StorageKey>().unwrap()).await.unwrap()
}

#[tokio::test]
async fn every_item_has_its_outcome() {
    let (upstream, mut fetcher) = (Upstream::start().await, Fetcher::start(4).await);
    let (small, large) = (bytes(1, 20_000), bytes(2, 2_500_000));
    upstream.file("/small", &small);
    upstream.file("/large", &large);
    upstream.file("/liar", &small);
    upstream.file("/giant", &large);
    upstream.on("/secret", |_| status(403));
    let mut giant = item(&upstream, "giant", &large);
    giant.limit = 2_499_999;
    let items = vec![
        item(&upstream, "small", &small),
        item(&upstream, "gone", &small),
        item(&upstream, "large", &large),
        item(&upstream, "liar", &large),
        item(&upstream, "secret", &small),
        giant,
        FetchItem { key: "crates/../../etc/passwd".to_owned(), ..item(&upstream, "small", &small) },
        FetchItem { url: "file:///etc/passwd".to_owned(), ..item(&upstream, "other", &small) },
        FetchItem { url: "no address".to_owned(), ..item(&upstream, "another", &small) },
    ];
    let outcomes = fetcher.settle(items.clone()).await;
    assert_eq!(outcomes.len(), items.len());
    assert_eq!(outcomes[0], FetchOutcome::Downloaded { bytes: 20_000 });
    assert!(reason(&outcomes[1]).contains("/gone is not there (HTTP 404)"), "{outcomes:?}");
    assert_eq!(outcomes[2], FetchOutcome::Downloaded { bytes: 2_500_000 });
    let both = [Digest::of(&small).to_string(), Digest::of(&large).to_string()];
    assert!(both.iter().all(|digest| reason(&outcomes[3]).contains(digest)), "{outcomes:?}");
    assert_eq!(upstream.times_asked("/liar"), 2);
    assert!(reason(&outcomes[4]).contains("HTTP 403"), "{outcomes:?}");
    assert!(reason(&outcomes[5]).contains("more than 2499999 bytes"), "{outcomes:?}");
    for (outcome, why) in outcomes[6..].iter().zip(["not a key", "http://", "cannot be read"]) {
        assert!(reason(outcome).contains(why), "{outcome:?}");
    }
    assert_eq!(stored(&fetcher, &items[0]).await, Some(items[0].digest));
    assert_eq!(stored(&fetcher, &items[2]).await, Some(items[2].digest));
    assert_eq!(fetcher.files().len(), 2, "{:?}", fetcher.files());

    let mut sums = (0, 0);
    while sums.0 < 9 {
        if let RunStep::Fetched { files, failed, bytes } = fetcher.events.next().await.unwrap().step {
            sums = (sums.0 + files, sums.1 + failed);
            assert!(bytes <= 2 * 2_500_000 + 3 * 20_000);
        }
    }
    assert_eq!(sums, (9, 7));
    fetcher.stop().await;
    assert_eq!(fetcher.bus.port().pending(Queue::Fetch).await.unwrap(), 0);
}

#[tokio::test]
async fn what_is_there_is_not_asked_for() {
    let (upstream, fetcher) = (Upstream::start().await, Fetcher::start(4).await);
    let body = bytes(1, 600_000);
    upstream.file("/a", &body);
    let item = item(&upstream, "a", &body);
    assert_eq!(fetcher.settle(vec![item.clone()]).await, [FetchOutcome::Downloaded { bytes: 600_000 }]);
    assert_eq!(fetcher.settle(vec![item]).await, [FetchOutcome::Present]);
    assert_eq!(upstream.times_asked("/a"), 1);
}

#[tokio::test]
async fn a_spoilt_file_is_replaced() {
    let (upstream, fetcher) = (Upstream::start().await, Fetcher::start(4).await);
    let body = bytes(1, 20_000);
    upstream.file("/a", &body);
    let item = item(&upstream, "a", &body);
    fetcher.storage.put(&item.key.parse().unwrap(), Bytes::from_static(b"spoilt")).await.unwrap();
    assert_eq!(fetcher.settle(vec![item.clone()]).await, [FetchOutcome::Downloaded { bytes: 20_000 }]);
    assert_eq!(stored(&fetcher, &item).await, Some(item.digest));
}

#[tokio::test]
async fn a_bad_cache_is_passed_by() {
    let (upstream, fetcher) = (Upstream::start().await, Fetcher::start(4).await);
    let body = bytes(1, 20_000);
    let right = body.clone();
    upstream.on("/a", move |number| Response::new(if number == 0 { Body::from("bad") } else { right.clone().into() }));
    let outcomes = fetcher.settle(vec![item(&upstream, "a", &body)]).await;
    assert_eq!(outcomes, [FetchOutcome::Downloaded { bytes: 20_000 }]);
    assert_eq!(upstream.last_header("/a", "cache-control").as_deref(), Some("no-cache"));
}

#[tokio::test]
async fn one_download_per_key() {
    let (upstream, fetcher) = (Upstream::start().await, Fetcher::start(8).await);
    let body = bytes(1, 20_000);
    upstream.file("/a", &body);
    let mut outcomes = fetcher.settle(vec![item(&upstream, "a", &body); 6]).await;
    outcomes.sort_by_key(|outcome| matches!(outcome, FetchOutcome::Present));
    assert_eq!(outcomes[0], FetchOutcome::Downloaded { bytes: 20_000 });
    assert!(outcomes[1..].iter().all(|outcome| *outcome == FetchOutcome::Present), "{outcomes:?}");
    assert_eq!(upstream.times_asked("/a"), 1);
}

#[tokio::test]
async fn an_empty_batch_is_answered() {
    let fetcher = Fetcher::start(1).await;
    assert_eq!(fetcher.settle(Vec::new()).await, []);
}

#[tokio::test]
async fn a_slow_file_does_not_hold_the_next_batches() {
    let (upstream, fetcher) = (Upstream::start().await, Fetcher::start(2).await);
    upstream.on("/slow", |_| Response::new(Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>())));
    let body = bytes(1, 10);
    fetcher.bus.submit(&batch(1, vec![item(&upstream, "slow", &body)])).await.unwrap();
    for number in 2..20 {
        let name = format!("quick{number}");
        upstream.file(&format!("/{name}"), &body);
        fetcher.bus.submit(&batch(number, vec![item(&upstream, &name, &body)])).await.unwrap();
        assert_eq!(fetcher.answer().await.batch, number);
    }
}

#[tokio::test]
async fn no_more_files_at_once_than_jobs() {
    let (upstream, fetcher) = (Upstream::start().await, Fetcher::start(3).await);
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let body = bytes(1, 10);
    for batch_number in 0..4 {
        let names: Vec<String> = (0..5).map(|n| format!("x{batch_number}-{n}")).collect();
        for name in &names {
            let (now, most, body) = (Arc::clone(&now), Arc::clone(&most), body.clone());
            upstream.on(&format!("/{name}"), move |_| {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                let (now, body) = (Arc::clone(&now), body.clone());
                Response::new(Body::from_stream(stream::once(async move {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    now.fetch_sub(1, Ordering::SeqCst);
                    Ok::<_, std::io::Error>(body)
                })))
            });
        }
        let items = names.iter().map(|name| item(&upstream, name, &body)).collect();
        fetcher.bus.submit(&batch(batch_number, items)).await.unwrap();
    }
    for _ in 0..4 {
        let outcomes = fetcher.answer().await.outcomes;
        assert!(outcomes.iter().all(|outcome| *outcome == FetchOutcome::Downloaded { bytes: 10 }), "{outcomes:?}");
    }
    assert_eq!(most.load(Ordering::SeqCst), 3);
}

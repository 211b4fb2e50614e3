//! Stopping in the middle of things.

use axum::body::Body;
use axum::http::Response;
use futures_util::{StreamExt, stream};
use romt_bus::Queue;
use romt_bus::messages::FetchBatch;

use crate::support::{Fetcher, Upstream, batch, bytes, item};

#[tokio::test]
async fn an_idle_fetcher_stops() {
    Fetcher::start(2).await.stop().await;
}

#[tokio::test]
async fn what_is_in_work_goes_back_and_leaves_no_files() {
    let (upstream, mut fetcher) = (Upstream::start().await, Fetcher::start(2).await);
    let body = bytes(1, 5_000_000);
    for name in ["a", "b", "c"] {
        let start = body.slice(..3_000_000);
        upstream.on(&format!("/{name}"), move |_| {
            let start = start.clone();
            let hangs = stream::once(async { Ok::<_, std::io::Error>(start) }).chain(stream::pending());
            Response::new(Body::from_stream(hangs))
        });
    }
    let items = ["a", "b", "c"].map(|name| item(&upstream, name, &body)).to_vec();
    fetcher.bus.submit(&batch(1, items)).await.unwrap();
    fetcher.bytes_told(6_000_000).await;
    fetcher.stop().await;

    assert_eq!(fetcher.files(), Vec::<std::path::PathBuf>::new());
    assert_eq!(fetcher.bus.port().pending(Queue::Fetched).await.unwrap(), 0);
    let again = fetcher.bus.next_job::<FetchBatch>().await.unwrap();
    assert_eq!((again.attempt(), again.job.items.len()), (2, 3));
}

//! Large files: resumed, restarted, limited.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, Response, header};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use romt_upstream::{Cause, Client, ClientConfig, FetchError};

use crate::support::{Collected, bytes, client, config, cut, status, upstream};

const SIZE: usize = 300_000;
const HALF: usize = 100_000;

/// The whole file, with an `ETag`, cut in the middle.
fn cut_in_the_middle(etag: &str) -> Response<Body> {
    let answer = Response::builder().header(header::ETAG, etag).header(header::CONTENT_LENGTH, SIZE);
    answer.body(cut(vec![bytes(SIZE).slice(..HALF)])).unwrap()
}

/// The part that was asked for, as of version `etag`.
fn rest(headers: &HeaderMap, etag: &str) -> Response<Body> {
    let from: usize = headers[header::RANGE].to_str().unwrap()["bytes=".len()..].trim_end_matches('-').parse().unwrap();
    let range = format!("bytes {from}-{}/{SIZE}", SIZE - 1);
    let answer = Response::builder().status(206).header(header::ETAG, etag).header(header::CONTENT_RANGE, range);
    answer.body(Body::from(bytes(SIZE).slice(from..))).unwrap()
}

#[tokio::test]
async fn a_file_arrives_as_it_was_sent() {
    let (url, seen) = upstream(|_, _| {
        // The body is not gzip; nobody may try to unpack it.
        let answer = Response::builder().header(header::CONTENT_ENCODING, "gzip");
        answer.body(Body::from(bytes(SIZE))).unwrap()
    })
    .await;
    let mut sink = Collected::new(SIZE as u64);
    assert_eq!(client().download(&url, &mut sink).await.unwrap(), SIZE as u64);
    assert_eq!(sink.bytes, bytes(SIZE));
    assert_eq!(seen.header(0, "accept-encoding"), "identity");
    assert!(seen.header(0, "user-agent").starts_with("romt/"));
    assert_eq!(seen.header(0, "range"), "");
}

#[tokio::test]
async fn an_empty_file_is_a_file() {
    let (url, _) = upstream(|_, _| status(200)).await;
    let mut sink = Collected::new(10);
    assert_eq!(client().download(&url, &mut sink).await.unwrap(), 0);
}

#[tokio::test]
async fn a_cut_body_is_resumed() {
    let (url, seen) = upstream(|number, headers| match number {
        0 => cut_in_the_middle("\"one\""),
        _ => rest(headers, "\"one\""),
    })
    .await;
    let mut sink = Collected::new(SIZE as u64);
    client().download(&url, &mut sink).await.unwrap();
    assert_eq!(sink.bytes, bytes(SIZE));
    assert_eq!(seen.header(1, "range"), format!("bytes={HALF}-"));
    assert_eq!(seen.header(1, "if-range"), "\"one\"");
    assert_eq!((sink.restarts, seen.count()), (0, 2));
}

#[tokio::test]
async fn a_cut_body_begins_anew_where_ranges_are_unknown() {
    let (url, seen) = upstream(|number, _| match number {
        0 => cut_in_the_middle("\"one\""),
        _ => Response::new(Body::from(bytes(SIZE))),
    })
    .await;
    let mut sink = Collected::new(SIZE as u64);
    client().download(&url, &mut sink).await.unwrap();
    assert_eq!(sink.bytes, bytes(SIZE));
    assert_eq!((sink.restarts, seen.count()), (1, 2));
}

#[tokio::test]
async fn the_rest_of_another_version_is_not_taken() {
    let (url, seen) = upstream(|number, headers| match number {
        0 => cut_in_the_middle("\"one\""),
        1 => rest(headers, "\"two\""),
        _ => Response::new(Body::from(bytes(SIZE))),
    })
    .await;
    let mut sink = Collected::new(SIZE as u64);
    client().download(&url, &mut sink).await.unwrap();
    assert_eq!(sink.bytes, bytes(SIZE));
    assert_eq!((sink.restarts, seen.count()), (1, 3));
    assert_eq!(seen.header(2, "range"), "");
}

#[tokio::test]
async fn the_wrong_rest_is_not_taken() {
    for odd in ["bytes 0-299999/300000", "bytes 100000-199999/300000", "bytes 100000-300000/300001", "nonsense"] {
        let (url, _) = upstream(move |number, _| match number {
            0 => cut_in_the_middle("\"one\""),
            1 => {
                let answer = Response::builder().status(206).header(header::CONTENT_RANGE, odd);
                answer.body(Body::from("wrong")).unwrap()
            }
            _ => Response::new(Body::from(bytes(SIZE))),
        })
        .await;
        let mut sink = Collected::new(SIZE as u64);
        client().download(&url, &mut sink).await.unwrap();
        assert_eq!(sink.bytes, bytes(SIZE), "{odd}");
    }
}

#[tokio::test]
async fn a_refused_range_begins_anew() {
    let (url, _) = upstream(|number, _| match number {
        0 => cut_in_the_middle("\"one\""),
        1 => status(416),
        _ => Response::new(Body::from(bytes(SIZE))),
    })
    .await;
    let mut sink = Collected::new(SIZE as u64);
    client().download(&url, &mut sink).await.unwrap();
    assert_eq!(sink.bytes, bytes(SIZE));
}

#[tokio::test]
async fn many_cuts_are_survived_while_bytes_come() {
    let (url, seen) = upstream(|number, headers| {
        let from = number * 30_000;
        if number == 0 {
            return Response::builder()
                .header(header::CONTENT_LENGTH, SIZE)
                .body(cut(vec![bytes(SIZE).slice(..30_000)]))
                .unwrap();
        }
        assert_eq!(headers[header::RANGE], format!("bytes={from}-"));
        let range = format!("bytes {from}-{}/{SIZE}", SIZE - 1);
        let answer = Response::builder().status(206).header(header::CONTENT_RANGE, range);
        let answer = answer.header(header::CONTENT_LENGTH, SIZE - from);
        let piece = bytes(SIZE).slice(from..from + 30_000);
        answer.body(if number == 9 { Body::from(piece) } else { cut(vec![piece]) }).unwrap()
    })
    .await;
    let mut sink = Collected::new(SIZE as u64);
    client().download(&url, &mut sink).await.unwrap();
    assert_eq!(sink.bytes, bytes(SIZE));
    assert_eq!(seen.count(), 10, "more than the three attempts that may be in vain");
}

#[tokio::test]
async fn the_same_cut_again_and_again_is_given_up() {
    let (url, seen) = upstream(|_, _| cut_in_the_middle("\"one\"")).await;
    let mut sink = Collected::new(SIZE as u64);
    let error = client().download(&url, &mut sink).await.unwrap_err();
    assert!(matches!(error, FetchError::Unavailable { .. }), "{error}");
    assert_eq!(seen.count(), 3);
}

#[tokio::test]
async fn an_announced_giant_is_refused_at_once() {
    let (url, seen) = upstream(|_, _| Response::new(Body::from(bytes(SIZE)))).await;
    let mut sink = Collected::new(SIZE as u64 - 1);
    let error = client().download(&url, &mut sink).await.unwrap_err();
    assert!(matches!(error, FetchError::TooLarge { limit, .. } if limit == SIZE as u64 - 1), "{error}");
    assert!(sink.bytes.is_empty());
    assert_eq!(seen.count(), 1);
}

#[tokio::test]
async fn an_endless_body_ends_at_the_limit() {
    let (url, seen) = upstream(|_, _| {
        let endless = stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(&[7; 4096])));
        Response::new(Body::from_stream(endless))
    })
    .await;
    let mut sink = Collected::new(50_000);
    let error = client().download(&url, &mut sink).await.unwrap_err();
    assert!(matches!(error, FetchError::TooLarge { .. }), "{error}");
    assert_eq!(seen.count(), 1);
}

/// A client that watches the speed over 100 ms and tries twice.
fn hasty() -> Client {
    let mut config = ClientConfig { timeout: Duration::from_millis(100), ..config() };
    config.retry.attempts = 2;
    config.retry.budget = Duration::from_millis(300);
    Client::new(config).unwrap()
}

#[tokio::test]
async fn a_body_that_stops_is_given_up() {
    let (url, seen) = upstream(|_, _| {
        let stopped = stream::once(async { Ok::<_, std::io::Error>(bytes(10)) }).chain(stream::pending());
        Response::new(Body::from_stream(stopped))
    })
    .await;
    let error = hasty().download(&url, &mut Collected::new(1_000)).await.unwrap_err();
    assert!(matches!(error, FetchError::Unavailable { cause: Cause::Stalled { .. }, .. }), "{error}");
    assert_eq!(seen.count(), 2);
}

#[tokio::test]
async fn a_body_that_trickles_is_given_up() {
    let (url, _) = upstream(|_, _| {
        let trickle = stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(10)).await;
            Some((Ok::<_, std::io::Error>(Bytes::from_static(b"x")), ()))
        });
        Response::new(Body::from_stream(trickle))
    })
    .await;
    let error = hasty().download(&url, &mut Collected::new(1_000_000)).await.unwrap_err();
    assert!(matches!(error, FetchError::Unavailable { cause: Cause::Stalled { .. }, .. }), "{error}");
}

#[tokio::test]
async fn a_failing_sink_ends_it() {
    let (url, seen) = upstream(|_, _| Response::new(Body::from(bytes(SIZE)))).await;
    let mut sink = Collected { full: true, ..Collected::new(SIZE as u64) };
    let error = client().download(&url, &mut sink).await.unwrap_err();
    assert!(matches!(&error, FetchError::Sink { source, .. } if source.to_string() == "no space left"), "{error}");
    assert_eq!(seen.count(), 1);
}

#[tokio::test]
async fn caches_can_be_passed_by() {
    let (url, seen) = upstream(|_, _| status(200)).await;
    client().download_past_caches(&url, &mut Collected::new(1)).await.unwrap();
    assert_eq!(seen.header(0, "cache-control"), "no-cache");
}

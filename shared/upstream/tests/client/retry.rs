//! What is tried again, what is not, and how long a host is left alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Response, header};
use futures_util::{future, stream};
use romt_runtime::one_line;
use romt_upstream::{Answer, Cause, Client, ClientConfig, FetchError, RedirectError};

use crate::support::{Collected, bytes, client, config, status, upstream};

#[tokio::test]
async fn absent_and_refused_are_not_tried_again() {
    for code in [404, 410, 451] {
        let (url, seen) = upstream(move |_, _| status(code)).await;
        let error = client().download(&url, &mut Collected::new(1)).await.unwrap_err();
        assert!(matches!(error, FetchError::Absent { status, .. } if status == code), "{error}");
        assert_eq!(seen.count(), 1);
    }
    for code in [400, 401, 403, 416, 501, 204, 206] {
        let (url, seen) = upstream(move |_, _| status(code)).await;
        let error = client().download(&url, &mut Collected::new(1)).await.unwrap_err();
        assert!(matches!(error, FetchError::Refused { status, .. } if status == code), "{error}");
        assert!(error.to_string().contains(url.as_str()), "{error}");
        assert_eq!(seen.count(), 1);
    }
}

#[tokio::test]
async fn twice_503_and_then_right() {
    let (url, seen) = upstream(|number, _| match number {
        0 | 1 => status(503),
        _ => Response::new(Body::from(bytes(10))),
    })
    .await;
    let mut sink = Collected::new(10);
    client().download(&url, &mut sink).await.unwrap();
    assert_eq!(sink.bytes, bytes(10));
    assert_eq!(seen.count(), 3);
}

#[tokio::test]
async fn the_count_ends_it() {
    for code in [408, 425, 429, 500, 502, 503, 504] {
        let (url, seen) = upstream(move |_, _| status(code)).await;
        let error = client().get(&url, None, 1).await.unwrap_err();
        let FetchError::Unavailable { attempts: 3, cause: Cause::Status { status, .. }, .. } = error else {
            panic!("{error:?}");
        };
        assert_eq!((status, seen.count()), (code, 3));
    }
}

fn too_many(retry_after: &str) -> Response<Body> {
    Response::builder().status(429).header(header::RETRY_AFTER, retry_after).body(Body::empty()).unwrap()
}

/// Asks the first time, and is there afterwards.
fn asks_to_wait(number: usize) -> Response<Body> {
    if number == 0 { too_many("1") } else { Response::new(Body::from(bytes(10))) }
}

const NEARLY_A_SECOND: Duration = Duration::from_millis(950);

#[tokio::test]
async fn a_host_that_asks_to_wait_is_asked_again_then() {
    let (url, seen) = upstream(|number, _| asks_to_wait(number)).await;
    let began = Instant::now();
    client().get(&url, None, 10).await.unwrap();
    assert!(began.elapsed() >= NEARLY_A_SECOND, "{:?}", began.elapsed());
    assert_eq!(seen.count(), 2);
}

#[tokio::test]
async fn a_host_that_asks_to_wait_is_left_alone_by_all_transfers() {
    let (url, _) = upstream(|number, _| asks_to_wait(number)).await;
    let mut config = config();
    config.retry.attempts = 1;
    let client = Client::new(config).unwrap();
    let began = Instant::now();
    client.get(&url, None, 10).await.unwrap_err();
    client.get(&url, None, 10).await.unwrap();
    assert!(began.elapsed() >= NEARLY_A_SECOND, "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_wish_beyond_the_budget_is_not_waited_for() {
    let (url, seen) = upstream(|_, _| too_many("600")).await;
    let client = client();
    let error = client.get(&url, None, 10).await.unwrap_err();
    assert!(matches!(error, FetchError::Unavailable { attempts: 1, .. }), "{error}");
    let error = client.get(&url, None, 10).await.unwrap_err();
    assert!(matches!(error, FetchError::Unavailable { cause: Cause::Paused { .. }, .. }), "{error}");
    assert_eq!(seen.count(), 1, "it is not asked again before its time");
}

#[tokio::test]
async fn a_host_that_is_not_there_is_tried_again() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://user:secret@{}/", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let error = client().get(&url, None, 10).await.unwrap_err();
    assert!(matches!(error, FetchError::Unavailable { attempts: 3, cause: Cause::Connection { .. }, .. }), "{error}");
    let line = one_line(&error);
    assert!(line.contains("refused") && !line.contains("secret"), "{line}");
}

#[tokio::test]
async fn redirects_are_followed_up_to_ten() {
    let redirect = |to: &str| Response::builder().status(302).header(header::LOCATION, to).body(Body::empty()).unwrap();
    let (url, _) = upstream(move |number, _| match number {
        0..10 => redirect("/elsewhere"),
        _ => Response::new(Body::from(bytes(10))),
    })
    .await;
    let mut sink = Collected::new(10);
    client().download(&url, &mut sink).await.unwrap();
    assert_eq!(sink.bytes, bytes(10));

    let (url, seen) = upstream(move |_, _| redirect("/round")).await;
    let error = client().get(&url, None, 10).await.unwrap_err();
    assert!(matches!(error, FetchError::Redirect { source: RedirectError::TooMany, .. }), "{error}");
    assert_eq!(seen.count(), 11, "it is not tried again");

    let (url, _) = upstream(move |_, _| redirect("ftp://127.0.0.1/file")).await;
    let error = client().get(&url, None, 10).await.unwrap_err();
    assert!(matches!(error, FetchError::Redirect { source: RedirectError::Scheme { .. }, .. }), "{error}");
}

#[tokio::test]
async fn only_the_web_is_asked() {
    let error = client().get(&"file:///etc/passwd".parse().unwrap(), None, 10).await.unwrap_err();
    assert!(matches!(error, FetchError::Address { .. }), "{error}");
}

#[tokio::test]
async fn a_host_gets_no_more_than_its_share() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (counted, peak) = (Arc::clone(&now), Arc::clone(&most));
    let (url, seen) = upstream(move |_, _| {
        peak.fetch_max(counted.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        let counted = Arc::clone(&counted);
        Response::new(Body::from_stream(stream::once(async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            counted.fetch_sub(1, Ordering::SeqCst);
            Ok::<_, std::io::Error>(bytes(10))
        })))
    })
    .await;
    let client = Client::new(ClientConfig { host_limit: 3, ..config() }).unwrap();
    let answers = future::join_all((0..12).map(|_| client.get(&url, None, 10))).await;
    assert!(answers.into_iter().all(|answer| matches!(answer, Ok(Answer::Body { .. }))));
    assert_eq!((most.load(Ordering::SeqCst), seen.count()), (3, 12));
}

#[test]
fn a_contact_that_cannot_be_sent_is_refused() {
    let config = ClientConfig { contact: Some("a\nb".to_owned()), ..ClientConfig::default() };
    assert!(Client::new(config).unwrap_err().to_string().contains("a\\nb"));
}

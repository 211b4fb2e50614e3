//! Small files: conditional, unpacked, limited.

use std::io::Write;

use axum::body::Body;
use axum::http::{Response, header};
use flate2::Compression;
use flate2::write::GzEncoder;
use romt_upstream::{Answer, Cause, FetchError, Validators};

use crate::support::{bytes, client, cut, status, upstream};

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn gzip(body: Vec<u8>) -> Response<Body> {
    Response::builder().header(header::CONTENT_ENCODING, "gzip").body(body.into()).unwrap()
}

#[tokio::test]
async fn a_file_and_how_to_ask_again() {
    let (url, seen) = upstream(|number, headers| {
        if number > 0 {
            assert_eq!(headers[header::IF_NONE_MATCH], "W/\"v1\"");
            assert_eq!(headers[header::IF_MODIFIED_SINCE], "Mon, 23 Nov 2026 08:00:00 GMT");
            return status(304);
        }
        let answer = Response::builder().header(header::ETAG, "W/\"v1\"");
        answer.header(header::LAST_MODIFIED, "Mon, 23 Nov 2026 08:00:00 GMT").body("text".into()).unwrap()
    })
    .await;
    let client = client();
    let Answer::Body { bytes, validators } = client.get(&url, None, 4).await.unwrap() else { panic!("no body") };
    assert_eq!(bytes, "text");
    assert_eq!(client.get(&url, Some(&validators), 4).await.unwrap(), Answer::NotModified);
    assert_eq!(seen.count(), 2);
}

#[tokio::test]
async fn not_modified_is_no_answer_to_a_plain_question() {
    let (url, _) = upstream(|_, _| status(304)).await;
    for known in [None, Some(&Validators::default())] {
        let error = client().get(&url, known, 4).await.unwrap_err();
        assert!(matches!(error, FetchError::Refused { status: 304, .. }), "{error}");
    }
}

#[tokio::test]
async fn three_ways_not_to_be_there() {
    for code in [404, 410, 451] {
        let (url, seen) = upstream(move |_, _| status(code)).await;
        assert_eq!(client().get(&url, None, 4).await.unwrap(), Answer::Absent);
        assert_eq!(seen.count(), 1);
    }
}

#[tokio::test]
async fn gzip_is_unpacked() {
    for size in [0, 10, 500_000] {
        let (url, seen) = upstream(move |_, _| gzip(packed(&bytes(size)))).await;
        let answer = client().get(&url, None, size as u64).await.unwrap();
        assert!(matches!(answer, Answer::Body { bytes: body, .. } if body == bytes(size)));
        assert_eq!(seen.header(0, "accept-encoding"), "gzip");
    }
}

#[tokio::test]
async fn a_bomb_is_refused() {
    let (url, seen) = upstream(|_, _| gzip(packed(&vec![0; 20_000_000]))).await;
    let error = client().get(&url, None, 1_000_000).await.unwrap_err();
    assert!(matches!(error, FetchError::TooLarge { limit: 1_000_000, .. }), "{error}");
    assert_eq!(seen.count(), 1);
}

#[tokio::test]
async fn too_many_bytes_are_refused_announced_or_not() {
    for announced in [true, false] {
        let (url, _) = upstream(move |_, _| {
            let body = bytes(1_000);
            let pieces = futures_util::stream::iter([Ok::<_, std::io::Error>(body.clone())]);
            Response::new(if announced { Body::from(body) } else { Body::from_stream(pieces) })
        })
        .await;
        let error = client().get(&url, None, 999).await.unwrap_err();
        assert!(matches!(error, FetchError::TooLarge { .. }), "{error}");
    }
}

#[tokio::test]
async fn what_is_no_gzip_is_tried_again_and_given_up() {
    let (url, seen) = upstream(|_, _| gzip(b"not gzip at all".to_vec())).await;
    let error = client().get(&url, None, 100).await.unwrap_err();
    assert!(matches!(error, FetchError::Unavailable { cause: Cause::Garbled { .. }, attempts: 3, .. }), "{error}");
    assert_eq!(seen.count(), 3);
}

#[tokio::test]
async fn a_cut_body_is_asked_for_again() {
    let (url, _) = upstream(|number, _| match number {
        0 => Response::builder().header(header::CONTENT_LENGTH, 8).body(cut(vec![bytes(4)])).unwrap(),
        _ => Response::new(Body::from(bytes(8))),
    })
    .await;
    let answer = client().get(&url, None, 8).await.unwrap();
    assert!(matches!(answer, Answer::Body { bytes: body, .. } if body == bytes(8)));
}

//! New snapshots, seen while they come.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use romt_index::IndexLine;
use romt_server::build;
use romt_types::PrefixStyle;

use crate::mirror::{Mirror, Running, file_of, header};

/// Longer than anything here takes; a server that never follows fails the test instead of hanging it.
const PATIENCE: Duration = Duration::from_secs(30);

const INDEX: &str = "/crates-index/se/rd/serde";

/// Asks until `path` has this status.
async fn until(server: &Running, path: &str, status: StatusCode) {
    let asking = async {
        while server.status(path).await != status {
            tokio::task::yield_now().await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, asking).await.is_ok(), "{path} never became {status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_polls_never_sees_a_line_without_its_file() {
    const LAST: u32 = 25;
    let mirror = Mirror::of(&["serde@1.0.0"]).await;
    let server = mirror.serve().await;
    let publish = async {
        let mut ids = vec!["serde@1.0.0".to_owned()];
        for patch in 1..=LAST {
            let id = format!("serde@1.0.{patch}");
            mirror.store(&id, PrefixStyle::Lower, file_of(&id)).await;
            ids.push(id);
            let snapshot = mirror.publish(&ids.iter().map(String::as_str).collect::<Vec<_>>()).await;
            mirror.announce(&snapshot).await;
        }
    };
    let poll = async {
        let mut seen = 0;
        let mut kinds = 0;
        while seen <= LAST as usize {
            let text = server.text(INDEX).await;
            let lines: Vec<_> =
                romt_index::lines(text.as_bytes()).map(|line| IndexLine::parse(line).unwrap()).collect();
            assert!(lines.len() >= seen, "an older snapshot came after a newer one");
            kinds += usize::from(lines.len() > seen);
            seen = lines.len();
            let newest = lines.last().unwrap();
            let file = server.get(&format!("/crates/serde/serde-{}.crate", newest.version)).await;
            assert_eq!(file.status(), StatusCode::OK, "{}", newest.version);
            assert_eq!(header(&file, "etag"), Some(&*format!("\"{}\"", newest.cksum)));
        }
        kinds
    };
    let both = async { tokio::join!(publish, poll).1 };
    let kinds = tokio::time::timeout(PATIENCE, both).await.expect("the last version is never seen");
    assert!(kinds > 1, "nothing was published while the client polled");
    server.stop().await;
}

#[tokio::test]
async fn without_a_bus_the_server_looks_for_itself() {
    let mirror = Mirror::new();
    let mut context = mirror.context();
    context.bus = None;
    let server = Running::new(build(context).await.unwrap());
    // There is not even a repository.
    assert_eq!(server.status(INDEX).await, StatusCode::NOT_FOUND);
    assert!(server.text("/").await.contains("Nothing is published yet"));
    mirror.store("serde@1.0.0", PrefixStyle::Lower, file_of("serde@1.0.0")).await;
    let snapshot = mirror.publish(&["serde@1.0.0"]).await;
    until(&server, INDEX, StatusCode::OK).await;
    assert_eq!(server.status("/crates/serde/serde-1.0.0.crate").await, StatusCode::OK);
    assert!(server.text("/").await.contains(&snapshot.commit));
    server.stop().await;
}

#[tokio::test]
async fn a_file_that_stays_the_same_keeps_its_tag() {
    let mirror = Mirror::of(&["serde@1.0.0"]).await;
    let server = mirror.serve().await;
    let etag = header(&server.get(INDEX).await, "etag").unwrap().to_owned();
    let snapshot = mirror.publish(&["a@1.0.0"]).await;
    mirror.announce(&snapshot).await;
    until(&server, "/crates-index/1/a", StatusCode::OK).await;
    let again = server.ask(Method::GET, INDEX, &[("if-none-match", &etag)]).await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    server.stop().await;
}

#[tokio::test]
async fn what_is_published_no_more_is_gone() {
    let mirror = Mirror::of(&["serde@1.0.0", "serde@1.0.1"]).await;
    let server = mirror.serve().await;
    assert_eq!(server.status("/crates/serde/serde-1.0.0.crate").await, StatusCode::OK);
    let snapshot = mirror.publish(&["serde@1.0.1"]).await;
    mirror.announce(&snapshot).await;
    until(&server, "/crates/serde/serde-1.0.0.crate", StatusCode::NOT_FOUND).await;
    assert_eq!(server.status("/crates/serde/serde-1.0.1.crate").await, StatusCode::OK);
    server.stop().await;
}

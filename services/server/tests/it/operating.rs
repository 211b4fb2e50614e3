//! What those who run the server ask it, and the first page.

use bytes::Bytes;
use reqwest::{Method, StatusCode};
use romt_bus::messages::{LAST_RUN, RunSummary};

use crate::mirror::{Mirror, header};

#[tokio::test]
async fn a_server_is_alive_and_ready_also_with_nothing_to_serve() {
    let mirror = Mirror::new();
    let server = mirror.serve().await;
    assert_eq!(server.text("/healthz").await, "alive\n");
    let ready = server.get("/readyz").await;
    assert_eq!(ready.status(), StatusCode::OK);
    assert_eq!(ready.text().await.unwrap(), "index: ready\nstore: ready\n");
    server.stop().await;
}

#[tokio::test]
async fn a_server_without_its_store_is_not_ready() {
    let mirror = Mirror::of(&["serde@1.0.0"]).await;
    let server = mirror.serve().await;
    std::fs::remove_dir_all(mirror.folder.path()).unwrap();
    let ready = server.get("/readyz").await;
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
    let text = ready.text().await.unwrap();
    let folder = mirror.folder.path().canonicalize().unwrap_or_else(|_| mirror.folder.path().to_owned());
    assert!(text.contains(&format!("store: `{}` cannot be read", folder.display())), "{text}");
    assert_eq!(server.status("/healthz").await, StatusCode::OK);
    server.stop().await;
}

#[tokio::test]
async fn requests_are_counted() {
    let mirror = Mirror::of(&["serde@1.0.0"]).await;
    let server = mirror.serve().await;
    let body = server.text("/crates-index/se/rd/serde").await;
    server.status("/crates-index/un/kn/unknown").await;
    server.ask(Method::from_bytes(b"BREW").unwrap(), "/nothing", &[]).await;
    let metrics = server.get("/metrics").await;
    assert_eq!(header(&metrics, "content-type"), Some(romt_runtime::Metrics::CONTENT_TYPE));
    let metrics = metrics.text().await.unwrap();
    for expected in [
        r#"romt_http_requests_total{route="/crates-index/{*path}",method="GET",status="200"} 1"#,
        r#"romt_http_requests_total{route="/crates-index/{*path}",method="GET",status="404"} 1"#,
        r#"romt_http_requests_total{route="none",method="other",status="404"} 1"#,
        r#"romt_http_request_duration_seconds_count{route="/crates-index/{*path}"} 2"#,
        r#"romt_build_info{version="0.0.0"} 1"#,
    ] {
        assert!(metrics.contains(expected), "{expected}\n{metrics}");
    }
    let value = |name: &str| -> u64 {
        let line = metrics.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().parse().unwrap()
    };
    assert!(value("romt_http_response_bytes_total") >= body.len() as u64);
    assert!(value("romt_published_commit_timestamp_seconds") > 1_700_000_000);
    server.stop().await;
}

#[tokio::test]
async fn only_get_and_head_are_answered() {
    let mirror = Mirror::of(&["serde@1.0.0"]).await;
    mirror.put("dist/channel-rust-stable.toml", Bytes::new()).await;
    mirror.put("rustup/release-stable.toml", Bytes::new()).await;
    let server = mirror.serve().await;
    for path in [
        "/",
        "/crates-index/config.json",
        "/crates-index/se/rd/serde",
        "/crates/serde/1.0.0/download",
        "/dist/channel-rust-stable.toml",
        "/rustup/release-stable.toml",
        "/metrics",
    ] {
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
            let response = server.ask(method.clone(), path, &[]).await;
            assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
            assert_eq!(header(&response, "allow"), Some("GET,HEAD"), "{method} {path}");
        }
        assert_eq!(server.ask(Method::HEAD, path, &[]).await.status(), StatusCode::OK, "{path}");
    }
    server.stop().await;
}

#[tokio::test]
async fn the_first_page_is_for_the_one_who_asks() {
    let mirror = Mirror::of(&["serde@1.0.0"]).await;
    let summary = RunSummary { new: 41_234, ..RunSummary::default() };
    mirror.bus.set_state(LAST_RUN, &summary).await.unwrap();
    let server = mirror.serve().await;
    let page = server.ask(Method::GET, "/", &[("host", "mirror.example")]).await;
    assert_eq!(header(&page, "content-type"), Some("text/html; charset=utf-8"));
    assert!(header(&page, "content-security-policy").unwrap().contains("default-src 'none'"));
    let page = page.text().await.unwrap();
    assert!(page.contains("sparse+http://mirror.example/crates-index/"), "{page}");
    assert!(page.contains("41234"), "{page}");
    assert_eq!(server.ask(Method::GET, "/", &[("host", "a b")]).await.status(), StatusCode::BAD_REQUEST);
    server.stop().await;
}

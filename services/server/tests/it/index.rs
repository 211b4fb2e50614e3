//! The sparse index.

use reqwest::{Method, StatusCode};
use romt_server::{Config, build};

use crate::mirror::{Mirror, Running, file_of, header, line};

#[tokio::test]
async fn config_json_is_made_for_the_address_that_was_used() {
    let mirror = Mirror::new();
    let server = mirror.serve().await;
    let config = async |headers: &[(&'static str, &str)]| {
        let response = server.ask(Method::GET, "/crates-index/config.json", headers).await;
        assert_eq!(header(&response, "content-type"), Some("application/json"));
        assert_eq!(header(&response, "vary"), Some("X-Forwarded-Host, X-Forwarded-Proto"));
        response.text().await.unwrap()
    };
    insta::assert_snapshot!(
        config(&[("host", "mirror.example:8000")]).await,
        @r#"{"dl":"http://mirror.example:8000/crates/{crate}/{crate}-{version}.crate","api":"http://mirror.example:8000"}"#
    );
    let forwarded = [("host", "inside"), ("x-forwarded-proto", "https"), ("x-forwarded-host", "crates.example")];
    insta::assert_snapshot!(
        config(&forwarded).await,
        @r#"{"dl":"https://crates.example/crates/{crate}/{crate}-{version}.crate","api":"https://crates.example"}"#
    );
    assert!(config(&[]).await.contains(&format!("\"http://{}\"", server.address)));

    let etag = header(&server.get("/crates-index/config.json").await, "etag").unwrap().to_owned();
    let known = server.ask(Method::GET, "/crates-index/config.json", &[("if-none-match", &etag)]).await;
    assert_eq!(known.status(), StatusCode::NOT_MODIFIED);
    let other = [("if-none-match", &*etag), ("host", "mirror.example")];
    let other = server.ask(Method::GET, "/crates-index/config.json", &other).await;
    assert_eq!(other.status(), StatusCode::OK);

    let bad = server.ask(Method::GET, "/crates-index/config.json", &[("host", "<script>")]).await;
    assert_eq!(bad.status(), StatusCode::BAD_REQUEST);
    assert!(!bad.text().await.unwrap().contains('<'));
    server.stop().await;
}

#[tokio::test]
async fn the_server_url_stands_above_what_the_client_says() {
    let mirror = Mirror::new();
    let mut context = mirror.context();
    let server_url = Some("https://crates.example/rust/".parse().unwrap());
    context.config = Config { server_url, ..context.config };
    let service = build(context).await.unwrap();
    assert_eq!(service.base_url().as_str(), "https://crates.example/rust");
    let server = Running::new(service);
    let config = server.text("/crates-index/config.json").await;
    assert!(config.contains(r#""api":"https://crates.example/rust""#), "{config}");
    assert!(server.text("/").await.contains("sparse+https://crates.example/rust/crates-index/"));
    server.stop().await;
}

#[tokio::test]
async fn an_index_file_is_served_as_published() {
    let mirror = Mirror::of(&["ABcd@0.1.0", "ABcd@0.2.0", "a@1.0.0"]).await;
    let server = mirror.serve().await;
    let path = "/crates-index/ab/cd/abcd";
    let lines = line("ABcd@0.1.0", &file_of("ABcd@0.1.0")) + &line("ABcd@0.2.0", &file_of("ABcd@0.2.0"));

    let whole = server.get(path).await;
    assert_eq!(whole.status(), StatusCode::OK);
    let length = lines.len().to_string();
    let etag = header(&whole, "etag").unwrap().to_owned();
    let modified = header(&whole, "last-modified").unwrap().to_owned();
    let blob = romt_index::BlobId::of(lines.as_bytes()).unwrap();
    assert_eq!(etag, format!("\"{blob}\""));
    assert_eq!(header(&whole, "content-length"), Some(&*length));
    assert_eq!(header(&whole, "content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(header(&whole, "cache-control"), Some("public, max-age=0, must-revalidate"));
    assert_eq!(whole.text().await.unwrap(), lines);

    let head = server.ask(Method::HEAD, path, &[]).await;
    assert_eq!((head.status(), header(&head, "content-length")), (StatusCode::OK, Some(&*length)));
    assert_eq!(head.text().await.unwrap(), "");

    for condition in [("if-none-match", &*etag), ("if-none-match", "*"), ("if-modified-since", &modified)] {
        let response = server.ask(Method::GET, path, &[condition]).await;
        assert_eq!(response.status(), StatusCode::NOT_MODIFIED, "{condition:?}");
        assert_eq!(header(&response, "etag"), Some(&*etag));
        assert_eq!(response.text().await.unwrap(), "");
    }

    let part = server.ask(Method::GET, path, &[("range", "bytes=2-5")]).await;
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(header(&part, "content-range"), Some(&*format!("bytes 2-5/{length}")));
    assert_eq!(part.text().await.unwrap(), lines[2..6]);

    let outside = server.ask(Method::GET, path, &[("range", "bytes=100000-")]).await;
    assert_eq!(outside.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(header(&outside, "content-range"), Some(&*format!("bytes */{length}")));

    assert_eq!(server.status("/crates-index/ab/cd/abcd?x=1").await, StatusCode::OK);
    assert_eq!(server.status("/crates-index/1/a").await, StatusCode::OK);
    server.stop().await;
}

#[tokio::test]
async fn what_is_no_published_index_file_is_not_found() {
    let mirror = Mirror::of(&["ABcd@0.1.0"]).await;
    // A file of the tree that is nobody's index file.
    mirror.publish_files(vec![("secret".into(), "x".into()), ("config.json".into(), "x".into())]).await;
    let server = mirror.serve().await;
    for path in [
        "/crates-index/se/rd/serde",
        "/crates-index/AB/cd/ABcd",
        "/crates-index/ab/cd/ABcd",
        "/crates-index/ab/cd",
        "/crates-index/ab",
        "/crates-index/secret",
        "/crates-index/",
        "/crates-index",
        "/nothing",
    ] {
        let response = server.get(path).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(header(&response, "content-type"), Some("text/plain; charset=utf-8"), "{path}");
        // A cache must not take this for lasting.
        assert_eq!(header(&response, "cache-control"), Some("public, max-age=0, must-revalidate"), "{path}");
        assert!(response.text().await.unwrap().ends_with('\n'), "{path}");
    }
    insta::assert_snapshot!(server.text("/crates-index/se/rd/serde").await, @"`serde` is not published on this mirror");
    assert!(server.text("/crates-index/config.json").await.starts_with("{\"dl\""));
    server.stop().await;
}

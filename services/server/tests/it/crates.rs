//! The crate files.

use bytes::Bytes;
use reqwest::{Method, StatusCode};
use romt_server::build;
use romt_storage::{Storage, StorageKey};
use romt_types::{Digest, PrefixStyle};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::mirror::{Mirror, Running, file_of, header};

#[tokio::test]
async fn a_crate_file_is_had_in_three_ways() {
    let id = "ABcd@0.1.0+b.5";
    let mirror = Mirror::of(&[id]).await;
    let server = mirror.serve().await;
    for path in [
        "/crates/ABcd/ABcd-0.1.0+b.5.crate",
        "/crates/ABcd/ABcd-0.1.0%2Bb.5.crate",
        "/crates/ABcd/0.1.0+b.5/download",
        "/crates/ab/cd/ABcd/ABcd-0.1.0+b.5.crate",
        "/crates/AB/cd/ABcd/ABcd-0.1.0+b.5.crate",
        "/crates/ABcd/ABcd-0.1.0+b.5.crate?x=../..",
    ] {
        let response = server.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(header(&response, "content-type"), Some("application/gzip"));
        assert_eq!(header(&response, "etag"), Some(&*format!("\"{}\"", Digest::of(&file_of(id)))));
        assert_eq!(header(&response, "content-length"), Some(&*file_of(id).len().to_string()));
        assert!(header(&response, "last-modified").is_some());
        assert_eq!(response.bytes().await.unwrap(), file_of(id), "{path}");
    }
    server.stop().await;
}

/// Everything that HTTP has for those who hold a part already.
async fn caching_and_parts(server: Running) {
    let path = "/crates/a/a-1.0.0.crate";
    let file = file_of("a@1.0.0");
    let etag = format!("\"{}\"", Digest::of(&file));
    let last = file.len() - 1;

    let head = server.ask(Method::HEAD, path, &[]).await;
    assert_eq!(header(&head, "content-length"), Some(&*file.len().to_string()));
    assert_eq!(header(&head, "accept-ranges"), Some("bytes"));
    assert_eq!(head.bytes().await.unwrap(), Bytes::new());

    let known = server.ask(Method::GET, path, &[("if-none-match", &format!("\"x\", W/{etag}"))]).await;
    assert_eq!(known.status(), StatusCode::NOT_MODIFIED);

    for range in ["bytes=7-", &format!("bytes=7-{last}"), &format!("bytes=-{}", last - 6)] {
        let rest = server.ask(Method::GET, path, &[("range", range), ("if-range", &etag)]).await;
        assert_eq!(rest.status(), StatusCode::PARTIAL_CONTENT, "{range}");
        assert_eq!(header(&rest, "content-range"), Some(&*format!("bytes 7-{last}/{}", file.len())));
        assert_eq!(header(&rest, "content-length"), Some(&*(file.len() - 7).to_string()));
        assert_eq!(rest.bytes().await.unwrap(), file.slice(7..), "{range}");
    }
    let other = server.ask(Method::GET, path, &[("range", "bytes=7-"), ("if-range", "\"other\"")]).await;
    assert_eq!((other.status(), other.bytes().await.unwrap()), (StatusCode::OK, file.clone()));
    let several = server.ask(Method::GET, path, &[("range", "bytes=0-1,4-5")]).await;
    assert_eq!((several.status(), several.bytes().await.unwrap()), (StatusCode::OK, file.clone()));

    let outside = server.ask(Method::GET, path, &[("range", &format!("bytes={}-", file.len()))]).await;
    assert_eq!(outside.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    let failed = server.ask(Method::GET, path, &[("if-match", "\"other\"")]).await;
    assert_eq!(failed.status(), StatusCode::PRECONDITION_FAILED);
    server.stop().await;
}

#[tokio::test]
async fn caching_and_parts_from_a_folder() {
    caching_and_parts(Mirror::of(&["a@1.0.0"]).await.serve().await).await;
}

#[tokio::test]
async fn caching_and_parts_from_a_store_that_streams() {
    let mirror = Mirror::of(&["a@1.0.0"]).await;
    let mut context = mirror.context();
    context.storage = Storage::memory();
    let key = StorageKey::Crate { id: "a@1.0.0".parse().unwrap(), style: PrefixStyle::Lower };
    context.storage.put(&key, file_of("a@1.0.0")).await.unwrap();
    caching_and_parts(Running::new(build(context).await.unwrap())).await;
}

#[tokio::test]
async fn only_what_is_published_is_visible() {
    let mirror = Mirror::of(&["serde@1.0.0", "ABcd@0.1.0"]).await;
    // There, but not listed: the name is unknown, or the version is.
    mirror.store("hidden@1.0.0", PrefixStyle::Lower, file_of("hidden@1.0.0")).await;
    mirror.store("serde@1.0.1", PrefixStyle::Lower, file_of("serde@1.0.1")).await;
    // The same letters in another case are another crate.
    mirror.store("abcd@0.1.0", PrefixStyle::Lower, file_of("abcd@0.1.0")).await;
    // Listed, but not there.
    mirror.publish(&["gone@1.0.0"]).await;
    let server = mirror.serve().await;
    assert_eq!(server.status("/crates/serde/serde-1.0.0.crate").await, StatusCode::OK);
    for path in [
        "/crates/hidden/hidden-1.0.0.crate",
        "/crates/serde/serde-1.0.1.crate",
        "/crates/serde/1.0.1/download",
        "/crates/abcd/abcd-0.1.0.crate",
        "/crates/gone/gone-1.0.0.crate",
    ] {
        assert_eq!(server.status(path).await, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(server.status("/crates-index/go/ne/gone").await, StatusCode::OK);
    insta::assert_snapshot!(
        server.text("/crates/serde/serde-1.0.1.crate").await,
        @"`serde@1.0.1` is not published on this mirror"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_mirror_that_spells_prefixes_the_old_way_is_served_alike() {
    let mirror = Mirror::new();
    mirror.store("ABcd@0.1.0", PrefixStyle::Mixed, file_of("ABcd@0.1.0")).await;
    mirror.publish(&["ABcd@0.1.0"]).await;
    let server = mirror.serve().await;
    for path in ["/crates/ABcd/ABcd-0.1.0.crate", "/crates/ab/cd/ABcd/ABcd-0.1.0.crate"] {
        assert_eq!(server.get(path).await.bytes().await.unwrap(), file_of("ABcd@0.1.0"), "{path}");
    }
    server.stop().await;
}

/// Sends a request line as it is; clients would tidy it up.
async fn raw(server: &Running, target: &str) -> String {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let request = format!("GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn no_path_leads_to_another_file() {
    let mirror = Mirror::of(&["serde@1.0.0"]).await;
    mirror.storage.put(&StorageKey::CratesConfig, Bytes::from("SECRET")).await.unwrap();
    std::fs::create_dir_all(mirror.folder.path().join(".romt")).unwrap();
    std::fs::write(mirror.folder.path().join(".romt/lock"), "SECRET").unwrap();
    let server = mirror.serve().await;
    let file = "serde-1.0.0.crate";
    for target in [
        "/crates/config.toml",
        "/crates/../.romt/lock",
        "/.romt/lock",
        "/git/crates.io-index/HEAD",
        "/crates/%2e%2e/.romt/lock",
        "/crates/..%2f.romt%2flock",
        "/crates//.romt/lock",
        &format!("/crates/../crates/serde/{file}"),
        &format!("/crates/%2e%2e/serde/{file}"),
        &format!("/crates/%252e%252e/serde/{file}"),
        &format!("/crates//serde/{file}"),
        &format!("//crates/serde/{file}"),
        &format!("/crates/serde//{file}"),
        &format!("/crates/serde\\{file}"),
        &format!("/crates/serde%5c{file}"),
        &format!("/crates/serde%00/{file}"),
        &format!("/crates/serde/{file}%00"),
        &format!("/crates/serde/{file}/"),
        &format!("/crates/%ff/serde/{file}"),
        &format!("/crates/se%u0072de/{file}"),
        "/crates-index/se/rd/../rd/serde",
        "/crates-index/se/rd/%2e%2e/rd/serde",
        "/crates-index//se/rd/serde",
        "/crates-index/se%5crd%5cserde",
        "/crates-index/%73e/rd/serde%00",
        "/crates-index/%ff",
    ] {
        let answer = raw(&server, target).await;
        assert!(answer.starts_with("HTTP/1.1 404") || answer.starts_with("HTTP/1.1 400"), "{target}: {answer}");
        assert!(!answer.contains("SECRET") && !answer.contains("the bytes of"), "{target}: {answer}");
    }
    // Decoded once, these are what they should be.
    assert!(raw(&server, &format!("/crates/%73erde/{file}")).await.starts_with("HTTP/1.1 200"));
    assert!(raw(&server, "/crates-index/se/rd/%73erde").await.starts_with("HTTP/1.1 200"));
    server.stop().await;
}

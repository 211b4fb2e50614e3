//! The files of toolchains.

use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use reqwest::{Method, StatusCode};
use romt_server::build;
use romt_storage::Storage;

use crate::caching::caching_and_parts;
use crate::mirror::{Mirror, Running, header};

const PACKAGE: &str = "dist/2026-04-16/cargo-1.95.0-x86_64-unknown-linux-gnu.tar.xz";
const MANIFEST: &str = "dist/channel-rust-stable.toml";

const KEEP: &str = "public, max-age=31536000, immutable";
const ASK: &str = "public, max-age=0, must-revalidate";

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

fn bytes_of(key: &str) -> Bytes {
    format!("the bytes of {key}, whatever they are").into()
}

/// A mirror that holds these files of `dist/`.
async fn holding(keys: &[&str]) -> Mirror {
    Mirror::holding(&keys.iter().map(|key| (*key, bytes_of(key))).collect::<Vec<_>>()).await
}

#[tokio::test]
async fn row_126_every_file_of_a_toolchain_is_served_as_what_it_is() {
    let hash = "text/plain; charset=utf-8";
    let files = [
        ("dist/channel-rust-stable.toml", "application/toml", ASK),
        ("dist/channel-rust-stable.toml.sha256", hash, ASK),
        ("dist/channel-rust-stable.toml.asc", "application/pgp-signature", ASK),
        ("dist/channel-rust-nightly.toml", "application/toml", ASK),
        ("dist/channel-rust-1.95.0.toml", "application/toml", ASK),
        ("dist/channel-rust-1.95.toml.sha256", hash, ASK),
        ("dist/channel-rust-1.96.0-beta.2.toml", "application/toml", ASK),
        ("dist/2026-04-16/channel-rust-stable.toml", "application/toml", KEEP),
        ("dist/2026-04-16/channel-rust-stable.toml.sha256", hash, KEEP),
        ("dist/2026-04-16/channel-rust-1.95.0.toml.asc", "application/pgp-signature", KEEP),
        (PACKAGE, "application/x-xz", KEEP),
        (&format!("{PACKAGE}.sha256"), hash, KEEP),
        (&format!("{PACKAGE}.asc"), "application/pgp-signature", KEEP),
        ("dist/2026-04-16/rust-src-1.95.0.tar.gz", "application/gzip", KEEP),
        ("dist/2026-04-16/a+b_c-1.0.tar.xz", "application/x-xz", KEEP),
        ("dist/rust-1.0.0-i686-pc-windows-gnu.tar.gz.sha256", hash, ASK),
    ];
    let mirror = holding(&files.map(|(key, ..)| key)).await;
    let server = mirror.serve().await;
    for (key, media_type, cache) in files {
        for target in [format!("/{key}"), format!("/{key}?x=../.."), format!("/{}", key.replace("rust", "%72ust"))] {
            let response = server.get(&target).await;
            assert_eq!(response.status(), StatusCode::OK, "{target}");
            assert_eq!(header(&response, "content-type"), Some(media_type), "{target}");
            assert_eq!(header(&response, "cache-control"), Some(cache), "{target}");
            assert_eq!(header(&response, "x-content-type-options"), Some("nosniff"), "{target}");
            assert_eq!(header(&response, "content-length"), Some(&*bytes_of(key).len().to_string()), "{target}");
            assert_eq!(response.bytes().await.unwrap(), bytes_of(key), "{target}");
        }
        let head = server.ask(Method::HEAD, &format!("/{key}"), &[]).await;
        assert_eq!((head.status(), header(&head, "cache-control")), (StatusCode::OK, Some(cache)));
    }
    server.stop().await;
}

#[tokio::test]
async fn caching_and_parts_from_a_folder() {
    let mirror = holding(&[PACKAGE, MANIFEST]).await;
    let server = mirror.serve().await;
    for key in [PACKAGE, MANIFEST] {
        let path = format!("/{key}");
        let etag = header(&server.get(&path).await, "etag").unwrap().to_owned();
        caching_and_parts(&server, &path, &bytes_of(key), &etag).await;
    }
    server.stop().await;
}

#[tokio::test]
async fn caching_and_parts_from_a_store_that_streams() {
    let mirror = Mirror::new();
    let mut context = mirror.context();
    context.storage = Storage::memory();
    context.storage.put(&PACKAGE.parse().unwrap(), bytes_of(PACKAGE)).await.unwrap();
    let server = Running::new(build(context).await.unwrap());
    let path = format!("/{PACKAGE}");
    let etag = header(&server.get(&path).await, "etag").unwrap().to_owned();
    caching_and_parts(&server, &path, &bytes_of(PACKAGE), &etag).await;
    server.stop().await;
}

#[tokio::test]
async fn what_is_not_there_is_not_found_and_may_come_later() {
    let mirror = holding(&[MANIFEST]).await;
    std::fs::create_dir_all(mirror.folder.path().join("dist/2026-04-16/folder.tar.xz")).unwrap();
    let server = mirror.serve().await;
    for path in [
        &format!("/{PACKAGE}"),
        "/dist/channel-rust-beta.toml",
        "/dist/channel-rust-stable.toml.sha256",
        "/dist/2026-04-17/channel-rust-nightly.toml",
        "/dist/2026-04-16/folder.tar.xz",
        // What rustup asks for where there is no manifest: the first form of manifests, which is not mirrored.
        "/dist/channel-rust-1.95",
        "/dist/rust-1.95-x86_64-unknown-linux-gnu.tar.gz.sha256",
    ] {
        for method in [Method::GET, Method::HEAD] {
            let response = server.ask(method, path, &[("if-none-match", "*"), ("range", "bytes=0-")]).await;
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
            assert_eq!(header(&response, "cache-control"), Some(ASK), "a cache must not keep it: {path}");
        }
    }
    insta::assert_snapshot!(server.text(&format!("/{PACKAGE}")).await, @"`dist/2026-04-16/cargo-1.95.0-x86_64-unknown-linux-gnu.tar.xz` is not on this mirror");
    insta::assert_snapshot!(server.text("/dist/channel-rust-stable-date.txt").await, @"no file of a toolchain has this path");
    mirror.put(PACKAGE, bytes_of(PACKAGE)).await;
    assert_eq!(server.status(&format!("/{PACKAGE}")).await, StatusCode::OK);
    server.stop().await;
}

#[tokio::test]
async fn no_path_leads_to_another_file() {
    let mirror = holding(&[MANIFEST, PACKAGE]).await;
    let folder = mirror.folder.path();
    for secret in [
        ".romt/lock",
        "secret.tar.xz",
        "dist/secret",
        "dist/.hidden.tar.xz",
        "dist/2026-04-16/secret.tar.xz#1",
        "dist/2026-04-16/.secret.tar.xz.tmp",
    ] {
        let path = folder.join(secret);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "SECRET").unwrap();
    }
    let server = mirror.serve().await;
    let manifest = "channel-rust-stable.toml";
    for target in [
        "/dist",
        "/dist/",
        "/dist/2026-04-16",
        "/dist/2026-04-16/",
        "/dist/secret",
        "/dist/.hidden.tar.xz",
        "/dist/2026-04-16/secret.tar.xz%231",
        "/dist/2026-04-16/.secret.tar.xz.tmp",
        "/dist/../.romt/lock",
        "/dist/%2e%2e/.romt/lock",
        "/dist/..%2f.romt%2flock",
        "/dist/../secret.tar.xz",
        "/dist/%2e%2e/secret.tar.xz",
        "/dist/..%2fsecret.tar.xz",
        "/dist/2026-04-16/../../secret.tar.xz",
        "/dist/..\\secret.tar.xz",
        "/dist/%2fsecret.tar.xz",
        &format!("/dist//{manifest}"),
        &format!("//dist/{manifest}"),
        &format!("/dist/./{manifest}"),
        &format!("/dist/{manifest}/"),
        &format!("/dist/{manifest}%00"),
        &format!("/dist/{manifest}%20"),
        &format!("/dist/%252e/{manifest}"),
        &format!("/dist/%ff{manifest}"),
        &format!("/rustup/../dist/{manifest}"),
        "/dist/channel-rust-*.toml",
        "/dist/Channel-Rust-Stable.toml",
    ] {
        let answer = server.raw(target).await;
        assert!(answer.starts_with("HTTP/1.1 404") || answer.starts_with("HTTP/1.1 400"), "{target}: {answer}");
        assert!(!answer.contains("SECRET") && !answer.contains("the bytes of"), "{target}: {answer}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_manifest_that_is_replaced_is_another_file_at_once() {
    let mirror = holding(&[MANIFEST]).await;
    let server = mirror.serve().await;
    let path = format!("/{MANIFEST}");
    let old = header(&server.get(&path).await, "etag").unwrap().to_owned();
    // As many bytes as before.
    let new = Bytes::from(bytes_of(MANIFEST).to_ascii_uppercase());
    mirror.put(MANIFEST, new.clone()).await;
    let changed = server.ask(Method::GET, &path, &[("if-none-match", &old)]).await;
    assert_eq!(changed.status(), StatusCode::OK);
    assert_ne!(header(&changed, "etag"), Some(&*old));
    assert_eq!(changed.bytes().await.unwrap(), new);
    // Nobody gets the end of one file to the beginning of the other.
    let rest = server.ask(Method::GET, &path, &[("range", "bytes=7-"), ("if-range", &old)]).await;
    assert_eq!((rest.status(), rest.bytes().await.unwrap()), (StatusCode::OK, new));
    server.stop().await;
}

#[tokio::test]
async fn a_download_goes_on_with_the_file_it_began_with() {
    const SIZE: usize = 24 << 20;
    let mirror = Mirror::holding(&[(PACKAGE, vec![b'a'; SIZE].into())]).await;
    let server = mirror.serve().await;
    let response = server.get(&format!("/{PACKAGE}")).await;
    let mut body = response.bytes_stream();
    let mut received = body.next().await.unwrap().unwrap().len();
    // More is left than sockets hold, so the server still has most of it to read.
    mirror.put(PACKAGE, vec![b'b'; SIZE].into()).await;
    while let Some(piece) = body.next().await {
        let piece = piece.unwrap();
        assert!(piece.iter().all(|&b| b == b'a'));
        received += piece.len();
    }
    assert_eq!(received, SIZE);
    // The same when it is taken away.
    let mut body = server.get(&format!("/{PACKAGE}")).await.bytes_stream();
    let mut received = body.next().await.unwrap().unwrap().len();
    mirror.storage.delete(&PACKAGE.parse().unwrap()).await.unwrap();
    while let Some(piece) = body.next().await {
        received += piece.unwrap().len();
    }
    assert_eq!(received, SIZE);
    assert_eq!(server.status(&format!("/{PACKAGE}")).await, StatusCode::NOT_FOUND);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_answer_is_of_one_state_of_a_file_that_changes_all_the_time() {
    const TIMES: u8 = 200;
    let state = |number: u8| Bytes::from(vec![number; 10_000 + usize::from(number)]);
    let mirror = Mirror::holding(&[(MANIFEST, state(0))]).await;
    let server = mirror.serve().await;
    let replace = async {
        for number in 1..=TIMES {
            mirror.put(MANIFEST, state(number)).await;
        }
    };
    let poll = async {
        let (mut last, mut states) = (0, 0);
        while last < TIMES {
            let response = server.get(&format!("/{MANIFEST}")).await;
            assert_eq!(response.status(), StatusCode::OK);
            let length = header(&response, "content-length").unwrap().to_owned();
            let body = response.bytes().await.unwrap();
            let number = body[0];
            assert_eq!((body.len().to_string(), body.clone()), (length, state(number)));
            assert!(number >= last, "an older state came after a newer one");
            states += usize::from(number > last);
            last = number;
        }
        states
    };
    let both = async { tokio::join!(replace, poll).1 };
    let states = tokio::time::timeout(PATIENCE, both).await.expect("the last state is never seen");
    assert!(states > 1, "nothing changed while the client polled");
    server.stop().await;
}

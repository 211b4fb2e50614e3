//! The releases of rustup, and what those are told who want to use them.

use bytes::Bytes;
use reqwest::{Method, StatusCode};

use crate::caching::caching_and_parts;
use crate::mirror::{Mirror, header};

const STABLE: &str = "rustup/release-stable.toml";
const ARCHIVED: &str = "rustup/archive/1.29.0/x86_64-unknown-linux-gnu/rustup-init";
const UNDATED: &str = "rustup/dist/x86_64-unknown-linux-gnu/rustup-init";

const KEEP: &str = "public, max-age=31536000, immutable";
const ASK: &str = "public, max-age=0, must-revalidate";

fn bytes_of(key: &str) -> Bytes {
    format!("the bytes of {key}, whatever they are").into()
}

/// A mirror that holds these files of `rustup/`.
async fn holding(keys: &[&str]) -> Mirror {
    Mirror::holding(&keys.iter().map(|key| (*key, bytes_of(key))).collect::<Vec<_>>()).await
}

#[tokio::test]
async fn row_126_every_file_of_rustup_is_served_as_what_it_is() {
    let (bytes, hash) = ("application/octet-stream", "text/plain; charset=utf-8");
    let files = [
        (STABLE, "application/toml", ASK),
        (ARCHIVED, bytes, KEEP),
        (&format!("{ARCHIVED}.sha256"), hash, KEEP),
        ("rustup/archive/1.29.0/x86_64-pc-windows-msvc/rustup-init.exe", bytes, KEEP),
        ("rustup/archive/1.29.0/x86_64-pc-windows-msvc/rustup-init.exe.sha256", hash, KEEP),
        (UNDATED, bytes, ASK),
        (&format!("{UNDATED}.sha256"), hash, ASK),
        ("rustup/dist/aarch64-pc-windows-msvc/rustup-init.exe", bytes, ASK),
    ];
    let mirror = holding(&files.map(|(key, ..)| key)).await;
    let server = mirror.serve().await;
    for (key, media_type, cache) in files {
        for method in [Method::GET, Method::HEAD] {
            let response = server.ask(method.clone(), &format!("/{key}"), &[]).await;
            assert_eq!(response.status(), StatusCode::OK, "{key}");
            assert_eq!(header(&response, "content-type"), Some(media_type), "{key}");
            assert_eq!(header(&response, "cache-control"), Some(cache), "{key}");
            assert_eq!(header(&response, "content-length"), Some(&*bytes_of(key).len().to_string()), "{key}");
            let sent = if method == Method::HEAD { Bytes::new() } else { bytes_of(key) };
            assert_eq!(response.bytes().await.unwrap(), sent, "{key}");
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn caching_and_parts_from_a_folder() {
    let mirror = holding(&[STABLE, ARCHIVED, UNDATED]).await;
    let server = mirror.serve().await;
    for key in [STABLE, ARCHIVED, UNDATED] {
        let path = format!("/{key}");
        let etag = header(&server.get(&path).await, "etag").unwrap().to_owned();
        caching_and_parts(&server, &path, &bytes_of(key), &etag).await;
    }
    server.stop().await;
}

#[tokio::test]
async fn nothing_else_is_served() {
    let mirror = holding(&[STABLE, ARCHIVED]).await;
    let folder = mirror.folder.path();
    for secret in [
        "rustup/secret",
        "rustup/rustup-init.sh",
        "rustup/archive/1.29.0/x86_64-unknown-linux-gnu/secret",
        "rustup/archive/1.29.0/x86_64-unknown-linux-gnu/rustup-init.exe",
        "rustup/archive/junk/x86_64-unknown-linux-gnu/rustup-init",
        "rustup/archive/1.29.0/x86_64-unknown-linux-gnu/rustup-init#1",
        ".romt/lock",
    ] {
        let path = folder.join(secret);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "SECRET").unwrap();
    }
    let server = mirror.serve().await;
    for target in [
        "/rustup",
        "/rustup/",
        "/rustup/archive",
        "/rustup/archive/",
        "/rustup/archive/1.29.0/",
        "/rustup/archive/1.29.0/x86_64-unknown-linux-gnu",
        "/rustup/archive/1.29.0/x86_64-unknown-linux-gnu/",
        "/rustup/archive/1.29.0/x86_64-unknown-linux-gnu/secret",
        "/rustup/archive/1.29.0/x86_64-unknown-linux-gnu/rustup-init.exe",
        "/rustup/archive/1.29.0/x86_64-unknown-linux-gnu/rustup-init%231",
        "/rustup/archive/1.29.0/../1.29.0/x86_64-unknown-linux-gnu/rustup-init",
        "/rustup/archive/1.29.0/%2e%2e/1.29.0/x86_64-unknown-linux-gnu/rustup-init",
        "/rustup/archive//1.29.0/x86_64-unknown-linux-gnu/rustup-init",
        "/rustup/archive/01.29.0/x86_64-unknown-linux-gnu/rustup-init",
        "/rustup/archive/1.29.1/x86_64-unknown-linux-gnu/rustup-init",
        "/rustup/archive/junk/x86_64-unknown-linux-gnu/rustup-init",
        "/rustup/archive/1.29.0/aarch64-apple-darwin/rustup-init",
        "/rustup/dist/x86_64-unknown-linux-gnu/rustup-init",
        "/rustup/dist/../archive/1.29.0/x86_64-unknown-linux-gnu/rustup-init",
        "/rustup/release-stable.toml.sha256",
        "/rustup/release-stable.toml/",
        "/rustup/release-beta.toml",
        "/rustup/rustup-init.sh",
        "/rustup/secret",
        "/rustup/../.romt/lock",
        "/rustup/%2e%2e/.romt/lock",
        "/rustup/..%2f.romt%2flock",
    ] {
        let answer = server.raw(target).await;
        assert!(answer.starts_with("HTTP/1.1 404"), "{target}: {answer}");
        assert!(!answer.contains("SECRET") && !answer.contains("the bytes of"), "{target}: {answer}");
    }
    insta::assert_snapshot!(server.text(&format!("/{UNDATED}")).await, @"`rustup/dist/x86_64-unknown-linux-gnu/rustup-init` is not on this mirror");
    insta::assert_snapshot!(server.text("/rustup/secret").await, @"no file of rustup has this path");
    server.stop().await;
}

#[tokio::test]
async fn a_new_stable_release_is_seen_at_once() {
    let mirror = holding(&[STABLE, UNDATED]).await;
    let server = mirror.serve().await;
    for key in [STABLE, UNDATED] {
        let path = format!("/{key}");
        let old = header(&server.get(&path).await, "etag").unwrap().to_owned();
        mirror.put(key, Bytes::from_static(b"newer")).await;
        let changed = server.ask(Method::GET, &path, &[("if-none-match", &old)]).await;
        assert_eq!((changed.status(), changed.bytes().await.unwrap()), (StatusCode::OK, Bytes::from_static(b"newer")));
    }
    server.stop().await;
}

#[tokio::test]
async fn the_first_page_tells_of_what_there_is_for_rustup() {
    let mirror = Mirror::of(&["serde@1.0.0"]).await;
    let server = mirror.serve().await;
    let page = || async {
        let page = server.ask(Method::GET, "/", &[("host", "mirror.example")]).await.text().await.unwrap();
        (
            page.contains("RUSTUP_DIST_SERVER=http://mirror.example\n"),
            page.contains("RUSTUP_UPDATE_ROOT=http://mirror.example/rustup\n"),
        )
    };
    assert_eq!(page().await, (false, false));
    mirror.put("dist/channel-rust-stable.toml", Bytes::new()).await;
    assert_eq!(page().await, (true, false));
    mirror.put(STABLE, Bytes::new()).await;
    assert_eq!(page().await, (true, true));
    server.stop().await;
}

//! The crate files.

use bytes::Bytes;
use reqwest::StatusCode;
use romt_server::build;
use romt_storage::{Storage, StorageKey};
use romt_types::{Digest, PrefixStyle};

use crate::caching::caching_and_parts;
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

const PATH: &str = "/crates/a/a-1.0.0.crate";

fn etag() -> String {
    format!("\"{}\"", Digest::of(&file_of("a@1.0.0")))
}

#[tokio::test]
async fn caching_and_parts_from_a_folder() {
    let mirror = Mirror::of(&["a@1.0.0"]).await;
    let server = mirror.serve().await;
    caching_and_parts(&server, PATH, &file_of("a@1.0.0"), &etag()).await;
    server.stop().await;
}

#[tokio::test]
async fn caching_and_parts_from_a_store_that_streams() {
    let mirror = Mirror::of(&["a@1.0.0"]).await;
    let mut context = mirror.context();
    context.storage = Storage::memory();
    let key = StorageKey::Crate { id: "a@1.0.0".parse().unwrap(), style: PrefixStyle::Lower };
    context.storage.put(&key, file_of("a@1.0.0")).await.unwrap();
    let server = Running::new(build(context).await.unwrap());
    caching_and_parts(&server, PATH, &file_of("a@1.0.0"), &etag()).await;
    server.stop().await;
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
        let answer = server.raw(target).await;
        assert!(answer.starts_with("HTTP/1.1 404") || answer.starts_with("HTTP/1.1 400"), "{target}: {answer}");
        assert!(!answer.contains("SECRET") && !answer.contains("the bytes of"), "{target}: {answer}");
    }
    // Decoded once, these are what they should be.
    assert!(server.raw(&format!("/crates/%73erde/{file}")).await.starts_with("HTTP/1.1 200"));
    assert!(server.raw("/crates-index/se/rd/%73erde").await.starts_with("HTTP/1.1 200"));
    server.stop().await;
}

//! Connections: kept, multiplexed, and ended in good order.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use reqwest::{StatusCode, Version};
use romt_server::{BindError, build};
use romt_types::PrefixStyle;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::mirror::{Mirror, Running, client, file_of, line};

const CRATE: &str = "/crates/serde/serde-1.0.0.crate";
/// More than sockets buffer on both sides.
const LARGE: usize = 24 * 1024 * 1024;

/// A mirror with one crate whose file is large.
async fn large() -> (Mirror, Bytes) {
    let mirror = Mirror::new();
    let file: Bytes = (0..LARGE).map(|n| u8::try_from(n % 251).unwrap()).collect();
    mirror.store("serde@1.0.0", PrefixStyle::Lower, file.clone()).await;
    mirror.publish_files(vec![("se/rd/serde".into(), line("serde@1.0.0", &file))]).await;
    (mirror, file)
}

/// Sends a request on an open connection.
async fn send(stream: &mut TcpStream, path: &str) {
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await.unwrap();
}

/// Reads an answer's head.
async fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let mirror = Mirror::of(&["serde@1.0.0"]).await;
    let server = mirror.serve().await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    for _ in 0..3 {
        send(&mut stream, CRATE).await;
        assert!(head(&mut stream).await.starts_with("HTTP/1.1 200"));
        let mut body = vec![0; file_of("serde@1.0.0").len()];
        stream.read_exact(&mut body).await.unwrap();
        assert_eq!(body, file_of("serde@1.0.0"));
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn http_2_is_spoken_with_those_who_begin_with_it() {
    let (mirror, file) = large().await;
    let server = mirror.serve().await;
    let client = client().http2_prior_knowledge().build().unwrap();
    let url = server.url(CRATE);
    let ask = async || {
        let response = client.get(&url).send().await.unwrap();
        assert_eq!((response.version(), response.status()), (Version::HTTP_2, StatusCode::OK));
        assert_eq!(response.bytes().await.unwrap(), file);
    };
    join_all((0..4).map(|_| ask())).await;
    let config = client.get(server.url("/crates-index/config.json")).send().await.unwrap().text().await.unwrap();
    assert!(config.contains(&format!("\"http://{}\"", server.address)), "{config}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_being_answered_ends_before_the_server_does() {
    let (mirror, file) = large().await;
    let server = mirror.serve().await;
    let address = server.address;
    let mut idle = TcpStream::connect(address).await.unwrap();
    let mut silent = TcpStream::connect(address).await.unwrap();
    send(&mut idle, "/healthz").await;
    head(&mut idle).await;
    let mut busy = TcpStream::connect(address).await.unwrap();
    send(&mut busy, CRATE).await;
    assert!(head(&mut busy).await.starts_with("HTTP/1.1 200"));

    server.token.cancel();
    // These two are closed although nothing of theirs is waited for.
    let mut rest = Vec::new();
    idle.read_to_end(&mut rest).await.unwrap();
    assert_eq!(rest, b"alive\n");
    assert_eq!(silent.read(&mut [0]).await.unwrap(), 0);
    assert!(!server.task.is_finished(), "the server did not wait");
    let mut body = Vec::new();
    busy.read_to_end(&mut body).await.unwrap();
    assert!(body == file, "{} of {} bytes came", body.len(), file.len());
    server.task.await.unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_will_not_read_does_not_hold_the_server_up() {
    let (mirror, file) = large().await;
    let server = mirror.serve().await;
    let mut busy = TcpStream::connect(server.address).await.unwrap();
    send(&mut busy, CRATE).await;
    head(&mut busy).await;
    server.token.cancel();
    let ended = tokio::time::timeout(Duration::from_secs(20), server.task).await;
    ended.expect("the server hangs").unwrap().unwrap();
    let mut body = Vec::new();
    // What was sent can be read; then the connection is closed or reset.
    let _ = busy.read_to_end(&mut body).await;
    assert!(body.len() < file.len());
}

#[tokio::test]
async fn a_port_in_use_is_an_error_that_can_be_told() {
    let mirror = Mirror::of(&["serde@1.0.0"]).await;
    let server = mirror.serve().await;
    let mut context = mirror.context();
    context.config.port = server.address.port();
    let error = build(context).await.unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(BindError::InUse { address }) if *address == server.address));
    assert_eq!(error.to_string(), format!("{} is in use", server.address));
    server.stop().await;
}

#[tokio::test]
async fn localhost_is_reached_at_every_address_it_has() {
    let mirror = Mirror::new();
    let mut context = mirror.context();
    context.config.bind = "localhost".to_owned();
    let service = build(context).await.unwrap();
    let addresses = service.addresses().to_vec();
    assert_eq!(service.base_url().as_str(), format!("http://localhost:{}", addresses[0].port()));
    let server = Running::new(service);
    for address in addresses {
        let response = server.client.get(format!("http://{address}/crates-index/config.json")).send().await.unwrap();
        assert!(response.text().await.unwrap().contains(&format!("\"http://{address}\"")));
    }
    server.stop().await;
}

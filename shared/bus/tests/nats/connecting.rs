//! Finding the server, and being let in.

use std::time::Duration;

use bytes::Bytes;
use romt_bus::{Bus, BusAddress, ConnectError, NatsBus, NatsConfig, Queue};
use romt_testkit::NatsServer;
use tokio::time::{Instant, sleep};

use crate::support::{config, on_both, program, server};

on_both!(
    many_connect_at_once,
    a_server_that_comes_late_is_waited_for,
    a_server_that_never_comes_is_named,
    a_server_without_jetstream_is_named,
    credentials_are_needed_and_not_shown,
    somebody_elses_stream_is_left_alone,
    one_who_only_looks_makes_nothing,
);

async fn many_connect_at_once(version: &str) {
    let Some(server) = server("services that start at once", version) else { return };
    let services: Vec<_> = (0..8).map(|_| tokio::spawn(NatsBus::connect(config(&server, "x")))).collect();
    for (number, service) in services.into_iter().enumerate() {
        let bus = service.await.unwrap().expect("each finds what it needs");
        bus.enqueue(Queue::Fetch, &number.to_string(), Bytes::new().into()).await.unwrap();
        assert_eq!(bus.pending(Queue::Fetch).await.unwrap(), number as u64 + 1);
    }
    // Another version of romt with other limits finds it as well, and changes them.
    let other = NatsConfig { capacity: 4, ..config(&server, "x") };
    NatsBus::connect(other).await.expect("limits can be changed");
}

async fn a_server_that_comes_late_is_waited_for(version: &str) {
    let Some(mut server) = server("a late server", version) else { return };
    server.kill();
    let connecting = tokio::spawn(NatsBus::connect(config(&server, "x")));
    sleep(Duration::from_secs(1)).await;
    server.start_again();
    connecting.await.unwrap().expect("a bus");
}

async fn a_server_that_never_comes_is_named(version: &str) {
    let Some(mut server) = server("no server", version) else { return };
    server.kill();
    let begun = Instant::now();
    let config = NatsConfig { patience: Duration::from_secs(1), ..config(&server, "x") };
    let error = NatsBus::connect(config).await.unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert!(matches!(error, ConnectError::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().contains(&server.url()) && error.hint().contains("nats-server"), "{error}");
}

async fn a_server_without_jetstream_is_named(version: &str) {
    let Some(program) = program("no JetStream", version) else { return };
    let server = NatsServer::start_with(&program, &[]);
    let error = NatsBus::connect(config(&server, "x")).await.unwrap_err();
    assert!(matches!(error, ConnectError::NoJetStream { .. }), "{error:?}");
    assert!(error.hint().contains("--jetstream"));
}

async fn credentials_are_needed_and_not_shown(version: &str) {
    let Some(program) = program("credentials", version) else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, "s3cret\n").unwrap();
    let at = |address: &str| match address.parse().unwrap() {
        BusAddress::Nats(config) => NatsBus::connect(config),
        BusAddress::Memory => unreachable!(),
    };
    let server = NatsServer::start_with(&program, &["--jetstream", "--user", "ann", "--pass", "s3cret"]);
    let host = server.url().replace("nats://", "");
    at(&format!("nats://ann:s3cret@{host}")).await.expect("let in");
    at(&format!("nats://ann@{host}?password-file={}", file.display())).await.expect("let in");
    for address in [format!("nats://{host}"), format!("nats://ann:wr0ng@{host}")] {
        let error = at(&address).await.unwrap_err();
        assert!(matches!(error, ConnectError::Refused { .. }), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("wr0ng"));
    }
    let missing = at(&format!("nats://{host}?creds-file=/nowhere")).await.unwrap_err();
    assert!(missing.to_string().contains("/nowhere"), "{missing}");

    let server = NatsServer::start_with(&program, &["--jetstream", "--auth", "s3cret"]);
    let host = server.url().replace("nats://", "");
    at(&format!("nats://s3cret@{host}")).await.expect("let in");
    at(&format!("nats://{host}?token-file={}", file.display())).await.expect("let in");
}

async fn somebody_elses_stream_is_left_alone(version: &str) {
    let Some(server) = server("a foreign stream", version) else { return };
    let client = async_nats::connect(server.url()).await.unwrap();
    let jetstream = async_nats::jetstream::new(client);
    let foreign = async_nats::jetstream::stream::Config {
        name: "x-jobs-fetch".to_owned(),
        subjects: vec!["orders.>".to_owned()],
        ..Default::default()
    };
    jetstream.create_stream(foreign).await.unwrap();
    let error = NatsBus::connect(config(&server, "x")).await.unwrap_err();
    let ConnectError::Layout { source, .. } = &error else { panic!("{error:?}") };
    assert!(source.to_string().contains("x-jobs-fetch"), "{source}");
}

async fn one_who_only_looks_makes_nothing(version: &str) {
    let Some(server) = server("looking for a deployment", version) else { return };
    for _ in 0..2 {
        // Had the first made anything, the second would find it.
        let error = NatsBus::find(config(&server, "typo")).await.unwrap_err();
        assert!(matches!(&error, ConnectError::NoDeployment { deployment, .. } if deployment == "typo"), "{error:?}");
    }
    let made = NatsBus::connect(config(&server, "x")).await.unwrap();
    made.enqueue(Queue::Fetch, "a", Bytes::new().into()).await.unwrap();
    let found = NatsBus::find(config(&server, "x")).await.expect("it is there");
    assert_eq!(found.pending(Queue::Fetch).await.unwrap(), 1);
    assert!(NatsBus::find(config(&server, "typo")).await.is_err(), "another deployment is none of that name");
}

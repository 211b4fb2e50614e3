//! What those who run a deployment see.

use romt_testkit::{FakeCrate, Upstream};
use romt_tests::{Deployment, SYNCED};

/// The address in the line that tells of the admin page.
fn admin_page(line: &str) -> Option<String> {
    let address = line.split_once("the admin page is there")?.1.split_once("address=")?.1;
    address.split_whitespace().next().map(str::to_owned)
}

#[test]
fn a_service_is_ready_while_bus_and_store_answer() {
    let upstream = Upstream::start();
    upstream.publish(FakeCrate::new("one", "1.0.0"));
    let Some(mut deployment) = Deployment::start("a_service_is_ready", &upstream) else { return };
    let fetcher = deployment.fetcher();
    let indexer = deployment.indexer(&["--crate", "one"]);
    indexer.wait_for_lines(1, SYNCED);
    let pages = [&fetcher, &indexer].map(|service| service.wait_for_line(admin_page));
    for page in &pages {
        let healthy = deployment.run(&["healthcheck", "--admin", page]).succeeds();
        healthy.says("bus: ready").says("store: ready");
    }
    deployment.nats.stop();
    for page in &pages {
        let url = format!("http://{page}/readyz");
        deployment.run(&["healthcheck", "--url", &url]).exits_with(1).says("bus: ").says("store: ready");
        deployment.run(&["healthcheck", "--url", &format!("http://{page}/healthz")]).succeeds();
    }
    deployment.nats.start_again();
    for (page, service) in pages.iter().zip([&fetcher, &indexer]) {
        service.wait_for_lines(2, "connected to NATS");
        deployment.run(&["healthcheck", "--admin", page]).succeeds();
    }
    deployment.run(&["healthcheck", "--admin", "127.0.0.1:1"]).exits_with(1).says("hint: ");
}

#[test]
fn what_cannot_be_is_said_with_a_hint() {
    let upstream = Upstream::start();
    let Some(mut deployment) = Deployment::start("what_cannot_be", &upstream) else { return };
    deployment.set("ROMT_INBOX", "inbox");
    for verb in ["fetcher", "indexer", "packer", "server", "sync"] {
        deployment.run(&[verb, "--bus", "memory:"]).exits_with(2).says("`romt up`");
        deployment.run(&[verb, "--bus", "localhost"]).exits_with(2).says("--bus");
    }
    deployment.set("ROMT_INBOX", "");
    deployment.run(&["fetcher", "--store", "memory:"]).exits_with(2).says("hint: ");
    deployment.run(&["fetcher", "--store", "gs://x"]).exits_with(2).says("--store");
    deployment.run(&["fetcher", "--admin", "nowhere"]).exits_with(1).says("--admin");
    deployment.run(&["indexer", "--lockfile", "lost"]).exits_with(1).says("lost");
    deployment
        .run(&["indexer", "--crate", "one", "--inbox", "inbox"])
        .exits_with(2)
        .says("not from both")
        .says("hint: ");
    deployment.run(&["packer"]).exits_with(2).says("neither an outbox nor an inbox").says("hint: ");
    deployment.write("file", "");
    deployment.run(&["packer", "--outbox", "file/outbox"]).exits_with(1).says("--outbox");
    deployment.run(&["packer", "--inbox", "file"]).exits_with(1).says("--inbox");
    deployment.set("ROMT_BUS", "");
    deployment.run(&["fetcher"]).exits_with(2).says("`romt up`");
}

#[test]
fn a_bus_that_comes_later_is_waited_for() {
    let upstream = Upstream::start();
    upstream.publish(FakeCrate::new("one", "1.0.0"));
    let Some(mut deployment) = Deployment::start("a_bus_that_comes_later", &upstream) else { return };
    deployment.nats.stop();
    let indexer = deployment.indexer(&["--crate", "one"]);
    let fetcher = deployment.fetcher();
    indexer.wait_for_lines(1, "NATS cannot be reached; trying again");
    deployment.nats.start_again();
    indexer.wait_for_lines(1, SYNCED);
    assert_eq!(deployment.audit(&upstream), ["one@1.0.0"]);
    fetcher.terminate().succeeds();
    indexer.terminate().succeeds();

    // One that is stopped while it waits.
    deployment.nats.stop();
    let fetcher = deployment.fetcher();
    fetcher.wait_for_lines(1, "NATS cannot be reached; trying again");
    fetcher.terminate().succeeds();
}

#[test]
fn the_status_tells_of_services_queues_and_the_last_run() {
    let upstream = Upstream::start();
    upstream.publish(FakeCrate::new("one", "1.0.0"));
    let Some(deployment) = Deployment::start("the_status", &upstream) else { return };
    deployment.run(&["status"]).exits_with(1).says("there is no deployment `romt`");
    deployment.run(&["sync"]).exits_with(1).says("there is no deployment `romt`").says("hint: ");
    // It is made as a service does, which then leaves.
    let address = deployment.nats.url().parse().expect("an address");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    drop(runtime.block_on(romt_bus::connect(&address)).expect("a bus"));
    let alone = deployment.run(&["status"]).succeeds();
    assert!(alone.stdout.contains("no service answers") && alone.stdout.contains("last run none yet"), "{alone}");
    let server = deployment.server(&[]);
    let _fetchers = [deployment.fetcher(), deployment.fetcher()];
    let indexer = deployment.indexer(&["--crate", "one", "--crate", "lost"]);
    indexer.wait_for_lines(1, SYNCED);
    let standby = deployment.indexer(&["--crate", "one"]);
    standby.wait_for_lines(1, "somebody else has the role; waiting");

    let status = deployment.run(&["status", "--json"]).succeeds();
    let status: serde_json::Value = serde_json::from_str(&status.stdout).expect("JSON");
    let services = status["services"].as_array().expect("services");
    let mut found: Vec<_> = services.iter().map(|one| (&one["service"], &one["note"], &one["troubles"])).collect();
    found.sort_by_key(|(service, note, _)| format!("{service} {note}"));
    let found = serde_json::to_string(&found).expect("JSON");
    assert_eq!(
        found,
        r#"[["fetcher",null,[]],["fetcher",null,[]],["indexer","at work",[]],["indexer","standby",[]],["server",null,[]]]"#
    );
    assert_eq!((&status["last_run"]["new"], &status["last_run"]["failed"]), (&1.into(), &1.into()));
    assert!(status["queues"].as_array().is_some_and(|queues| queues.iter().all(|queue| queue["waiting"] == 0)));
    let shown = deployment.run(&["status"]).succeeds();
    assert!(shown.stdout.contains("1 new, 0 removed, 1 could not be had"), "{shown}");
    server.into_process().terminate().succeeds();
}

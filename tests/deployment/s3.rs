//! The same with a bucket of an S3 service in place of the folder.

use std::time::Duration;

use romt_testkit::scenario::{self, FAMILY_DEPENDENCY, FAMILY_TREE};
use romt_testkit::{FakeCrate, FaultyS3, Mischief, Place, Project, S3Fault, S3Kind, S3Server, Upstream, not_run};
use romt_tests::{Deployment, IS_INDEXER, SYNCED, tell};

fn start(test: &str, upstream: &Upstream) -> Option<(S3Server, Deployment)> {
    let Some(s3) = S3Server::start(S3Kind::Moto) else {
        not_run(test, S3Kind::Moto.how_to_install());
        return None;
    };
    let deployment = Deployment::start_with_bucket(test, upstream, &s3)?;
    Some((s3, deployment))
}

#[test]
fn cargo_builds_from_a_bucket_also_after_the_indexers_volume_was_lost() {
    let upstream = Upstream::start();
    scenario::family(&upstream);
    let mut app = Project::new(&upstream.index_url(), FAMILY_DEPENDENCY, &["parent"]);
    app.cargo(&["generate-lockfile"]).succeeds();
    let Some((_s3, mut deployment)) = start("cargo_builds_from_a_bucket", &upstream) else { return };
    deployment.take(&app.lockfile());
    deployment.set("ROMT_DATA", "server");
    let server = deployment.server(&[]);
    let _fetcher = deployment.fetcher();
    deployment.set("ROMT_DATA", "indexer-1");
    let indexer = deployment.indexer(&["--lockfile", "Cargo.lock"]);
    indexer.wait_for_lines(1, SYNCED);
    indexer.terminate().succeeds();

    // Another indexer, whose volume is empty.
    upstream.publish(FakeCrate::new("late", "1.0.0"));
    deployment.set("ROMT_DATA", "indexer-2");
    let indexer = deployment.indexer(&["--lockfile", "Cargo.lock", "--crate", "late"]);
    indexer.wait_for_lines(1, SYNCED);
    drop(upstream);
    server.process().wait_for_lines(2, "serving what is newly published");
    let late = server.get("/crates-index/la/te/late").text();
    assert!(late.contains("\"vers\":\"1.0.0\""), "{late}");
    app.use_registry(&server.index_url());
    assert_eq!(app.build_and_run(), FAMILY_TREE);
    indexer.terminate().succeeds();
}

#[test]
fn an_indexer_paused_beyond_its_lease_publishes_nothing_any_more() {
    let upstream = Upstream::start();
    upstream.misbehave(Place::Everything, Mischief::SlowAnswer { by: Duration::from_millis(20) });
    scenario::crowd(&upstream, 60);
    let Some((_s3, mut deployment)) = start("an_indexer_paused", &upstream) else { return };
    deployment.set("ROMT_DATA", "server");
    let server = deployment.server(&[]);
    let _fetcher = deployment.fetcher();
    deployment.set("ROMT_DATA", "indexer-1");
    let first = deployment.indexer(&["--crate", "everyone"]);
    first.wait_for_lines(1, IS_INDEXER);
    upstream.wait_until(|came| came.len() >= 60);
    first.pause(true);
    deployment.set("ROMT_DATA", "indexer-2");
    let second = deployment.indexer(&["--crate", "everyone"]);
    second.wait_for_lines(1, SYNCED);
    first.pause(false);
    first.wait_for_lines(1, "standing by");
    upstream.publish(FakeCrate::new("member-000", "1.1.0"));
    deployment.sync();
    server.process().wait_for_lines(2, "serving what is newly published");
    let lines = server.get("/crates-index/me/mb/member-000").text();
    assert!(lines.contains("\"vers\":\"1.0.0\"") && lines.contains("\"vers\":\"1.1.0\""), "{lines}");
    first.terminate().succeeds().never_says(SYNCED);
    second.terminate().succeeds();
}

#[test]
fn a_service_that_fails_now_and_then_loses_nothing() {
    let upstream = Upstream::start();
    scenario::crowd(&upstream, 60);
    let Some((s3, mut deployment)) = start("a_service_that_fails", &upstream) else { return };
    let faulty = FaultyS3::start(s3.address(), |request| match request.number % 12 {
        3 => S3Fault::Status(500),
        5 => S3Fault::Slow(Duration::from_millis(300)),
        7 => S3Fault::LostRequest,
        9 => S3Fault::Status(503),
        _ => S3Fault::None,
    });
    deployment.set("ROMT_S3_ENDPOINT", &faulty.endpoint());
    let _fetchers = [deployment.fetcher(), deployment.fetcher()];
    deployment.set("ROMT_DATA", "indexer");
    let indexer = deployment.indexer(&["--crate", "everyone"]);
    indexer.wait_for_lines(1, IS_INDEXER);
    deployment.sync();
    assert!(faulty.failed() > 20, "{} of {} requests", faulty.failed(), faulty.asked());
    tell(&format!("of {} requests to S3 {} were failed or slow", faulty.asked(), faulty.failed()));
    deployment.set("ROMT_DATA", "server");
    let server = deployment.server(&[]);
    faulty.change(|_| S3Fault::None);
    for n in 0..60 {
        let name = format!("member-{n:03}");
        let lines = server.get(&format!("/crates-index/me/mb/{name}")).text();
        assert!(lines.contains("\"vers\":\"1.0.0\""), "{name}: {lines}");
        let file = server.get(&format!("/crates/{name}/{name}-1.0.0.crate"));
        let id = format!("{name}@1.0.0").parse().expect("an id");
        assert_eq!(Some(file.body), upstream.file(&id), "{name}");
    }
}

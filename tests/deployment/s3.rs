//! The same with a bucket of an S3 service in place of the folder.

use std::time::Duration;

use romt_testkit::scenario::{self, FAMILY_DEPENDENCY, FAMILY_TREE};
use romt_testkit::{FakeCrate, Mischief, Place, Project, S3Kind, S3Server, Upstream, not_run};

use crate::deployment::{Deployment, IS_INDEXER, SYNCED};

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

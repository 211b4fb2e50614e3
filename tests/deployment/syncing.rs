//! Syncs that are asked for and syncs by a schedule, on a folder that the services share.

use romt_testkit::{FakeCrate, Upstream};
use romt_tests::{Deployment, SYNCED};

#[test]
fn what_is_new_upstream_comes_when_it_is_asked_for_and_by_itself() {
    let upstream = Upstream::start();
    upstream.publish(FakeCrate::new("one", "1.0.0"));
    let Some(mut deployment) = Deployment::start("what_is_new_upstream", &upstream) else { return };
    let server = deployment.server(&[]);
    let _fetchers = [deployment.fetcher(), deployment.fetcher()];
    let indexer = deployment.indexer(&["--crate", "one"]);
    indexer.wait_for_lines(1, SYNCED);
    upstream.publish(FakeCrate::new("one", "1.1.0"));
    deployment.sync();
    assert_eq!(deployment.audit(&upstream), ["one@1.0.0", "one@1.1.0"]);
    indexer.terminate().succeeds();

    upstream.publish(FakeCrate::new("one", "1.2.0"));
    upstream.set_yanked("one@1.0.0", true);
    deployment.set("ROMT_EVERY", "1s");
    let indexer = deployment.indexer(&["--crate", "one"]);
    indexer.wait_for_lines(2, SYNCED);
    assert_eq!(deployment.audit(&upstream), ["one@1.0.0", "one@1.1.0", "one@1.2.0"]);
    server.process().wait_for_lines(3, "serving what is newly published");
    let lines = server.get("/crates-index/3/o/one").text();
    assert!(lines.contains("\"vers\":\"1.2.0\"") && lines.contains("\"yanked\":true"), "{lines}");
    for service in [indexer, server.into_process()] {
        service.terminate().succeeds();
    }
}

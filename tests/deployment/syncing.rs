//! From nothing to a mirror that the real cargo builds from, as in `tests/e2e`, with each service a process.

use romt_testkit::scenario::{self, FAMILY_DEPENDENCY, FAMILY_LOCKED, FAMILY_TREE};
use romt_testkit::{FakeCrate, Project, Upstream};

use crate::deployment::{Deployment, SYNCED};

#[test]
fn what_a_lockfile_brought_is_built_updated_and_added_to() {
    let upstream = Upstream::start();
    scenario::family(&upstream);
    let mut app = Project::new(&upstream.index_url(), FAMILY_DEPENDENCY, &["parent"]);
    app.cargo(&["generate-lockfile"]).succeeds();
    let Some(deployment) = Deployment::start("what_a_lockfile_brought", &upstream) else { return };
    deployment.take(&app.lockfile());
    let server = deployment.server(&[]);
    let _fetcher = deployment.fetcher();
    let indexer = deployment.indexer(&["--lockfile", "Cargo.lock"]);
    // It syncs at its start, without being asked.
    indexer.wait_for_lines(1, SYNCED);
    assert_eq!(deployment.audit(&upstream), FAMILY_LOCKED);
    drop(upstream);

    app.use_registry(&server.index_url());
    assert_eq!(app.build_and_run(), FAMILY_TREE);
    app.cargo(&["update"]).succeeds();
    assert_eq!(app.locked(), FAMILY_LOCKED);
    app.cargo(&["add", "helper"]).succeeds();
    app.show(&["parent", "helper"]);
    app.cargo(&["build"]).succeeds();
    assert_eq!(app.build_and_run(), format!("{FAMILY_TREE}helper-2.0.0\n"));
    app.cargo(&["add", "quiet"]).exits_with(101);
}

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

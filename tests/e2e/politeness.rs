//! What upstream sees of us.

use std::collections::BTreeSet;
use std::time::Duration;

use romt_testkit::{Mischief, Place, Romt, Upstream, scenario};

#[test]
fn every_file_is_asked_for_once_by_name_and_not_too_many_at_once() {
    let upstream = Upstream::start();
    scenario::crowd(&upstream, 60);
    upstream.misbehave(Place::Everything, Mischief::SlowAnswer { by: Duration::from_millis(10) });
    let romt = Romt::with(&upstream);
    romt.up_once(&["--crate", "everyone", "--num-jobs", "4"]).succeeds();
    assert_eq!(romt.audit(&upstream).len(), 61);

    let requests = upstream.requests();
    let paths: BTreeSet<&str> = requests.iter().map(|request| request.path.as_str()).collect();
    assert_eq!((requests.len(), paths.len()), (123, 123), "config.json, 61 index files, 61 crates");
    let agents: BTreeSet<_> = requests.iter().map(|request| request.header("user-agent")).collect();
    assert!(agents.iter().all(|agent| agent.is_some_and(|agent| agent.starts_with("romt/"))), "{agents:?}");
    assert!((2..=4).contains(&upstream.peak()), "{} at once", upstream.peak());
}

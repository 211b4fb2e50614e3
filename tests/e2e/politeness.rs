//! What upstream sees of us.

use std::collections::BTreeSet;
use std::time::Duration;

use romt_testkit::{Mischief, Place, Upstream, scenario};
use romt_tests::{Site, SiteKind, both};

both!(every_file_is_asked_for_once_by_name_and_not_too_many_at_once);

fn every_file_is_asked_for_once_by_name_and_not_too_many_at_once(kind: &SiteKind) {
    let upstream = Upstream::start();
    scenario::crowd(&upstream, 60);
    upstream.misbehave(Place::Everything, Mischief::SlowAnswer { by: Duration::from_millis(10) });
    let mut site = Site::new(kind, &upstream);
    site.set("ROMT_NUM_JOBS", "4");
    site.sync(&["--crate", "everyone"]).succeeds();
    assert_eq!(site.audit(&upstream).len(), 61);

    let requests = upstream.requests();
    let paths: BTreeSet<&str> = requests.iter().map(|request| request.path.as_str()).collect();
    assert_eq!((requests.len(), paths.len()), (123, 123), "config.json, 61 index files, 61 crates");
    let agents: BTreeSet<_> = requests.iter().map(|request| request.header("user-agent")).collect();
    assert!(agents.iter().all(|agent| agent.is_some_and(|agent| agent.starts_with("romt/"))), "{agents:?}");
    assert!((2..=4).contains(&upstream.peak()), "{} at once", upstream.peak());
}

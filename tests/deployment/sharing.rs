//! Several fetchers share the work, and ask a host together as politely as one.

use std::time::{Duration, Instant};

use romt_testkit::{Mischief, Place, Upstream, scenario};
use romt_tests::{Deployment, SYNCED, tell};

const FETCHERS: usize = 4;
const LIMIT: usize = 6;
/// Several batches for each.
const MEMBERS: usize = 1_300;

#[test]
fn four_fetchers_never_ask_a_host_more_at_once_than_one_may() {
    let upstream = Upstream::start();
    scenario::crowd(&upstream, MEMBERS);
    upstream.misbehave(Place::Everything, Mischief::SlowAnswer { by: Duration::from_millis(20) });
    let Some(mut deployment) = Deployment::start("four_fetchers", &upstream) else { return };
    deployment.set("ROMT_HOST_LIMIT", &LIMIT.to_string());
    let fetchers: Vec<_> = (0..FETCHERS - 1).map(|_| deployment.spawn(&["fetcher", "--verbose"])).collect();
    for fetcher in &fetchers {
        // Until they have made room for each other.
        fetcher.wait_for_lines(1, "transfers at once with one host");
    }
    let began = Instant::now();
    let indexer = deployment.indexer(&["--crate", "everyone"]);
    upstream.wait_for_downloads(LIMIT);
    // One comes while the others have all there is.
    let late = deployment.spawn(&["fetcher", "--verbose"]);
    indexer.wait_for_lines(1, SYNCED);
    assert_eq!(deployment.audit(&upstream).len(), MEMBERS + 1);
    assert!(upstream.peak() <= LIMIT, "{} at once", upstream.peak());
    let downloads = upstream.downloads();
    assert_eq!(downloads.len(), MEMBERS + 1, "each file once");
    let mut batches = Vec::new();
    for fetcher in fetchers.into_iter().chain([late]) {
        let said = fetcher.terminate().succeeds();
        batches.push(said.stderr.lines().filter(|line| line.contains("answered a batch")).count());
    }
    assert!(batches.iter().all(|count| *count > 0), "{batches:?}");
    let (peak, took) = (upstream.peak(), began.elapsed());
    tell(&format!("{FETCHERS} fetchers, batches each {batches:?}, at most {peak} at once, {took:.1?}"));
}

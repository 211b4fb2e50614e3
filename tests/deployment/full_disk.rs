//! A store on a disk that is full: the run says so, nothing is half published, and with room the next sync completes.

use std::fs;
use std::time::Duration;

use romt_testkit::{FakeCrate, Upstream};
use romt_tests::{Deployment, SYNCED, SmallDisk, tell};

const FULL: &str = "No space left on device";
/// New crates in each round.
const MEMBERS: usize = 12;
/// The size of each, about.
const SIZE: usize = 60_000;
/// Longer than fetchers leave a store alone that took nothing.
const LEFT_ALONE: Duration = Duration::from_secs(6);

fn grow(upstream: &Upstream, round: usize) -> usize {
    let mut everyone = FakeCrate::new("everyone", &format!("1.{round}.0"));
    for n in 0..MEMBERS {
        let name = format!("member-{round}-{n:02}");
        upstream.publish(FakeCrate::new(&name, "1.0.0").padding(SIZE));
        everyone = everyone.depends_on(&name, "1");
    }
    upstream.publish(everyone);
    (round + 1) * (MEMBERS + 1)
}

#[test]
fn a_store_on_a_full_disk() {
    let upstream = Upstream::start();
    let Some(deployment) = Deployment::start("a_store_on_a_full_disk", &upstream) else { return };
    let store = deployment.mirror();
    let Some(disk) = SmallDisk::mount("a_store_on_a_full_disk", &store, 30_000) else { return };
    let mut versions = grow(&upstream, 0);
    let fetchers = [deployment.fetcher(), deployment.fetcher()];
    let indexer = deployment.indexer(&["--crate", "everyone"]);
    indexer.wait_for_lines(1, SYNCED);
    assert_eq!(deployment.audit(&upstream).len(), versions);

    // From a disk where not even the index can be written, to one where some of the files fit.
    for (round, room) in [0, 20_000, 200_000, 500_000].into_iter().enumerate() {
        let ballast = store.join("ballast");
        fs::write(&ballast, vec![1; disk.free() - room]).expect("it fits");
        let wanted = grow(&upstream, round + 1);
        let full = deployment.run(&["sync"]).exits_with(1).says(FULL);
        let there = deployment.audit(&upstream).len();
        assert!((versions..wanted).contains(&there), "{there} of {wanted} versions are published\n{full}");
        fs::remove_file(&ballast).expect("ballast");
        std::thread::sleep(LEFT_ALONE);
        deployment.sync();
        assert_eq!(deployment.audit(&upstream).len(), wanted, "with {room} bytes free before");
        tell(&format!("{room} bytes free: {} of {} new versions; with room all", there - versions, wanted - versions));
        versions = wanted;
    }
    for service in fetchers.into_iter().chain([indexer]) {
        service.terminate().succeeds();
    }
}

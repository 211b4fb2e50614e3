//! Killed in the middle of a sync.

use std::time::Duration;

use romt_testkit::{Mischief, Place, Process, Upstream, scenario};
use romt_tests::{Chance, Site, SiteKind, both};

both!(at_random_points);

const MEMBERS: usize = 160;

fn at_random_points(kind: &SiteKind) {
    let mut chance = Chance::new("at_random_points");
    // Each on a site of its own; of a deployment that is a service or two more to start.
    let kills = if kind.is_one_process() { 20 } else { 4 };
    let upstream = Upstream::start();
    scenario::crowd(&upstream, MEMBERS);
    // One index file and one crate file each, and config.json.
    let requests = 2 * (MEMBERS + 1) + 1;
    for kill in 0..kills {
        let site = Site::new(kind, &upstream);
        upstream.behave();
        upstream.misbehave(Place::Everything, Mischief::SlowAnswer { by: Duration::from_millis(10) });
        upstream.forget_requests();
        let point = 1 + chance.below(requests);
        let syncing = site.begin_sync(&["--crate", "everyone"]);
        upstream.wait_until(|came| came.len() >= point);
        // So that also the time between two requests is hit, and what follows the last one.
        std::thread::sleep(chance.time_below(Duration::from_millis(30)));
        syncing.stop(Process::kill);
        site.look_through(&upstream).sound();

        upstream.behave();
        site.sync(&["--crate", "everyone"]).succeeds();
        assert_eq!(site.audit(&upstream).len(), MEMBERS + 1, "after kill {kill}, at request {point}");
    }
}

//! Killed in the middle of a sync.

use std::time::Duration;

use romt_testkit::{Audit, Mischief, Place, Romt, Upstream, scenario};
use romt_tests::Chance;

const MEMBERS: usize = 160;
const KILLS: usize = 20;

#[test]
fn at_twenty_random_points() {
    let mut chance = Chance::new("at_twenty_random_points");
    let upstream = Upstream::start();
    scenario::crowd(&upstream, MEMBERS);
    // One index file and one crate file each, and config.json.
    let requests = 2 * (MEMBERS + 1) + 1;
    for kill in 0..KILLS {
        let romt = Romt::with(&upstream);
        upstream.behave();
        upstream.misbehave(Place::Everything, Mischief::SlowAnswer { by: Duration::from_millis(10) });
        upstream.forget_requests();
        let point = 1 + chance.below(requests);
        let process = romt.spawn(&["up", "--once", "--crate", "everyone"]);
        upstream.wait_until(|came| came.len() >= point);
        // So that also the time between two requests is hit, and what follows the last one.
        std::thread::sleep(chance.time_below(Duration::from_millis(30)));
        process.kill();
        Audit::against(&romt.mirror(), &upstream).sound();

        upstream.behave();
        romt.up_once(&["--crate", "everyone"]).succeeds();
        assert_eq!(romt.audit(&upstream).len(), MEMBERS + 1, "after kill {kill}, at request {point}");
    }
}

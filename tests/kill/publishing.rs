//! Killed around the switch to a new state of a mirror that serves already.

use std::time::Duration;

use romt_testkit::{Audit, FakeCrate, Romt, Upstream, scenario};
use romt_tests::Chance;

const MEMBERS: usize = 30;
const KILLS: usize = 15;

/// The line that the mirror publishes for a version.
fn served_line(romt: &Romt, id: &str) -> Option<String> {
    Audit::of(&romt.mirror()).lines.remove(id)
}

#[test]
fn the_old_state_or_the_new_one_is_published() {
    let mut chance = Chance::new("the_old_state_or_the_new_one_is_published");
    let upstream = Upstream::start();
    scenario::crowd(&upstream, MEMBERS);
    upstream.publish(FakeCrate::new("loose", "1.0.0"));
    let romt = Romt::with(&upstream);
    romt.up_once(&["--crate", "everyone", "--crate", "loose@=1.0.0"]).succeeds();
    let mut published = romt.audit(&upstream);
    for kill in 0..KILLS {
        // One version more, one with other bytes, one yanked: all ways in which a state can change.
        let patch = u32::try_from(kill).unwrap_or_default() + 1;
        upstream.publish(FakeCrate::new("member-001", &format!("1.0.{patch}")));
        upstream.publish(FakeCrate::new("member-002", "1.0.0").edition(patch + 1));
        upstream.set_yanked("loose@1.0.0", kill % 2 == 0);
        upstream.forget_requests();
        let process = romt.spawn(&["up", "--once", "--crate", "everyone"]);
        upstream.wait_for_downloads(2);
        std::thread::sleep(chance.time_below(Duration::from_millis(60)));
        process.kill();
        let now = Audit::against(&romt.mirror(), &upstream).sound();
        assert!(now.len() == published.len() || now.len() == published.len() + 1, "{now:#?}");

        romt.up_once(&["--crate", "everyone"]).succeeds();
        let complete = romt.audit(&upstream);
        assert!(complete.contains(&format!("member-001@1.0.{patch}")), "{complete:#?}");
        assert_eq!(complete.len(), published.len() + 1);
        assert_eq!(served_line(&romt, "loose@1.0.0"), upstream.lines("loose").pop());
        published = complete;
    }
}

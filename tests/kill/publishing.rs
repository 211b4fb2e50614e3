//! Killed around the switch to a new state of a mirror that serves already.

use std::time::Duration;

use romt_testkit::{FakeCrate, Process, Upstream, scenario};
use romt_tests::{Chance, Site, SiteKind, both};

both!(the_old_state_or_the_new_one_is_published);

const MEMBERS: usize = 30;

/// The line that the mirror publishes for a version.
fn served_line(site: &Site, upstream: &Upstream, id: &str) -> Option<String> {
    site.look_through(upstream).lines.remove(id)
}

fn the_old_state_or_the_new_one_is_published(kind: &SiteKind) {
    let kills = if kind.is_one_process() { 15 } else { 5 };
    let mut chance = Chance::new("the_old_state_or_the_new_one_is_published");
    let upstream = Upstream::start();
    scenario::crowd(&upstream, MEMBERS);
    upstream.publish(FakeCrate::new("loose", "1.0.0"));
    let site = Site::new(kind, &upstream);
    site.sync(&["--crate", "everyone", "--crate", "loose@=1.0.0"]).succeeds();
    let mut published = site.audit(&upstream);
    for kill in 0..kills {
        // One version more, one with other bytes, one yanked: all ways in which a state can change.
        let patch = u32::try_from(kill).unwrap_or_default() + 1;
        upstream.publish(FakeCrate::new("member-001", &format!("1.0.{patch}")));
        upstream.publish(FakeCrate::new("member-002", "1.0.0").edition(patch + 1));
        upstream.set_yanked("loose@1.0.0", kill % 2 == 0);
        upstream.forget_requests();
        let syncing = site.begin_sync(&["--crate", "everyone"]);
        upstream.wait_for_downloads(2);
        std::thread::sleep(chance.time_below(Duration::from_millis(60)));
        syncing.stop(Process::kill);
        let now = site.look_through(&upstream).sound();
        assert!(now.len() == published.len() || now.len() == published.len() + 1, "{now:#?}");

        site.sync(&["--crate", "everyone"]).succeeds();
        // In a deployment nobody can tell what the killed one left from what others are at work on: it goes a day later.
        let complete = if kind.is_one_process() { site.audit(&upstream) } else { site.look_through(&upstream).sound() };
        assert!(complete.contains(&format!("member-001@1.0.{patch}")), "{complete:#?}");
        assert_eq!(complete.len(), published.len() + 1);
        assert_eq!(served_line(&site, &upstream, "loose@1.0.0"), upstream.lines("loose").pop());
        published = complete;
    }
}

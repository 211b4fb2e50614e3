//! A client that polls while the mirror syncs.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use romt_testkit::{FakeCrate, Mischief, Place, Romt, Upstream, scenario};

use crate::client::check;

const FINISHED: &str = "\"event\":\"finished\"";

#[test]
fn no_line_without_its_file_while_everything_changes() {
    let upstream = Upstream::start();
    scenario::crowd(&upstream, 24);
    upstream.misbehave(Place::Downloads, Mischief::SlowAnswer { by: Duration::from_millis(15) });
    let romt = Romt::with(&upstream);
    let mirror = romt.up(&["--crate", "everyone", "--every", "1s", "--json", "--num-jobs", "2"]);
    let names: Vec<String> = (0..24).map(|n| format!("member-{n:03}")).collect();
    let over = AtomicBool::new(false);
    let seen = AtomicUsize::new(0);

    std::thread::scope(|scope| {
        let poll = || {
            while !over.load(Ordering::Relaxed) {
                let lines: usize = names.iter().map(|name| check(&mirror, name).len()).sum();
                seen.fetch_max(lines, Ordering::Relaxed);
            }
        };
        let pollers = [scope.spawn(poll), scope.spawn(poll)];
        for round in 1..4 {
            mirror.process().wait_for_lines(round, FINISHED);
            let patch = u32::try_from(round).unwrap_or_default();
            upstream.publish(FakeCrate::new("member-001", &format!("1.0.{patch}")));
            for replaced in 2..12 {
                upstream.publish(FakeCrate::new(&format!("member-{replaced:03}"), "1.0.0").edition(patch + 1));
            }
            upstream.set_yanked("member-020@1.0.0", round % 2 == 1);
        }
        // The run that was under way may have missed the last changes; the one after it has not.
        mirror.process().wait_for_lines(6, FINISHED);
        over.store(true, Ordering::Relaxed);
        for poller in pollers {
            poller.join().expect("a client that saw nothing wrong");
        }
    });
    assert!(seen.into_inner() >= 24, "the clients saw the published crates");
    mirror.into_process().interrupt();
    let published = romt.audit(&upstream);
    assert!(published.contains(&"member-001@1.0.3".to_owned()), "{published:#?}");
}

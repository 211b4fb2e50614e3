//! A client that polls while the mirror syncs.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use romt_testkit::{FakeCrate, Mischief, Place, Upstream, scenario};
use romt_tests::{Site, SiteKind, both};

use crate::client::check;

both! {
    no_line_without_its_file_while_everything_changes,
}

fn no_line_without_its_file_while_everything_changes(kind: &SiteKind) {
    let upstream = Upstream::start();
    scenario::crowd(&upstream, 24);
    upstream.misbehave(Place::Downloads, Mischief::SlowAnswer { by: Duration::from_millis(15) });
    let mut site = Site::new(kind, &upstream);
    site.set("ROMT_NUM_JOBS", "2");
    let mirror = site.stay(&["--crate", "everyone", "--every", "1s"]);
    let serving = mirror.serving();
    let names: Vec<String> = (0..24).map(|n| format!("member-{n:03}")).collect();
    let over = AtomicBool::new(false);
    let seen = AtomicUsize::new(0);

    std::thread::scope(|scope| {
        let poll = || {
            while !over.load(Ordering::Relaxed) {
                let lines: usize = names.iter().map(|name| check(serving, name).len()).sum();
                seen.fetch_max(lines, Ordering::Relaxed);
            }
        };
        let pollers = [scope.spawn(poll), scope.spawn(poll)];
        for round in 1..4 {
            mirror.wait_for_syncs(round);
            let patch = u32::try_from(round).unwrap_or_default();
            upstream.publish(FakeCrate::new("member-001", &format!("1.0.{patch}")));
            for replaced in 2..12 {
                upstream.publish(FakeCrate::new(&format!("member-{replaced:03}"), "1.0.0").edition(patch + 1));
            }
            upstream.set_yanked("member-020@1.0.0", round % 2 == 1);
        }
        // The run that was under way may have missed the last changes; the one after it has not.
        mirror.wait_for_syncs(6);
        over.store(true, Ordering::Relaxed);
        for poller in pollers {
            poller.join().expect("a client that saw nothing wrong");
        }
    });
    assert!(seen.into_inner() >= 24, "the clients saw the published crates");
    mirror.terminate();
    let published = site.audit(&upstream);
    assert!(published.contains(&"member-001@1.0.3".to_owned()), "{published:#?}");
}

//! Upstreams that misbehave, behind four fetchers: what can be had is there, and what cannot is named.

use std::time::Duration;

use romt_testkit::{FakeCrate, Mischief, Place, Process, Upstream, scenario};
use romt_tests::{Deployment, SYNCED};

fn four_fetchers(deployment: &Deployment) -> [Process; 4] {
    std::array::from_fn(|_| deployment.fetcher())
}

#[test]
fn a_file_that_cannot_be_had_is_named_and_comes_later() {
    let upstream = Upstream::start();
    upstream.publish(FakeCrate::new("everyone", "1.0.0"));
    let Some(deployment) = Deployment::start("a_file_that_cannot_be_had", &upstream) else { return };
    let _fetchers = four_fetchers(&deployment);
    let indexer = deployment.indexer(&["--crate", "everyone"]);
    indexer.wait_for_lines(1, SYNCED);
    let mischief = [
        Mischief::Status(404),
        Mischief::Status(500),
        Mischief::Unavailable,
        Mischief::WrongBytes,
        Mischief::CutBody { after_bytes: 0 },
        Mischief::HtmlPage,
        Mischief::EmptyBody,
        Mischief::Reset,
        Mischief::LengthTooLarge { by: 10 },
        Mischief::LengthTooSmall { by: 10 },
    ];
    let mut versions = 1;
    for (number, mischief) in mischief.into_iter().enumerate() {
        let (odd, good) = (format!("odd-{number}"), format!("good-{number}"));
        upstream.publish(FakeCrate::new(&odd, "1.0.0"));
        upstream.publish(FakeCrate::new(&good, "1.0.0"));
        let everyone = FakeCrate::new("everyone", &format!("1.1.{number}"));
        upstream.publish(everyone.depends_on(&odd, "1").depends_on(&good, "1"));
        let id = format!("{odd}@1.0.0");
        upstream.misbehave(Place::download(&id), mischief);
        deployment.run(&["sync"]).exits_with(1).says(&id).never_says(&good);
        versions += 2;
        assert_eq!(deployment.audit(&upstream).len(), versions, "without {id}");
        upstream.behave();
        deployment.sync();
        versions += 1;
        assert_eq!(deployment.audit(&upstream).len(), versions, "with {id}");
    }
}

#[test]
fn a_host_that_asks_one_fetcher_to_stay_away_is_left_alone_by_all() {
    let upstream = Upstream::start();
    scenario::crowd(&upstream, 900);
    upstream.misbehave_times(1, Place::Downloads, Mischief::TooManyRequests { retry_after: 4 });
    let Some(deployment) = Deployment::start("a_host_that_asks", &upstream) else { return };
    let fetchers = four_fetchers(&deployment);
    for fetcher in &fetchers {
        fetcher.wait_for_lines(1, "connected to NATS");
    }
    let indexer = deployment.indexer(&["--crate", "everyone"]);
    indexer.wait_for_lines(1, SYNCED);
    assert_eq!(deployment.audit(&upstream).len(), 901);
    let mut times: Vec<_> = upstream.downloads().iter().map(|download| download.at).collect();
    times.sort_unstable();
    // Less than the four seconds by the time that the others take to hear of it.
    let silence = times.windows(2).position(|pair| pair[1] - pair[0] >= Duration::from_secs(2));
    let before = silence.expect("a time in which nobody asks");
    assert!(before < 450, "{before} files were downloaded before the others heard of it");
}

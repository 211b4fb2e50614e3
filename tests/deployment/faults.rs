//! Services that are killed, paused and doubled, and a bus that goes away. Each ends with the right mirror.

use std::time::Duration;

use romt_testkit::{Audit, FakeCrate, Mischief, Place, Process, Upstream};
use romt_tests::{Chance, Deployment, IS_INDEXER, SYNCED, tell};

/// How often each service is killed; the variable says otherwise.
const KILLS: (&str, usize) = ("ROMT_TEST_KILLS", 2);
/// New crates in each round.
const MEMBERS: usize = 60;

fn kills() -> usize {
    std::env::var(KILLS.0).ok().and_then(|kills| kills.parse().ok()).unwrap_or(KILLS.1)
}

/// An upstream that takes its time, so that there are points to hit.
fn slow_upstream() -> Upstream {
    let upstream = Upstream::start();
    upstream.misbehave(Place::Everything, Mischief::SlowAnswer { by: Duration::from_millis(10) });
    upstream
}

/// Publishes another version of `everyone`, which depends on crates that were not there before; returns how many versions are
/// to be in the mirror then.
fn grow(upstream: &Upstream, round: usize) -> usize {
    let mut everyone = FakeCrate::new("everyone", &format!("1.{round}.0"));
    for n in 0..MEMBERS {
        let name = format!("member-{round:02}-{n:02}");
        upstream.publish(FakeCrate::new(&name, "1.0.0").padding(500 + n * 37 % 9_000));
        everyone = everyone.depends_on(&name, "1");
    }
    upstream.publish(everyone);
    upstream.forget_requests();
    (round + 1) * (MEMBERS + 1)
}

/// Waits until upstream was asked so often, and a moment longer.
fn wait_for_point(upstream: &Upstream, chance: &mut Chance, requests: usize) -> usize {
    let point = 1 + chance.below(requests);
    upstream.wait_until(|came| came.len() >= point);
    std::thread::sleep(chance.time_below(Duration::from_millis(30)));
    point
}

#[track_caller]
fn holds(deployment: &Deployment, upstream: &Upstream, versions: usize, after: &str) {
    assert_eq!(Audit::against(&deployment.mirror(), upstream).sound().len(), versions, "{after}");
}

#[test]
fn an_indexer_killed_at_random_points() {
    let mut chance = Chance::new("an_indexer_killed_at_random_points");
    let upstream = slow_upstream();
    let Some(deployment) = Deployment::start("an_indexer_killed", &upstream) else { return };
    let _fetchers = [deployment.fetcher(), deployment.fetcher()];
    let mut indexer = None::<Process>;
    for kill in 0..kills() {
        let versions = grow(&upstream, kill);
        if let Some(indexer) = indexer.take() {
            indexer.terminate().succeeds();
        }
        let doomed = deployment.indexer(&["--crate", "everyone"]);
        let point = wait_for_point(&upstream, &mut chance, 2 * MEMBERS);
        doomed.kill();
        Audit::against(&deployment.mirror(), &upstream).sound();
        let next = deployment.indexer(&["--crate", "everyone"]);
        next.wait_for_lines(1, SYNCED);
        holds(&deployment, &upstream, versions, &format!("kill {kill}, at request {point}"));
        indexer = Some(next);
    }
    tell(&format!("the indexer was killed {} times", kills()));
}

#[test]
fn fetcher_and_server_killed_at_random_points() {
    let mut chance = Chance::new("fetcher_and_server_killed_at_random_points");
    let upstream = slow_upstream();
    let Some(deployment) = Deployment::start("fetcher_and_server_killed", &upstream) else { return };
    grow(&upstream, 0);
    let mut fetchers = vec![deployment.fetcher(), deployment.fetcher()];
    let mut server = deployment.server(&[]);
    let indexer = deployment.indexer(&["--crate", "everyone"]);
    indexer.wait_for_lines(1, SYNCED);
    for kill in 1..=kills() {
        let versions = grow(&upstream, kill);
        let sync = deployment.spawn(&["sync"]);
        let point = wait_for_point(&upstream, &mut chance, 2 * MEMBERS);
        let victim = chance.below(fetchers.len());
        fetchers.swap_remove(victim).kill();
        server.into_process().kill();
        Audit::against(&deployment.mirror(), &upstream).sound();
        fetchers.push(deployment.fetcher());
        server = deployment.server(&[]);
        sync.wait().succeeds();
        holds(&deployment, &upstream, versions, &format!("kill {kill}, at request {point}"));
        let line = format!("everyone-1.{kill}.0");
        let seen = || server.get("/crates-index/ev/er/everyone").text();
        server.process().wait_for_lines(1, "serving ");
        assert!(
            (0..50).any(|_| {
                std::thread::sleep(Duration::from_millis(100));
                seen().contains(&format!("\"vers\":\"1.{kill}.0\""))
            }),
            "{line}"
        );
    }
    tell(&format!("a fetcher and the server were killed {} times each", kills()));
}

#[test]
fn of_two_indexers_one_works_and_the_other_takes_over() {
    let upstream = Upstream::start();
    let Some(deployment) = Deployment::start("of_two_indexers", &upstream) else { return };
    grow(&upstream, 0);
    let _fetcher = deployment.fetcher();
    let first = deployment.indexer(&["--crate", "everyone"]);
    first.wait_for_lines(1, IS_INDEXER);
    let second = deployment.indexer(&["--crate", "everyone"]);
    first.wait_for_lines(1, SYNCED);
    second.wait_for_lines(1, "somebody else has the role; waiting");
    let versions = grow(&upstream, 1);
    deployment.sync();
    let first = first.kill();
    second.wait_for_lines(1, SYNCED);
    holds(&deployment, &upstream, versions, "the first did it");
    first.says(IS_INDEXER);
    let versions = grow(&upstream, 2);
    deployment.sync();
    holds(&deployment, &upstream, versions, "the second did it");
    second.terminate().succeeds();
}

#[test]
fn an_indexer_paused_beyond_its_lease_writes_nothing_any_more() {
    let upstream = slow_upstream();
    let Some(deployment) = Deployment::start("an_indexer_paused", &upstream) else { return };
    let versions = grow(&upstream, 0);
    let _fetcher = deployment.fetcher();
    let first = deployment.indexer(&["--crate", "everyone"]);
    upstream.wait_until(|came| came.len() >= MEMBERS);
    first.pause(true);
    let second = deployment.indexer(&["--crate", "everyone"]);
    // It has the lease by then, and the one that is paused has the lock, so that it could not write beside it.
    second.wait_for_lines(1, "waiting for it to leave");
    assert!(Audit::against(&deployment.mirror(), &upstream).sound().is_empty());
    first.pause(false);
    first.wait_for_lines(1, "standing by");
    second.wait_for_lines(1, SYNCED);
    holds(&deployment, &upstream, versions, "the second did it");
    first.terminate().succeeds().never_says(SYNCED);
    second.terminate().succeeds();
}

#[test]
fn nats_away_for_a_minute_in_a_sync() {
    let upstream = slow_upstream();
    let Some(mut deployment) = Deployment::start("nats_away", &upstream) else { return };
    let versions = grow(&upstream, 0);
    let fetchers = [deployment.fetcher(), deployment.fetcher()];
    let indexer = deployment.indexer(&["--crate", "everyone"]);
    upstream.wait_until(|came| came.len() >= MEMBERS);
    deployment.nats.stop();
    std::thread::sleep(Duration::from_mins(1));
    deployment.nats.start_again();
    indexer.wait_for_lines(1, SYNCED);
    holds(&deployment, &upstream, versions, "it came back");
    for service in fetchers.into_iter().chain([indexer]) {
        service.terminate().succeeds();
    }
}

#[test]
fn nats_without_its_files_in_a_sync() {
    let mut chance = Chance::new("nats_without_its_files_in_a_sync");
    let upstream = slow_upstream();
    let Some(mut deployment) = Deployment::start("nats_without_its_files", &upstream) else { return };
    grow(&upstream, 0);
    let fetchers = [deployment.fetcher(), deployment.fetcher()];
    let indexer = deployment.indexer(&["--crate", "everyone"]);
    indexer.wait_for_lines(1, SYNCED);
    for round in 1..=kills() {
        let versions = grow(&upstream, round);
        let sync = deployment.spawn(&["sync"]);
        let point = wait_for_point(&upstream, &mut chance, 2 * MEMBERS);
        deployment.nats.kill();
        deployment.nats.lose_files();
        deployment.nats.start_again();
        let began = std::time::Instant::now();
        while sync.is_running() && began.elapsed() < Duration::from_mins(1) {
            std::thread::sleep(Duration::from_millis(100));
        }
        if sync.is_running() {
            let said: Vec<_> =
                fetchers.into_iter().chain([indexer]).map(|service| service.kill().to_string()).collect();
            panic!("the sync hangs\n{}", said.join("\n"));
        }
        sync.wait().succeeds();
        holds(&deployment, &upstream, versions, &format!("loss {round}, at request {point}"));
    }
    tell(&format!("NATS lost its files {} times", kills()));
}

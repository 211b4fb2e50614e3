//! `kill -9` at any point.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use romt_replica::{Publisher, Replica, restore};
use romt_storage::Storage;

use crate::index;

/// What a child process does, and where.
const ROLE: &str = "ROMT_REPLICA_ROLE";
const PLACE: &str = "ROMT_REPLICA_PLACE";
/// Each role is killed so many times.
const KILLS: u32 = 20;

fn start(role: &str, place: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "kill::killed_publishers_and_followers_leave_whole_states"])
        .env(ROLE, role)
        .env(PLACE, place);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// What is killed: it publishes or follows until then.
async fn work(role: &str, place: &Path) {
    let storage = Storage::folder(&place.join("store")).unwrap();
    if role == "publish" {
        let repository = place.join("index");
        romt_index::IndexRepository::open_or_init(&repository).unwrap().recover().unwrap();
        restore(&storage, &repository).await.unwrap();
        let mut publisher = Publisher::take_over(storage, &repository, 0).await.unwrap();
        publisher.publish().await.unwrap();
        let mut number = index::published(&repository).map_or(0, |number| number + 1);
        loop {
            index::publish(&repository, number);
            publisher.publish().await.unwrap();
            number += 1;
        }
    } else {
        let mut replica = Replica::open(&place.join("copy")).await.unwrap().with_keep(Duration::from_millis(50));
        loop {
            replica.follow(&storage).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_publishers_and_followers_leave_whole_states() {
    // In a process that this test started.
    if let (Ok(role), Ok(place)) = (std::env::var(ROLE), std::env::var(PLACE)) {
        return work(&role, place.as_ref()).await;
    }
    let here = tempfile::tempdir().unwrap();
    let place = here.path();
    let storage = Storage::folder(&place.join("store")).unwrap();
    let mut last = None;
    let mut lost = 0;
    for round in 0..KILLS {
        let mut publisher = start("publish", place);
        let mut follower = start("follow", place);
        // Coprime steps: each kill meets another point.
        let wait = |step: u32| Duration::from_millis(u64::from(250 + (round * step) % 331));
        tokio::time::sleep(wait(97)).await;
        follower.kill().unwrap();
        follower.wait().unwrap();
        tokio::time::sleep(wait(41) / 4).await;
        assert!(publisher.try_wait().unwrap().is_none(), "the publisher ended by itself in round {round}");
        publisher.kill().unwrap();
        publisher.wait().unwrap();
        // One that has seen nothing sees a whole state, and none goes back.
        let mut fresh = Replica::open(&place.join(format!("fresh-{round}"))).await.unwrap();
        fresh.follow(&storage).await.unwrap();
        let now = index::published(&fresh.repository());
        assert!(now >= last, "{now:?} after {last:?}");
        last = now;
        // The one that was killed goes on.
        let mut replica = Replica::open(&place.join("copy")).await.unwrap();
        replica.follow(&storage).await.unwrap();
        assert_eq!(index::published(&replica.repository()), now);
        drop(replica);
        // Now and then the indexer's volume is lost too.
        if round % 5 == 4 {
            std::fs::remove_dir_all(place.join("index")).unwrap();
            lost += 1;
        }
    }
    println!("{KILLS} publishers and {KILLS} followers killed, {lost} volumes lost, {last:?} states published");
    assert!(last.is_some_and(|last| last > 20), "{last:?}");
    let staged: Vec<_> = std::fs::read_dir(place.join("store/.romt/index/packs")).unwrap().collect();
    println!("{} files of packs in the store", staged.len());
}

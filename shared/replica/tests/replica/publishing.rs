//! One indexer publishes, and what is no longer needed goes.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use futures_util::TryStreamExt;
use romt_index::{IndexReference, IndexRepository, Revision};
use romt_replica::{IndexPointer, POINTER_LIMIT, Publisher, Replica, ReplicaError, Restored, restore};
use romt_storage::{Expected, Storage, StorageKey};

use crate::{index, stores};

/// The files of packs that a store has.
async fn packs(storage: &Storage) -> Vec<String> {
    let mut keys: Vec<_> = storage.list(StorageKey::INDEX_PACKS).map_ok(|info| info.key).try_collect().await.unwrap();
    keys.sort();
    keys
}

async fn pointer(storage: &Storage) -> IndexPointer {
    let read = storage.read_pointer(&StorageKey::IndexPointer, POINTER_LIMIT).await.unwrap().unwrap();
    IndexPointer::parse(&read.bytes).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_indexers_the_one_with_the_newer_lease_goes_on() {
    for store in stores::all("two indexers on S3").await {
        let here = tempfile::tempdir().unwrap();
        let (one, two) = (here.path().join("one"), here.path().join("two"));
        index::publish(&one, 1);
        let mut old = Publisher::new(store.storage.clone(), &one, 5);
        old.publish().await.unwrap();
        // One that has not seen what is published must not publish over it.
        index::publish(&two, 7);
        let blind = Publisher::new(store.storage.clone(), &two, 6).publish().await.unwrap_err();
        assert!(matches!(blind, ReplicaError::Behind { .. }), "{blind:?}");
        assert!(matches!(restore(&store.storage, &two).await.unwrap(), Restored::From(Some(_))));
        assert_eq!(index::published(&two), Some(1));
        index::publish(&two, 2);
        let mut new = Publisher::new(store.storage.clone(), &two, 6);
        new.publish().await.unwrap();
        // The old one was paused, and does not know that it is no longer the indexer.
        index::publish(&one, 3);
        for _ in 0..2 {
            let refused = old.publish().await.unwrap_err();
            assert!(matches!(refused, ReplicaError::AnotherIndexer { theirs: 6, ours: 5 }), "{refused:?}");
        }
        assert_eq!(pointer(&store.storage).await.fence, 6);
        // With equal tokens, as where leases were lost, the one who began later goes on.
        let mut again = Publisher::new(store.storage.clone(), &two, 6);
        again.publish().await.unwrap();
        assert!(matches!(new.publish().await.unwrap_err(), ReplicaError::AnotherIndexer { .. }));
        let mut above = Publisher::take_over(store.storage.clone(), &two, 1).await.unwrap();
        assert!(above.publish().await.unwrap().changed);
        assert_eq!(pointer(&store.storage).await.fence, 7);
        assert!(matches!(again.publish().await.unwrap_err(), ReplicaError::AnotherIndexer { theirs: 7, ours: 6 }));
        let mut replica = Replica::open(&here.path().join("copy")).await.unwrap();
        replica.follow(&store.storage).await.unwrap();
        assert_eq!(index::published(&replica.repository()), Some(2), "{}", store.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_pulled_is_known_to_copies_and_to_the_next_indexer() {
    let store = stores::folder();
    let here = tempfile::tempdir().unwrap();
    let (one, two) = (here.path().join("one"), here.path().join("two"));
    let mut publisher = Publisher::new(store.storage.clone(), &one, 1);
    let mut replica = Replica::open(&here.path().join("copy")).await.unwrap();
    let open = |path: &Path| IndexRepository::open_or_init(path).unwrap();
    let mut pulled = Vec::new();
    for number in 0..3 {
        index::publish(&one, number);
        pulled.push(open(&one).references().unwrap()[&IndexReference::Master]);
        open(&one).set_pulled(&pulled).unwrap();
        publisher.publish().await.unwrap();
        replica.follow(&store.storage).await.unwrap();
        let copy = open(&replica.repository());
        assert_eq!(copy.pulled_commits().unwrap(), pulled);
        let old = copy.is_outdated(&Revision::find(&copy, &pulled[0].to_string()).unwrap()).unwrap();
        assert_eq!(old, number > 0, "what came first is old as soon as there is something newer");
    }
    restore(&store.storage, &two).await.unwrap();
    assert_eq!(open(&two).pulled_commits().unwrap(), pulled);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_indexers_at_once_leave_whole_states() {
    let store = stores::folder();
    let here = tempfile::tempdir().unwrap();
    let first = here.path().join("0");
    index::publish(&first, 0);
    Publisher::new(store.storage.clone(), &first, 1).publish().await.unwrap();
    let mut running = Vec::new();
    for fence in [1_u64, 2, 3] {
        let (storage, repository) = (store.storage.clone(), here.path().join(fence.to_string()));
        restore(&storage, &repository).await.unwrap();
        running.push(tokio::spawn(async move {
            let mut publisher = Publisher::new(storage.clone(), &repository, fence);
            let (mut published, mut refused) = (0, 0);
            for round in 0..40 {
                index::publish(&repository, 1000 * usize::try_from(fence).unwrap() + round);
                match publisher.publish().await {
                    Ok(_) => published += 1,
                    Err(ReplicaError::AnotherIndexer { theirs, ours }) => {
                        assert!(theirs > ours);
                        refused += 1;
                    }
                    // Somebody published before our first look.
                    Err(ReplicaError::Behind { .. }) => drop(restore(&storage, &repository).await.unwrap()),
                    Err(error) => panic!("{error:?}"),
                }
            }
            (fence, published, refused)
        }));
    }
    for task in running {
        println!("(fence, published, refused): {:?}", task.await.unwrap());
    }
    assert_eq!(pointer(&store.storage).await.fence, 3);
    let mut replica = Replica::open(&here.path().join("copy")).await.unwrap();
    replica.follow(&store.storage).await.unwrap();
    assert_eq!(index::published(&replica.repository()), Some(3039));
}

#[tokio::test(flavor = "multi_thread")]
async fn packs_go_when_nobody_needs_them() {
    for store in stores::all("removing packs on S3").await {
        let here = tempfile::tempdir().unwrap();
        let repository = here.path().join("index");
        let mut kept = Publisher::new(store.storage.clone(), &repository, 1);
        // Many small packs become few, and the old ones stay for those who still read an older pointer.
        for number in 0..20 {
            index::publish(&repository, number);
            kept.publish().await.unwrap();
        }
        let before = pointer(&store.storage).await;
        for number in 20..40 {
            index::publish(&repository, number);
        }
        kept.publish().await.unwrap();
        let after = pointer(&store.storage).await;
        assert!(after.packs.len() < before.packs.len() && !after.retired.is_empty());
        for (key, file) in before.packs.iter().flat_map(romt_replica::StoredPack::files) {
            assert_eq!(store.storage.info(&key).await.unwrap().unwrap().size, file.size, "{}", store.name);
        }
        // What was uploaded by one who was killed before it moved the pointer.
        let orphan: StorageKey = StorageKey::IndexPack(romt_types::Digest::of(b"orphan"));
        store.storage.put(&orphan, "orphan".into()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(2100)).await;
        let mut hasty = Publisher::new(store.storage.clone(), &repository, 2).with_grace(Duration::from_secs(1));
        hasty.publish().await.unwrap();
        let last = pointer(&store.storage).await;
        assert!(last.retired.is_empty());
        let mut expected: Vec<_> =
            last.packs.iter().flat_map(romt_replica::StoredPack::files).map(|(key, _)| key.to_string()).collect();
        expected.sort();
        assert_eq!(packs(&store.storage).await, expected, "{}", store.name);
        let mut replica = Replica::open(&here.path().join("copy")).await.unwrap();
        replica.follow(&store.storage).await.unwrap();
        assert_eq!(index::published(&replica.repository()), Some(39));
        // What is lost in the store is put there again by the next indexer.
        let lost = last.packs[0].files()[0].0.clone();
        store.storage.delete(&lost).await.unwrap();
        let healed = Publisher::new(store.storage.clone(), &repository, 3).publish().await.unwrap();
        assert_eq!(healed.uploaded, 1);
        assert!(store.storage.info(&lost).await.unwrap().is_some());
    }
}

fn git(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(["-c", "user.name=up", "-c", "user.email=up@example"]).args(arguments);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    let output = command.output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_git_made_is_published_too() {
    let store = stores::folder();
    let here = tempfile::tempdir().unwrap();
    let repository = here.path().join("index");
    std::fs::create_dir(&repository).unwrap();
    git(&repository, &["init", "--quiet", "--initial-branch=master", "."]);
    let mut publisher = Publisher::new(store.storage.clone(), &repository, 1);
    let mut replica = Replica::open(&here.path().join("copy")).await.unwrap();
    for round in 0..3 {
        std::fs::write(repository.join("config.json"), format!("{{\"dl\":\"{round}\"}}")).unwrap();
        git(&repository, &["add", "--all"]);
        git(&repository, &["commit", "--quiet", "--message=by hand"]);
        if round == 1 {
            git(&repository, &["repack", "-a", "-d", "--quiet"]);
        }
        publisher.publish().await.unwrap();
        replica.follow(&store.storage).await.unwrap().unwrap();
        let index = romt_index::PublishedIndex::open(&replica.repository()).unwrap().unwrap();
        let snapshot = index.snapshot().unwrap().unwrap();
        let file = index.file(&snapshot, "config.json").unwrap().unwrap();
        assert_eq!(file.bytes, format!("{{\"dl\":\"{round}\"}}").as_bytes());
    }
    git(&replica.repository(), &["fsck", "--strict", "--no-dangling"]);
    git(&repository, &["fsck", "--strict"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pointer_of_somebody_else_is_not_overwritten() {
    let store = stores::folder();
    let here = tempfile::tempdir().unwrap();
    index::publish(&here.path().join("index"), 1);
    let newer = "{\"format\": 2, \"what\": \"a newer romt writes\"}";
    store.storage.put_if(&StorageKey::IndexPointer, newer.into(), Expected::Absent).await.unwrap();
    let refused = Publisher::new(store.storage.clone(), &here.path().join("index"), 9).publish().await.unwrap_err();
    assert!(refused.to_string().contains("format 2"), "{refused}");
    let mut replica = Replica::open(&here.path().join("copy")).await.unwrap();
    assert!(matches!(replica.follow(&store.storage).await.unwrap_err(), ReplicaError::Pointer { .. }));
}

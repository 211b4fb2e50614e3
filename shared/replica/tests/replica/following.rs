//! A server sees whole states, soon.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use romt_replica::{Publisher, Replica, Restored, restore};
use romt_storage::Storage;

use crate::{index, stores};

#[tokio::test(flavor = "multi_thread")]
async fn each_publish_is_followed() {
    for store in stores::all("following on S3").await {
        let here = tempfile::tempdir().unwrap();
        let (repository, copy) = (here.path().join("index"), here.path().join("copy"));
        let mut publisher = Publisher::new(store.storage.clone(), &repository, 1);
        let mut replica = Replica::open(&copy).await.unwrap();
        assert_eq!(replica.follow(&store.storage).await.unwrap(), None, "{}: nothing is published", store.name);
        let outcome = publisher.publish().await.unwrap();
        assert_eq!((outcome.commit, outcome.uploaded), (None, 0), "an index without a commit is published as that");
        assert_eq!(replica.follow(&store.storage).await.unwrap(), None);
        for number in 0..30 {
            let snapshot = index::publish(&repository, number);
            let outcome = publisher.publish().await.unwrap();
            assert_eq!((outcome.commit.as_ref(), outcome.changed), (Some(&snapshot.commit), true));
            assert_eq!(replica.follow(&store.storage).await.unwrap(), Some(snapshot.commit));
            assert_eq!(replica.follow(&store.storage).await.unwrap(), None, "no news");
            assert_eq!(index::published(&replica.repository()), Some(number), "{}", store.name);
            assert!(!publisher.publish().await.unwrap().changed, "nothing to do");
        }
        // One that has seen nothing, and one that comes back after a long absence.
        let mut late = Replica::open(&here.path().join("late")).await.unwrap();
        late.follow(&store.storage).await.unwrap().unwrap();
        assert_eq!(index::published(&late.repository()), Some(29));
        drop(replica);
        for number in 30..90 {
            index::publish(&repository, number);
        }
        publisher.publish().await.unwrap();
        let mut replica = Replica::open(&copy).await.unwrap();
        replica.follow(&store.storage).await.unwrap().unwrap();
        assert_eq!(index::published(&replica.repository()), Some(89));
        // An indexer that has lost its volume goes on.
        let restored = here.path().join("restored");
        assert!(matches!(restore(&store.storage, &restored).await.unwrap(), Restored::From(Some(_))));
        assert_eq!(restore(&store.storage, &restored).await.unwrap(), Restored::NotNeeded);
        assert_eq!(index::published(&restored), Some(89));
        index::publish(&restored, 90);
        Publisher::take_over(store.storage.clone(), &restored, 0).await.unwrap().publish().await.unwrap();
        replica.follow(&store.storage).await.unwrap().unwrap();
        assert_eq!(index::published(&replica.repository()), Some(90), "{}", store.name);
    }
}

/// Publishes 200 states one after another while somebody follows all the time.
async fn watch(storage: Storage) {
    const STATES: usize = 200;
    let here = tempfile::tempdir().unwrap();
    let repository = here.path().join("index");
    let (done, seen) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let follower = {
        let (storage, done, seen) = (storage.clone(), Arc::clone(&done), Arc::clone(&seen));
        let mut replica = Replica::open(&here.path().join("copy")).await.unwrap();
        tokio::spawn(async move {
            let mut last = None;
            loop {
                let is_last = done.load(Ordering::SeqCst);
                if replica.follow(&storage).await.unwrap().is_some() {
                    let repository = replica.repository();
                    let number = tokio::task::spawn_blocking(move || index::published(&repository)).await.unwrap();
                    assert!(number > last, "{number:?} after {last:?}");
                    last = number;
                    seen.fetch_add(1, Ordering::SeqCst);
                }
                if is_last {
                    return last;
                }
            }
        })
    };
    let mut publisher = Publisher::new(storage, &repository, 1);
    for number in 0..STATES {
        let path = repository.clone();
        tokio::task::spawn_blocking(move || index::publish(&path, number)).await.unwrap();
        publisher.publish().await.unwrap();
    }
    done.store(true, Ordering::SeqCst);
    assert_eq!(follower.await.unwrap(), Some(STATES - 1));
    let seen = seen.load(Ordering::SeqCst);
    println!("{STATES} states published, {seen} seen, each whole");
    assert!(seen > 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn whole_states_are_seen_in_a_folder() {
    let store = stores::folder();
    watch(store.storage.clone()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whole_states_are_seen_in_a_bucket() {
    if let Some(store) = stores::bucket(romt_testkit::S3Kind::Moto, "whole states in a bucket").await {
        watch(store.storage.clone()).await;
    }
}

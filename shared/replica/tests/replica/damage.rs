//! What is wrong on the local disk, or in the store.

use std::fs;
use std::path::Path;

use romt_replica::{IndexPointer, POINTER_LIMIT, Publisher, Replica, ReplicaError, Restored, restore};
use romt_storage::{Expected, Storage, StorageKey};

use crate::{index, stores};

fn files(folder: &Path, ending: &str) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder.join("objects/pack")).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == ending));
    files.sort();
    files
}

type Damage = fn(&Path);

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_copy_is_mended() {
    let store = stores::folder();
    let here = tempfile::tempdir().unwrap();
    let (repository, copy) = (here.path().join("index"), here.path().join("copy"));
    let mut publisher = Publisher::new(store.storage.clone(), &repository, 1);
    for number in 0..4 {
        index::publish(&repository, number);
    }
    publisher.publish().await.unwrap();
    let packs = files(&repository, "pack").len();
    let damages: [(&str, Damage); 11] = [
        ("a pack is gone", |index| fs::remove_file(&files(index, "pack")[0]).unwrap()),
        ("an index is gone", |index| fs::remove_file(&files(index, "idx")[1]).unwrap()),
        ("a pack is cut", |index| fs::write(&files(index, "pack")[0], "PACK").unwrap()),
        ("all packs are of zeros", |index| {
            for path in files(index, "pack") {
                let length = usize::try_from(fs::metadata(&path).unwrap().len()).unwrap();
                fs::remove_file(&path).unwrap();
                fs::write(&path, vec![0; length]).unwrap();
            }
        }),
        ("HEAD is torn", |index| fs::write(index.join("HEAD"), "").unwrap()),
        ("master is torn", |index| fs::write(index.join("refs/heads/master"), "").unwrap()),
        ("master is locked", |index| fs::write(index.join("refs/heads/master.lock"), "").unwrap()),
        ("the configuration is no such", |index| fs::write(index.join("config"), "[[[").unwrap()),
        ("the references are gone", |index| fs::remove_dir_all(index.join("refs")).unwrap()),
        ("the repository is gone", |index| fs::remove_dir_all(index).unwrap()),
        ("downloads were cut", |index| {
            fs::write(index.join("objects/pack/tmp_romt_pack-0.pack"), "cut").unwrap();
            fs::write(index.join("objects/pack/pack-0123456789012345678901234567890123456789.pack"), "odd").unwrap();
        }),
    ];
    for (what, damage) in damages {
        let mut replica = Replica::open(&copy).await.unwrap();
        replica.follow(&store.storage).await.unwrap();
        drop(replica);
        damage(&copy.join("index"));
        let mut replica = Replica::open(&copy).await.unwrap();
        replica.follow(&store.storage).await.unwrap_or_else(|error| panic!("{what}: {error:?}")).unwrap();
        assert_eq!(index::published(&replica.repository()), Some(3), "{what}");
        let left = files(&copy.join("index"), "pack").len();
        assert_eq!(left, packs, "{what}");
    }
    // What is damaged while it is followed is made anew when a reader says so.
    let mut replica = Replica::open(&copy).await.unwrap();
    replica.follow(&store.storage).await.unwrap();
    fs::write(files(&copy.join("index"), "pack")[0].with_extension("pack"), "").unwrap();
    assert_eq!(replica.follow(&store.storage).await.unwrap(), None, "no news");
    replica.distrust();
    replica.follow(&store.storage).await.unwrap();
    assert_eq!(index::published(&replica.repository()), Some(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_indexer_that_lost_its_branches_has_its_packs_still() {
    let store = stores::folder();
    let here = tempfile::tempdir().unwrap();
    let repository = here.path().join("index");
    for number in 0..4 {
        index::publish(&repository, number);
    }
    Publisher::new(store.storage.clone(), &repository, 1).publish().await.unwrap();
    let packs = files(&repository, "pack");
    for branch in ["master", "working"] {
        fs::remove_file(repository.join("refs/heads").join(branch)).unwrap();
    }
    assert!(matches!(restore(&store.storage, &repository).await.unwrap(), Restored::From(Some(_))));
    assert_eq!(index::published(&repository), Some(3));
    assert_eq!(files(&repository, "pack"), packs, "none of them came again");

    // One that came again all the same, under the name that a pack out of a store has, is listed once.
    for file in [packs[0].clone(), packs[0].with_extension("idx")] {
        let name = Path::new("pack-0123456789012345678901234567890123456789").with_extension(file.extension().unwrap());
        fs::copy(&file, file.with_file_name(name)).unwrap();
    }
    Publisher::take_over(store.storage.clone(), &repository, 2).await.unwrap().publish().await.unwrap();
    let pointer = store.storage.read_pointer(&StorageKey::IndexPointer, POINTER_LIMIT).await.unwrap().unwrap();
    assert_eq!(IndexPointer::parse(&pointer.bytes).unwrap().packs.len(), packs.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_others_is_left_alone() {
    let here = tempfile::tempdir().unwrap();
    fs::write(here.path().join("thesis.txt"), "years of work").unwrap();
    assert!(matches!(Replica::open(here.path()).await.unwrap_err(), ReplicaError::NotOurs { .. }));
    let copy = here.path().join("copy");
    let first = Replica::open(&copy).await.unwrap();
    assert!(matches!(Replica::open(&copy).await.unwrap_err(), ReplicaError::InUse { .. }));
    drop(first);
    Replica::open(&copy).await.unwrap();
}

/// Puts a pointer that says something else than the one that is there.
async fn change(storage: &Storage, change: impl FnOnce(&mut IndexPointer)) {
    let read = storage.read_pointer(&StorageKey::IndexPointer, POINTER_LIMIT).await.unwrap().unwrap();
    let mut pointer = IndexPointer::parse(&read.bytes).unwrap();
    pointer.sequence += 1;
    change(&mut pointer);
    let put = storage.put_if(&StorageKey::IndexPointer, pointer.to_bytes().unwrap(), Expected::Version(&read.tag));
    put.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_in_the_store_is_not_followed() {
    let store = stores::folder();
    let storage = &store.storage;
    let here = tempfile::tempdir().unwrap();
    let repository = here.path().join("index");
    index::publish(&repository, 1);
    let mut publisher = Publisher::new(storage.clone(), &repository, 1);
    publisher.publish().await.unwrap();
    let mut replica = Replica::open(&here.path().join("copy")).await.unwrap();
    replica.follow(storage).await.unwrap();
    let good = storage.read_pointer(&StorageKey::IndexPointer, POINTER_LIMIT).await.unwrap().unwrap();
    index::publish(&repository, 2);
    publisher.publish().await.unwrap();
    let newest = storage.read_pointer(&StorageKey::IndexPointer, POINTER_LIMIT).await.unwrap().unwrap();
    let newest_pack = IndexPointer::parse(&newest.bytes).unwrap().packs.into_iter();
    let known = IndexPointer::parse(&good.bytes).unwrap().packs;
    let key = newest_pack.map(|pack| pack.files()[0].clone()).find(|(_, file)| known.iter().all(|p| p.pack != *file));
    let (key, file) = key.unwrap();
    let pieces = storage.read(&key, None).await.unwrap().body.into_stream(key.to_string());
    let right: Vec<bytes::Bytes> = futures_util::TryStreamExt::try_collect(pieces).await.unwrap();
    let right = right.concat();

    // A pack that is another one, too long, or cut.
    let size = usize::try_from(file.size).unwrap();
    for wrong in [vec![b'x'; size], [&right[..], b"x"].concat(), right[..size - 1].to_vec(), Vec::new()] {
        storage.put(&key, wrong.into()).await.unwrap();
        let error = replica.follow(storage).await.unwrap_err();
        assert!(matches!(error, ReplicaError::Pack { .. }), "{error:?}");
        assert!(error.to_string().contains(&key.to_string()), "{error}");
        assert_eq!(index::published(&replica.repository()), Some(1), "what was there is served on");
    }
    storage.delete(&key).await.unwrap();
    let error = replica.follow(storage).await.unwrap_err();
    assert!(matches!(error, ReplicaError::Storage(romt_storage::StorageError::NotFound { .. })), "{error:?}");
    storage.put(&key, right.into()).await.unwrap();
    replica.follow(storage).await.unwrap().unwrap();
    assert_eq!(index::published(&replica.repository()), Some(2));

    // A commit that is in no pack.
    let nowhere = "0123456789abcdef0123456789abcdef01234567".parse().unwrap();
    change(storage, |pointer| {
        pointer.references.insert(romt_index::IndexReference::Master, nowhere);
    })
    .await;
    let error = replica.follow(storage).await.unwrap_err();
    assert!(matches!(error, ReplicaError::Incomplete { .. }), "{error:?}");
    assert_eq!(index::published(&replica.repository()), Some(2), "what was there is served on");
    let error = replica.follow(storage).await.unwrap_err();
    assert!(matches!(error, ReplicaError::Incomplete { .. }), "{error:?}");

    // An older state than the one that was followed.
    storage.put(&StorageKey::IndexPointer, good.bytes).await.unwrap();
    let error = replica.follow(storage).await.unwrap_err();
    assert!(matches!(error, ReplicaError::WentBack { from: 2, to: 1 }), "{error:?}");
    storage.put(&StorageKey::IndexPointer, vec![b'x'; POINTER_LIMIT + 1].into()).await.unwrap();
    let error = replica.follow(storage).await.unwrap_err();
    assert!(matches!(error, ReplicaError::Storage(romt_storage::StorageError::Oversized { .. })), "{error:?}");
    // Whatever was wrong, the last good state comes back with its pointer.
    storage.put(&StorageKey::IndexPointer, newest.bytes).await.unwrap();
    replica.follow(storage).await.unwrap();
    assert_eq!(index::published(&replica.repository()), Some(2));
}

//! What every store must do. An implementation's tests call [`all`] with a way to make an empty store.
//!
//! [`alone`] leaves out what only matters with several writers: for services that tests start and that are not made for it.

#![expect(clippy::expect_used, reason = "a suite for tests")]

use bytes::Bytes;
use futures_util::TryStreamExt;
use romt_types::{CrateId, Digest, PrefixStyle};

use crate::{Expected, PointerNews, Storage, StorageError, StorageKey, WriteError};

/// Runs the whole suite, each case on a store of its own made by `make`.
///
/// # Panics
/// When the store does not conform.
pub async fn all<F, Fut>(make: F)
where
    F: Fn() -> Fut,
    Fut: Future<Output = Storage>,
{
    alone(&make).await;
    of_many_who_put_a_pointer_one_does(make().await).await;
}

/// Runs the part of the suite in which one process writes.
///
/// # Panics
/// When the store does not conform.
pub async fn alone<F, Fut>(make: F)
where
    F: Fn() -> Fut,
    Fut: Future<Output = Storage>,
{
    a_right_file_appears_when_it_is_finished(make().await).await;
    a_wrong_file_never_appears(make().await).await;
    a_wrong_file_leaves_the_old_one(make().await).await;
    too_many_bytes_are_refused(make().await).await;
    a_dropped_writer_leaves_nothing(make().await).await;
    a_restarted_writer_forgets(make().await).await;
    ranges_are_read(make().await).await;
    what_is_not_there_is_said_so(make().await).await;
    sizes_are_told_in_order(make().await).await;
    files_are_listed_by_folder(make().await).await;
    a_renamed_file_replaces(make().await).await;
    an_etag_changes_with_the_bytes(make().await).await;
    every_kind_of_file_is_kept(make().await).await;
    kinds_are_listed_apart(make().await).await;
    many_are_removed_at_once(make().await).await;
    a_folder_that_holds_something_says_so(make().await).await;
    many_writers_at_once(make().await).await;
    a_pointer_is_put_by_one_who_knows_it(make().await).await;
    a_pointer_that_is_too_large_is_not_read(make().await).await;
}

const MIB: usize = 1024 * 1024;
/// Sizes around the borders of parts, and one of several.
const SIZES: [usize; 9] = [0, 1, 70_000, MIB, MIB + 1, 3_500_000, 5 * MIB, 5 * MIB + 1, 11_000_000];

/// One key of each kind and shape, all in folders that are listed by the first part of their names.
const KEYS: [&str; 13] = [
    "crates/config.toml",
    "crates/ab/cd/ABcd/ABcd-1.0.0+x.y.crate",
    "dist/channel-rust-stable.toml",
    "dist/channel-rust-1.95.toml.sha256",
    "dist/2026-04-16/channel-rust-1.96.0-beta.2.toml.asc",
    "dist/2026-04-16/rust-std-1.95.0-thumbv8m.main-none-eabi.tar.xz",
    "dist/a/b/c/odd_name+1.tar.gz.sha256",
    ".romt/index/pointer.json",
    ".romt/index/packs/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08.pack",
    ".romt/index/packs/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08.idx",
    "rustup/release-stable.toml",
    "rustup/archive/1.29.0/x86_64-pc-windows-msvc/rustup-init.exe",
    "rustup/dist/x86_64-unknown-linux-gnu/rustup-init.sha256",
];

fn keys() -> Vec<StorageKey> {
    KEYS.iter().map(|key| key.parse().expect("a key")).collect()
}

fn key(id: &str) -> StorageKey {
    let id: CrateId = id.parse().expect("a crate id");
    StorageKey::Crate { id, style: PrefixStyle::Lower }
}

/// Bytes that differ from place to place.
fn bytes(length: usize) -> Bytes {
    let round: Vec<u8> = (0..=250).collect();
    let mut bytes = round.repeat(length / round.len() + 1);
    bytes.truncate(length);
    bytes.into()
}

async fn write(storage: &Storage, key: &StorageKey, body: &Bytes) -> Result<u64, WriteError> {
    let mut writer = storage.writer(key.clone(), Digest::of(body), body.len() as u64);
    for piece in body.chunks(9_999) {
        writer.write(Bytes::copy_from_slice(piece)).await?;
    }
    assert_eq!(writer.position(), body.len() as u64);
    writer.finish().await
}

async fn read(storage: &Storage, key: &StorageKey) -> Bytes {
    let object = storage.read(key, None).await.expect("read");
    let pieces: Vec<Bytes> = object.body.into_stream(key.to_string()).try_collect().await.expect("body");
    pieces.concat().into()
}

async fn is_empty(storage: &Storage) -> bool {
    storage.list("crates").try_collect::<Vec<_>>().await.expect("list").is_empty()
}

async fn a_right_file_appears_when_it_is_finished(storage: Storage) {
    for size in SIZES {
        let (key, body) = (key(&format!("size@{size}.0.0")), bytes(size));
        let mut writer = storage.writer(key.clone(), Digest::of(&body), size as u64);
        writer.write(body.clone()).await.expect("write");
        assert_eq!(storage.info(&key).await.expect("info"), None, "it is seen before it is finished");
        assert_eq!(writer.finish().await.expect("finish"), size as u64);
        storage.sync().await.expect("sync");
        assert_eq!(read(&storage, &key).await, body);
        assert_eq!(storage.info(&key).await.expect("info").expect("there").size, size as u64);
        assert_eq!(storage.digest(&key).await.expect("digest"), Some(Digest::of(&body)));
    }
}

async fn a_wrong_file_never_appears(storage: Storage) {
    for size in SIZES {
        let mut writer = storage.writer(key("a@1.0.0"), Digest::of(b"other"), size as u64);
        writer.write(bytes(size)).await.expect("write");
        let ended = writer.finish().await;
        assert!(matches!(ended, Err(WriteError::WrongDigest { .. })), "{ended:?}");
    }
    assert!(is_empty(&storage).await);
    assert_eq!(storage.unfinished().await.expect("uploads"), 0);
}

async fn a_wrong_file_leaves_the_old_one(storage: Storage) {
    let key = key("a@1.0.0");
    write(&storage, &key, &bytes(10)).await.expect("write");
    let mut writer = storage.writer(key.clone(), Digest::of(b"other"), 100);
    writer.write(bytes(20)).await.expect("write");
    writer.finish().await.expect_err("it is wrong");
    assert_eq!(read(&storage, &key).await, bytes(10));
}

async fn too_many_bytes_are_refused(storage: Storage) {
    for size in SIZES {
        let mut writer = storage.writer(key("a@1.0.0"), Digest::of(&bytes(size)), size as u64);
        writer.write(bytes(size)).await.expect("write");
        let more = writer.write(Bytes::from_static(b"x")).await;
        assert!(matches!(more, Err(WriteError::TooLarge { .. })), "{more:?}");
    }
    assert!(is_empty(&storage).await);
}

async fn a_dropped_writer_leaves_nothing(storage: Storage) {
    for size in SIZES {
        let mut writer = storage.writer(key("a@1.0.0"), Digest::of(&bytes(size)), size as u64);
        writer.write(bytes(size)).await.expect("write");
        drop(writer);
    }
    assert!(is_empty(&storage).await);
    // A service is told so afterwards.
    for _ in 0..200 {
        if storage.unfinished().await.expect("uploads") == 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("uploads are left that nobody will finish");
}

async fn a_restarted_writer_forgets(storage: Storage) {
    for size in SIZES {
        let (key, body) = (key(&format!("a@{size}.0.0")), bytes(size));
        let mut writer = storage.writer(key.clone(), Digest::of(&body), size.max(20_000_000) as u64);
        writer.write(bytes(if size == 0 { 5_500_000 } else { 1_500_000 })).await.expect("write");
        writer.restart().await.expect("restart");
        assert_eq!(writer.position(), 0);
        writer.write(body.clone()).await.expect("write");
        writer.finish().await.expect("finish");
        assert_eq!(read(&storage, &key).await, body);
    }
}

async fn ranges_are_read(storage: Storage) {
    let (key, body) = (key("a@1.0.0"), bytes(700_000));
    write(&storage, &key, &body).await.expect("write");
    for range in [0..1, 0..700_000, 300_000..600_001, 699_999..700_000] {
        let object = storage.read(&key, Some(range.clone())).await.expect("read");
        assert_eq!((object.range.clone(), object.info.size), (range.clone(), 700_000));
        let pieces: Vec<Bytes> = object.body.into_stream(key.to_string()).try_collect().await.expect("body");
        let (start, end) = (usize::try_from(range.start).expect("small"), usize::try_from(range.end).expect("small"));
        assert_eq!(pieces.concat(), body[start..end]);
    }
}

async fn what_is_not_there_is_said_so(storage: Storage) {
    let key = key("a@1.0.0");
    assert_eq!(storage.info(&key).await.expect("info"), None);
    assert_eq!(storage.digest(&key).await.expect("digest"), None);
    let read = storage.read(&key, None).await;
    assert!(matches!(read, Err(StorageError::NotFound { .. })), "{read:?}");
    storage.delete(&key).await.expect("deleting nothing is fine");
    assert!(is_empty(&storage).await);
}

async fn sizes_are_told_in_order(storage: Storage) {
    let keys = [key("a@1.0.0"), key("b@1.0.0"), key("c@1.0.0")];
    write(&storage, &keys[0], &bytes(7)).await.expect("write");
    write(&storage, &keys[2], &bytes(0)).await.expect("write");
    assert_eq!(storage.sizes(keys.to_vec()).await.expect("sizes"), [Some(7), None, Some(0)]);
}

async fn files_are_listed_by_folder(storage: Storage) {
    let keys = [key("a@1.0.0"), key("abc@1.0.0"), key("abcd@1.0.0+x.y"), StorageKey::CratesConfig];
    for key in &keys {
        storage.put(key, bytes(3)).await.expect("put");
    }
    storage.put(&StorageKey::Incoming(Digest::of(b"x")), bytes(3)).await.expect("put");
    let found: Vec<_> = storage.list("crates/").try_collect().await.expect("list");
    assert!(found.iter().all(|info| info.size == 3));
    let mut found: Vec<_> = found.into_iter().map(|info| info.key).collect();
    found.sort();
    let mut expected: Vec<_> = keys.iter().map(ToString::to_string).collect();
    expected.sort();
    assert_eq!(found, expected);
}

async fn a_renamed_file_replaces(storage: Storage) {
    let (from, to) = (StorageKey::Incoming(Digest::of(&bytes(5))), key("a@1.0.0"));
    write(&storage, &to, &bytes(10)).await.expect("write");
    write(&storage, &from, &bytes(5)).await.expect("write");
    storage.rename(&from, &to).await.expect("rename");
    assert_eq!(read(&storage, &to).await, bytes(5));
    assert_eq!(storage.info(&from).await.expect("info"), None);
}

async fn an_etag_changes_with_the_bytes(storage: Storage) {
    let key = key("a@1.0.0");
    write(&storage, &key, &bytes(10)).await.expect("write");
    let first = storage.info(&key).await.expect("info").expect("there");
    assert_eq!(storage.read(&key, None).await.expect("read").info, first);
    write(&storage, &key, &bytes(11)).await.expect("write");
    let second = storage.info(&key).await.expect("info").expect("there");
    assert!(first.etag.is_some() && first.etag != second.etag);
}

async fn every_kind_of_file_is_kept(storage: Storage) {
    let incoming = StorageKey::Incoming(Digest::of(b"x"));
    for (key, length) in keys().into_iter().chain([incoming]).zip(1..) {
        write(&storage, &key, &bytes(length)).await.expect("write");
        write(&storage, &key, &bytes(length + 90)).await.expect("write over it");
        assert_eq!(read(&storage, &key).await, bytes(length + 90));
        storage.put(&key, bytes(length)).await.expect("put");
        assert_eq!(read(&storage, &key).await, bytes(length));
        let info = storage.info(&key).await.expect("info").expect("there");
        assert_eq!((info.key, info.size), (key.to_string(), length as u64));
        assert_eq!(storage.digest(&key).await.expect("digest"), Some(Digest::of(&bytes(length))));
        if let Some(folder) = storage.as_folder() {
            assert!(folder.join(key.to_string()).is_file(), "`{key}` has another name");
        }
    }
    let lengths = (1..).take(KEYS.len());
    assert_eq!(storage.sizes(keys()).await.expect("sizes"), lengths.clone().map(Some).collect::<Vec<_>>());
    let digests = storage.digests(keys()).await.expect("digests");
    for (digest, length) in digests.into_iter().zip(lengths) {
        let length = usize::try_from(length).expect("small");
        assert_eq!(digest.expect("digest"), Some(Digest::of(&bytes(length))));
    }
}

async fn kinds_are_listed_apart(storage: Storage) {
    for key in keys() {
        storage.put(&key, bytes(3)).await.expect("put");
    }
    for folder in [StorageKey::CRATES, StorageKey::DIST, StorageKey::RUSTUP] {
        let mut found: Vec<_> = storage.list(folder).map_ok(|info| info.key).try_collect().await.expect("list");
        let mut expected: Vec<_> = KEYS.into_iter().filter(|key| key.starts_with(folder)).collect();
        found.sort();
        expected.sort_unstable();
        assert_eq!(found, expected);
        assert!(found.iter().all(|key| key.parse::<StorageKey>().is_ok_and(|key| key.folder() == folder)));
    }
}

async fn many_are_removed_at_once(storage: Storage) {
    let [first, second, third] = [2, 3, 8].map(|at| keys()[at].clone());
    for key in [&first, &third] {
        storage.put(key, bytes(3)).await.expect("put");
    }
    let removed = storage.remove(vec![first.clone(), second, third.clone(), first]).await.expect("remove");
    assert_eq!(removed, [true, false, true, false]);
    assert_eq!(storage.remove(Vec::new()).await.expect("remove"), [false; 0]);
    assert_eq!(storage.info(&third).await.expect("info"), None);
}

async fn a_folder_that_holds_something_says_so(storage: Storage) {
    let folders = [StorageKey::CRATES, StorageKey::DIST, StorageKey::RUSTUP];
    for folder in folders {
        assert!(!storage.holds(folder).await.expect("holds"), "{folder}");
    }
    // Some lie right in their folder, some deeper.
    for key in keys() {
        storage.put(&key, bytes(3)).await.expect("put");
        for folder in folders {
            assert_eq!(storage.holds(folder).await.expect("holds"), folder == key.folder(), "{folder}, {key}");
        }
        storage.remove(vec![key]).await.expect("remove");
    }
}

async fn many_writers_at_once(storage: Storage) {
    // More large ones than there are places for large parts.
    let write_one = |number: usize| {
        let storage = &storage;
        async move {
            let (key, body) = (key(&format!("a@{number}.0.0")), bytes(MIB + 100_000 + number));
            write(storage, &key, &body).await.expect("write");
            assert_eq!(storage.digest(&key).await.expect("digest"), Some(Digest::of(&body)));
        }
    };
    futures_util::future::join_all((0..40).map(write_one)).await;
}

/// More than any pointer here has.
const LIMIT: usize = 1000;

async fn a_pointer_is_put_by_one_who_knows_it(storage: Storage) {
    let key = StorageKey::IndexPointer;
    let text = |text: &'static str| Bytes::from_static(text.as_bytes());
    assert_eq!(storage.read_pointer(&key, LIMIT).await.expect("read"), None);
    assert_eq!(storage.pointer_news(&key, LIMIT, None).await.expect("news"), PointerNews::Absent);
    let first = storage.put_if(&key, text("first"), Expected::Absent).await.expect("put");
    let conflicts = |put: Result<_, StorageError>| {
        assert!(matches!(&put, Err(StorageError::Conflict { key }) if key == ".romt/index/pointer.json"), "{put:?}");
    };
    conflicts(storage.put_if(&key, text("other"), Expected::Absent).await);
    let read = storage.read_pointer(&key, LIMIT).await.expect("read").expect("there");
    assert_eq!((&read.bytes, &read.tag), (&text("first"), &first));
    let second = storage.put_if(&key, text("second"), Expected::Version(&first)).await.expect("put");
    assert_ne!(first, second);
    conflicts(storage.put_if(&key, text("other"), Expected::Version(&first)).await);
    assert_eq!(storage.pointer_news(&key, LIMIT, Some(&second)).await.expect("news"), PointerNews::Unchanged);
    let news = storage.pointer_news(&key, LIMIT, Some(&first)).await.expect("news");
    assert!(matches!(&news, PointerNews::Changed(p) if p.bytes == "second" && p.tag == second), "{news:?}");
    storage.delete(&key).await.expect("delete");
    conflicts(storage.put_if(&key, text("other"), Expected::Version(&second)).await);
    assert_eq!(storage.pointer_news(&key, LIMIT, Some(&second)).await.expect("news"), PointerNews::Absent);
    storage.put_if(&key, text("third"), Expected::Absent).await.expect("put");
}

async fn a_pointer_that_is_too_large_is_not_read(storage: Storage) {
    let key = StorageKey::IndexPointer;
    for (size, fits) in [(LIMIT, true), (LIMIT + 1, false), (500_000, false)] {
        storage.put(&key, bytes(size)).await.expect("put");
        match storage.read_pointer(&key, LIMIT).await {
            Ok(Some(pointer)) => assert!(fits && pointer.bytes.len() == size),
            Err(StorageError::Oversized { limit: LIMIT, .. }) => assert!(!fits),
            other => panic!("{other:?}"),
        }
    }
}

async fn of_many_who_put_a_pointer_one_does(storage: Storage) {
    let key = StorageKey::IndexPointer;
    let mut tag = None;
    for round in 0..5 {
        let put = |number: u32| {
            let (storage, key, tag) = (&storage, &key, &tag);
            async move {
                let expected = tag.as_ref().map_or(Expected::Absent, Expected::Version);
                storage.put_if(key, format!("{round}, {number}").into(), expected).await
            }
        };
        let ended = futures_util::future::join_all((0..8).map(put)).await;
        let (won, lost): (Vec<_>, Vec<_>) = ended.into_iter().partition(Result::is_ok);
        assert_eq!(won.len(), 1, "{won:?}");
        assert!(lost.iter().all(|put| matches!(put, Err(StorageError::Conflict { .. }))), "{lost:?}");
        tag = won.into_iter().next().and_then(Result::ok);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn memory_conforms() {
        all(|| async { Storage::memory() }).await;
    }

    #[tokio::test]
    async fn a_folder_conforms() {
        let folders = tempfile::tempdir().unwrap();
        let next = std::sync::atomic::AtomicU32::new(0);
        all(|| async {
            let number = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Storage::folder(&folders.path().join(number.to_string())).unwrap()
        })
        .await;
        let left = std::process::Command::new("find").arg(folders.path()).args(["-name", "*#*"]).output().unwrap();
        assert!(left.stdout.is_empty(), "left behind: {}", String::from_utf8_lossy(&left.stdout));
    }
}

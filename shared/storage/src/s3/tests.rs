//! Buckets of real services: moto's in every run, s3s-fs where it is installed.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use romt_testkit::{FaultyS3, S3Fault, S3Kind, S3Server, not_run};
use romt_types::Digest;

use crate::testing::conformance;
use crate::{Expected, S3Options, Secret, Storage, StorageError, StorageKey, StoreAddress, WriteError};

/// The service, or why the test did not run. moto is in every run; s3s-fs takes minutes to build, so only the full one has it.
fn service(kind: S3Kind, test: &str) -> Option<S3Server> {
    let started = S3Server::start(kind);
    match kind {
        S3Kind::Moto if started.is_none() => not_run(test, kind.how_to_install()),
        S3Kind::S3sFs if started.is_none() => println!("{test} did not run: {}", kind.how_to_install()),
        _ => {}
    }
    started
}

fn options(endpoint: &str) -> S3Options {
    S3Options {
        endpoint: Some(S3Options::parse_endpoint(endpoint).unwrap()),
        access_key: Some(S3Server::ACCESS_KEY.to_owned()),
        secret_key: Some(Secret::new(S3Server::SECRET_KEY)),
        timeout: Duration::from_secs(20),
        retry_time: Duration::from_secs(20),
        ..S3Options::default()
    }
}

async fn open(endpoint: &str, prefix: &str) -> Storage {
    let address: StoreAddress = format!("s3://{}/{prefix}", S3Server::BUCKET).parse().unwrap();
    Storage::connect(&address, &options(endpoint)).await.unwrap()
}

/// Makes stores of their own for the cases: the first has the bucket to itself, each other a prefix.
async fn fresh(service: &S3Server, next: &AtomicU32) -> Storage {
    let number = next.fetch_add(1, Ordering::Relaxed);
    let prefix = if number == 0 { String::new() } else { format!("case/{number}") };
    let storage = open(&service.endpoint(), &prefix).await;
    let shown = format!("{storage:?}");
    assert!(shown.contains("s3://romt") && !shown.contains(S3Server::SECRET_KEY), "{shown}");
    storage
}

#[tokio::test(flavor = "multi_thread")]
async fn moto_conforms() {
    let Some(service) = service(S3Kind::Moto, "the store's conformance on moto") else { return };
    let next = AtomicU32::new(0);
    conformance::all(|| fresh(&service, &next)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s3s_fs_conforms() {
    let Some(service) = service(S3Kind::S3sFs, "the store's conformance on s3s-fs") else { return };
    let next = AtomicU32::new(0);
    // It looks and then writes, so two who put at once may both be told that they did.
    conformance::alone(|| fresh(&service, &next)).await;
}

fn crate_key(id: &str) -> StorageKey {
    StorageKey::Crate { id: id.parse().unwrap(), style: romt_types::PrefixStyle::Lower }
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_that_nobody_finishes_are_swept() {
    let Some(service) = service(S3Kind::Moto, "sweeping uploads") else { return };
    let storage = open(&service.endpoint(), "swept").await;
    let beside = open(&service.endpoint(), "swept-not").await;
    for (storage, id) in [(&storage, "a@1.0.0"), (&storage, "b@1.0.0"), (&beside, "c@1.0.0")] {
        let mut writer = storage.writer(crate_key(id), Digest::of(b""), 100_000_000);
        writer.write(vec![7; 6_000_000].into()).await.unwrap();
        // As if it were killed.
        std::mem::forget(writer);
    }
    assert_eq!((storage.unfinished().await.unwrap(), beside.unfinished().await.unwrap()), (2, 1));
    // moto says of every upload that it was begun in 2010.
    assert_eq!(storage.sweep().await.unwrap(), 2);
    assert_eq!((storage.unfinished().await.unwrap(), beside.unfinished().await.unwrap()), (0, 1));
    assert_eq!(storage.sweep().await.unwrap(), 0);
}

/// The whole story of an error.
fn story(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_address_is_known_at_once() {
    let Some(service) = service(S3Kind::Moto, "wrong addresses of a bucket") else { return };
    let connect = |address: &'static str, options: S3Options| async move {
        let error = Storage::connect(&address.parse().unwrap(), &options).await.unwrap_err();
        assert!(matches!(error, StorageError::Unusable { .. }), "{error:?}");
        let story = story(&error);
        assert!(story.contains(address) && !story.contains(S3Server::SECRET_KEY), "{story}");
        story
    };
    let good = || options(&service.endpoint());
    assert!(connect("s3://absent", good()).await.contains("NoSuchBucket"));
    let quick = S3Options { retries: 1, ..options("http://127.0.0.1:9") };
    connect("s3://romt", quick).await;
    let story = connect("s3://romt", S3Options { secret_key: None, ..good() }).await;
    assert!(story.contains("no secret key"), "{story}");
    let story = connect("s3://romt", S3Options { region: "a\nb".to_owned(), ..good() }).await;
    assert!(story.contains("region"), "{story}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_goes_is_not_a_file_that_is_not_there() {
    let Some(service) = service(S3Kind::Moto, "a bucket that goes") else { return };
    let storage = open(&service.endpoint(), "").await;
    let guarded = FaultyS3::start(service.address(), |_| S3Fault::None);
    let denied = open(&guarded.endpoint(), "").await;
    guarded.change(|_| S3Fault::Status(403));
    assert!(matches!(denied.info(&crate_key("a@1.0.0")).await, Err(StorageError::Denied { .. })));
    assert!(matches!(denied.put(&StorageKey::CratesConfig, Bytes::new()).await, Err(StorageError::Denied { .. })));
    let mut stream = std::net::TcpStream::connect(service.address()).unwrap();
    let request = format!("DELETE /romt HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", service.address());
    std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
    let answer = std::io::read_to_string(stream).unwrap();
    assert!(answer.contains(" 204 "), "{answer}");
    let key = crate_key("a@1.0.0");
    let read = storage.read(&key, None).await.unwrap_err();
    assert!(matches!(read, StorageError::Refused { .. }), "{read:?}");
    let written = storage.put(&key, Bytes::from_static(b"x")).await.unwrap_err();
    assert!(matches!(written, StorageError::Refused { .. }), "{written:?}");
    let listed: Vec<_> = futures_util::StreamExt::collect(storage.list("crates")).await;
    assert!(matches!(&listed[..], [Err(StorageError::Refused { .. })]), "{listed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_keys_are_denied() {
    let Some(service) = service(S3Kind::S3sFs, "wrong keys") else { return };
    let address = "s3://romt".parse().unwrap();
    let wrong = S3Options { secret_key: Some(Secret::new("another")), ..options(&service.endpoint()) };
    let error = Storage::connect(&address, &wrong).await.unwrap_err();
    assert!(matches!(error, StorageError::Unusable { .. }), "{error:?}");
    assert!(!story(&error).contains("another"), "{}", story(&error));
}

/// What happens to requests: one in three goes wrong, each time in another way.
fn now_and_then(request: &romt_testkit::S3Request) -> S3Fault {
    const FAULTS: [S3Fault; 7] = [
        S3Fault::Status(503),
        S3Fault::CutAnswer,
        S3Fault::Status(500),
        S3Fault::LostAnswer,
        S3Fault::Slow(Duration::from_millis(300)),
        S3Fault::LostRequest,
        S3Fault::WrongStatus(500),
    ];
    // Coprime, so every kind of request meets every fault.
    if request.number % 3 == 1 { FAULTS[request.number / 3 % FAULTS.len()] } else { S3Fault::None }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_fails_now_and_then_loses_and_spoils_nothing() {
    let Some(service) = service(S3Kind::Moto, "a failing service") else { return };
    let sound = open(&service.endpoint(), "faults").await;
    let faulty = FaultyS3::start(service.address(), |_| S3Fault::None);
    let storage = open(&faulty.endpoint(), "faults").await;
    faulty.change(now_and_then);
    let (mut written, mut failed) = (0, 0);
    for number in 0..60_usize {
        let body = Bytes::from(vec![b'a'; [10, 200_000, 6_000_000, 12_000_000][number % 4] + number]);
        let key = crate_key(&format!("a@{number}.0.0"));
        let right = Digest::of(&body);
        // Every fifth is wrong: it must never be seen, whatever else goes wrong.
        let expected = if number % 5 == 4 { Digest::of(b"other") } else { right };
        let write = async {
            let mut writer = storage.writer(key.clone(), expected, body.len() as u64);
            writer.write(body.clone()).await?;
            writer.finish().await
        };
        let ended = write.await;
        let there = sound.digest(&key).await.unwrap();
        match ended {
            Ok(_) => {
                written += 1;
                assert_eq!((there, expected), (Some(right), right), "it is under its key, and right");
                let read = storage.digest(&key).await;
                assert!(!matches!(read, Ok(None)), "what is there is not said to be absent");
                assert!(!matches!(read, Ok(Some(digest)) if digest != right), "what is read is right or an error");
            }
            Err(error) => {
                failed += 1;
                // Without an answer it may have been stored, and then it is right.
                assert!(there.is_none() || there == Some(expected), "{error}");
                let is_known = matches!(error, WriteError::WrongDigest { .. })
                    || matches!(error, WriteError::Storage(StorageError::Failed { .. }));
                assert!(is_known, "{error:?}");
                assert!(story(&error).contains("crates/1/a/"), "{}", story(&error));
            }
        }
    }
    println!(
        "{written} written, {failed} failed, 12 of them wrong; {} of {} requests went wrong",
        faulty.failed(),
        faulty.asked()
    );
    assert!(written >= 40 && faulty.failed() > 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pointer_is_never_put_twice_by_a_service_that_fails() {
    let Some(service) = service(S3Kind::Moto, "pointers of a failing service") else { return };
    let sound = open(&service.endpoint(), "pointers").await;
    let faulty = FaultyS3::start(service.address(), |_| S3Fault::None);
    let storage = open(&faulty.endpoint(), "pointers").await;
    faulty.change(now_and_then);
    let key = StorageKey::IndexPointer;
    let (mut put, mut unknown) = (0, 0);
    for number in 0..60 {
        let before = sound.read_pointer(&key, 100).await.unwrap();
        let expected = before.as_ref().map_or(Expected::Absent, |pointer| Expected::Version(&pointer.tag));
        let bytes = Bytes::from(format!("state {number}"));
        let ended = storage.put_if(&key, bytes.clone(), expected).await;
        let after = sound.read_pointer(&key, 100).await.unwrap();
        match ended {
            Ok(tag) => {
                put += 1;
                let after = after.unwrap();
                assert_eq!((after.bytes, after.tag), (bytes, tag));
            }
            Err(error) => {
                unknown += 1;
                assert!(matches!(error, StorageError::Failed { .. } | StorageError::Conflict { .. }), "{error:?}");
                // Whatever was said: it is there or it is not.
                assert!(after == before || after.is_some_and(|after| after.bytes == bytes));
            }
        }
    }
    println!("{put} put, {unknown} without a clear answer");
    assert!(put >= 30);
}

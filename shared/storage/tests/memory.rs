//! What writers to a bucket hold in memory. A program of its own, since it measures its whole process.

#![expect(clippy::unwrap_used, reason = "a test")]

use bytes::Bytes;
use romt_storage::{S3Options, Secret, Storage};
use romt_testkit::{S3Kind, S3Server, not_run};
use romt_types::Digest;

fn options(endpoint: &str) -> S3Options {
    S3Options {
        endpoint: Some(S3Options::parse_endpoint(endpoint).unwrap()),
        access_key: Some(S3Server::ACCESS_KEY.to_owned()),
        secret_key: Some(Secret::new(S3Server::SECRET_KEY)),
        ..S3Options::default()
    }
}

/// The most memory that this process ever had, in MiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_hold_no_more_memory_than_they_say() {
    let Some(service) = S3Server::start(S3Kind::Moto) else {
        return not_run("the memory of many writers", S3Kind::Moto.how_to_install());
    };
    let address = format!("s3://{}/memory", S3Server::BUCKET).parse().unwrap();
    let storage = Storage::connect(&address, &options(&service.endpoint())).await.unwrap();
    let piece = Bytes::from(vec![7; 100_000]);
    let before = peak();
    for (writers, most) in [(16_u64, 80), (64, 160)] {
        let write = |number: u64| {
            let (storage, piece) = (storage.clone(), piece.clone());
            async move {
                let key = format!("crates/1/a/a-{writers}.{number}.0.crate").parse().unwrap();
                let mut writer = storage.writer(key, Digest::of(b"never right"), 30_000_000);
                for _ in 0..160 {
                    writer.write(piece.clone()).await.unwrap();
                }
                writer.finish().await.unwrap_err();
            }
        };
        futures_util::future::join_all((0..writers).map(write)).await;
        let took = peak() - before;
        println!("{writers} writers of 16 MB each: {took} MiB more than before, {most} MiB of them in parts at most");
        // Connections and the allocator take some too.
        assert!(took < most * 5 / 4 + 16);
    }
}

//! How long a publish takes to be seen, with an index as large as crates.io's.

use std::time::{Duration, Instant};

use romt_index::{IndexRepository, ObjectWriter, TreeEdits};
use romt_replica::{Publisher, Replica};

use crate::stores;

const FILES: usize = 250_000;
const SMALL: usize = 20;
const ROUNDS: usize = 20;

/// The path of a made-up crate's file.
fn path(number: usize) -> String {
    let name = format!("{:05x}crate", number.wrapping_mul(2_654_435_761) % 0x10_0000);
    format!("{}/{}/{name}-{number}", &name[..2], &name[2..4])
}

/// About the bytes of an average index file that do not compress away.
fn content(number: usize, round: usize) -> Vec<u8> {
    let mut state = (number as u64) << 20 | round as u64 | 1;
    let mut noise = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        format!("{state:016x}")
    };
    let lines = (0..4).map(|line| {
        let cksum: String = (0..4).map(|_| noise()).collect();
        let deps: String = (0..3).map(|_| noise()).collect();
        format!("{{\"name\":\"crate-{number}\",\"vers\":\"0.{line}.{round}\",\"deps\":[\"{deps}\"],\"cksum\":\"{cksum}\",\"features\":{{}},\"yanked\":false}}\n")
    });
    lines.collect::<String>().into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn large_index_is_followed_soon() {
    let here = tempfile::tempdir().unwrap();
    let path_of = here.path().join("index");
    let repository = IndexRepository::open_or_init(&path_of).unwrap();
    let begun = Instant::now();
    let (mut writer, mut edits) = (ObjectWriter::default(), TreeEdits::default());
    for number in 0..FILES {
        edits.put(path(number), writer.blob(&repository, &content(number, 0)).unwrap());
    }
    let snapshot = repository.commit(&mut writer, &edits, "all").unwrap();
    repository.publish(&snapshot).unwrap();
    drop(repository);
    let size: u64 = std::fs::read_dir(path_of.join("objects/pack"))
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum();
    println!("{FILES} files, {} MB of packs, made in {:.1?}", size / 1_000_000, begun.elapsed());
    for store in stores::all("a large index on S3").await.into_iter().filter(|store| store.name != "memory") {
        let mut publisher = Publisher::new(store.storage.clone(), &path_of, 1);
        let begun = Instant::now();
        publisher.publish().await.unwrap();
        println!("{}: first publish {:.2?}", store.name, begun.elapsed());
        let mut replica = Replica::open(&here.path().join(format!("copy-{}", store.name))).await.unwrap();
        let begun = Instant::now();
        replica.follow(&store.storage).await.unwrap();
        println!("{}: first follow {:.2?}", store.name, begun.elapsed());
        let begun = Instant::now();
        for _ in 0..10 {
            replica.follow(&store.storage).await.unwrap();
        }
        println!("{}: a look without news {:.2?}", store.name, begun.elapsed() / 10);
        let mut times: Vec<(Duration, Duration)> = Vec::new();
        for round in 1..=ROUNDS {
            let repository = IndexRepository::open_or_init(&path_of).unwrap();
            let (mut writer, mut edits) = (ObjectWriter::default(), TreeEdits::default());
            for number in 0..SMALL {
                let number = (number * 12_347 + round * 31) % FILES;
                edits.put(path(number), writer.blob(&repository, &content(number, round)).unwrap());
            }
            let snapshot = repository.commit(&mut writer, &edits, store.name).unwrap();
            repository.publish(&snapshot).unwrap();
            drop(repository);
            let begun = Instant::now();
            publisher.publish().await.unwrap();
            let published = begun.elapsed();
            let begun = Instant::now();
            assert_eq!(replica.follow(&store.storage).await.unwrap(), Some(snapshot.commit));
            times.push((published, begun.elapsed()));
        }
        times.sort_by_key(|(publish, follow)| *publish + *follow);
        let (publish, follow) = times[ROUNDS / 2];
        let (slow_publish, slow_follow) = times[ROUNDS - 1];
        println!(
            "{}: {SMALL} files changed: publish {publish:.1?} + follow {follow:.1?}; slowest of {ROUNDS} {:.1?}",
            store.name,
            slow_publish + slow_follow
        );
        assert!(slow_publish + slow_follow < Duration::from_secs(2));
    }
}

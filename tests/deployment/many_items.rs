//! A long queue of files, and fetchers that work it off: nothing grows with it but files.
//!
//! By hand, with two million: `ROMT_TEST_ITEMS=2000000 ROMT_BIN=target/release/romt cargo nextest run …`.

#![expect(clippy::expect_used, reason = "a test that cannot be set up fails")]

use std::time::{Duration, Instant};

use romt_bus::messages::{FetchBatch, FetchItem, FetchOutcome, FetchSettled};
use romt_bus::{BusHandle, Queue, connect};
use romt_testkit::{FakeCrate, Process, Upstream};
use romt_tests::{Deployment, tell};
use romt_types::{Digest, RunId};
use tokio::runtime::Runtime;
use tokio::time::timeout;

const FETCHERS: usize = 4;
/// Where nothing else is asked for.
const ITEMS: u32 = 30_000;
/// Items in a batch: as many as an indexer sends at most.
const BATCH: u32 = 800;
/// In bytes, for any process.
const LIMIT: u64 = 200 << 20;

/// What every item brings: the same bytes, each time under another key.
struct Same {
    url: String,
    digest: Digest,
    size: u64,
}

impl Same {
    fn batch(&self, number: u32, items: u32) -> FetchBatch {
        let run: RunId = "0190a8e2-0000-7000-8000-000000000000".parse().expect("a run's id");
        let item = |item: u32| {
            let name = format!("c{:04}-{item:03}", number % 4_096);
            FetchItem {
                key: format!("crates/{}/{}/{name}/{name}-{number}.0.0.crate", &name[..2], &name[2..4]),
                url: self.url.clone(),
                digest: self.digest,
                label: format!("{name}@{number}.0.0"),
                limit: 512_000_000,
            }
        };
        FetchBatch { run, batch: number, items: (0..items).map(item).collect() }
    }
}

/// The most memory that a process has had, in bytes.
fn peak(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
}

/// Queues `count` items in batches; returns how many batches those are.
async fn queue(bus: &BusHandle, same: &Same, count: u32) -> u32 {
    let batches = count.div_ceil(BATCH);
    for number in 0..batches {
        let items = BATCH.min(count - number * BATCH);
        bus.submit(&same.batch(number, items)).await.expect("to queue it");
    }
    assert_eq!(bus.port().pending(Queue::Fetch).await.expect("pending"), u64::from(batches));
    batches
}

#[test]
fn a_long_queue_passes_through_fetchers_in_bounded_memory() {
    let items = std::env::var("ROMT_TEST_ITEMS").map_or(ITEMS, |items| items.parse().expect("a number"));
    let upstream = Upstream::start();
    upstream.publish(FakeCrate::new("same", "1.0.0"));
    let Some(deployment) = Deployment::start("a_long_queue", &upstream) else { return };
    let file = upstream.file(&"same@1.0.0".parse().expect("an id")).expect("a file");
    let url = format!("{}/dl/same/1.0.0/download", upstream.base_url());
    let same = Same { url, digest: Digest::of(&file), size: file.len() as u64 };
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let bus = connect(&deployment.nats.url().parse().expect("an address")).await.expect("a bus");
        let batches = queue(&bus, &same, items).await;
        let begun = Instant::now();
        let fetchers: Vec<_> = (0..FETCHERS).map(|_| deployment.fetcher()).collect();
        let mut brought = 0;
        for _ in 0..batches {
            let answer = timeout(Duration::from_mins(1), bus.next_job::<FetchSettled>()).await;
            let answer = answer.expect("an answer in time").expect("an answer");
            for outcome in &answer.job.outcomes {
                assert_eq!(outcome, &FetchOutcome::Downloaded { bytes: same.size });
            }
            brought += u32::try_from(answer.job.outcomes.len()).expect("a number");
            answer.done().await.expect("done");
            upstream.forget_requests();
        }
        assert_eq!(brought, items, "each once");
        assert_eq!(bus.port().pending(Queue::Fetch).await.expect("pending"), 0);
        let nats = deployment.nats.pid().expect("a server");
        let peaks: Vec<_> = fetchers.iter().map(Process::id).chain([nats]).map(peak).collect();
        assert!(peaks.iter().all(|peak| *peak < LIMIT), "{peaks:?}");
        let shown: Vec<_> = peaks.iter().map(|peak| peak >> 20).collect();
        tell(&format!("{items} items in {:.1?}; MiB at most, nats-server last: {shown:?}", begun.elapsed()));
        for fetcher in fetchers {
            fetcher.terminate().succeeds();
        }
    });
}

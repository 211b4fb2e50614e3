//! Two million files to fetch, all of them queued at once: nothing grows with them but files.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use romt_bus::messages::{FetchBatch, FetchItem};
use romt_bus::{Bus, BusHandle, Queue};
use romt_testkit::NatsServer;
use romt_types::{Digest, RunId};

use crate::support::{connect, on_both, server};

on_both!(two_million_items_pass_in_bounded_memory);

const BATCHES: u32 = 10_000;
const ITEMS: u32 = 200;
/// In bytes, for the server and for the process that sends and receives.
const LIMIT: u64 = 200 << 20;

fn batch(number: u32) -> FetchBatch {
    let run: RunId = "0190a8e2-0000-7000-8000-000000000000".parse().expect("a run's id");
    let item = |item: u32| {
        let name = format!("crate-{number}-{item}");
        FetchItem {
            key: format!("crates/cr/at/{name}/{name}-1.0.0.crate"),
            url: format!("https://crates.example/crates/{name}/{name}-1.0.0.crate"),
            digest: Digest::of(name.as_bytes()),
            label: format!("{name}@1.0.0"),
            limit: 512_000_000,
        }
    };
    FetchBatch { run, batch: number, items: (0..ITEMS).map(item).collect() }
}

/// The most memory that a process has had, in bytes.
fn peak(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
}

async fn two_million_items_pass_in_bounded_memory(version: &str) {
    let Some(server) = server("two million items", version) else { return };
    let begun = Instant::now();
    let port = connect(&server, "x").await;
    let bus = BusHandle::new(Arc::clone(&port) as Arc<dyn Bus>);
    let senders: Vec<_> = (0..8)
        .map(|part| {
            let bus = bus.clone();
            tokio::spawn(async move {
                for number in (0..BATCHES).filter(|number| number % 8 == part) {
                    bus.submit(&batch(number)).await.expect("to add it");
                }
            })
        })
        .collect();
    for sender in senders {
        sender.await.expect("a sender");
    }
    assert_eq!(port.pending(Queue::Fetch).await.expect("pending"), u64::from(BATCHES));
    println!("{BATCHES} batches queued in {:.1?}; {}", begun.elapsed(), memory(&server));
    let items = Arc::new(AtomicU64::new(0));
    let workers: Vec<_> = (0..8)
        .map(|_| {
            let (bus, items) = (bus.clone(), Arc::clone(&items));
            tokio::spawn(async move {
                while let Ok(job) = tokio::time::timeout(Duration::from_secs(3), bus.next_job::<FetchBatch>()).await {
                    let job = job.expect("a batch");
                    items.fetch_add(job.job.items.len() as u64, Ordering::Relaxed);
                    job.done().await.expect("done");
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.expect("a worker");
    }
    println!("{} items in {:.1?}; {}", items.load(Ordering::Relaxed), begun.elapsed(), memory(&server));
    assert_eq!(items.load(Ordering::Relaxed), u64::from(BATCHES * ITEMS), "once each");
    for pid in [server.pid().expect("a server"), std::process::id()] {
        assert!(peak(pid) < LIMIT, "{} MiB", peak(pid) >> 20);
    }
}

fn memory(server: &NatsServer) -> String {
    let server = peak(server.pid().expect("a server")) >> 20;
    format!("at most {server} MiB in nats-server, {} MiB here", peak(std::process::id()) >> 20)
}

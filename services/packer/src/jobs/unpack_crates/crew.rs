//! One thread reads the archive, others write what is in it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::anyhow;

use super::batch::Batch;
use super::stager::Stager;
use crate::jobs::pipe::NobodyWrites;

/// The file system takes most of the time, and lets no more than this many in at once.
const MAX_THREADS: usize = 4;
/// So many batches may wait to be written.
const WAITING: usize = 8;

/// Where batches go to be written.
pub(super) struct Batches {
    full: SyncSender<Batch>,
    empty: Receiver<Batch>,
}

impl Batches {
    /// Hands over a batch, and puts an empty one in its place. It fails when a thread that writes has.
    pub(super) fn hand_over(&self, batch: &mut Batch) -> anyhow::Result<()> {
        let empty = self.empty.try_recv().unwrap_or_else(|_| Batch::new());
        self.full.send(std::mem::replace(batch, empty)).map_err(|_| NobodyWrites.into())
    }
}

/// Runs `read`, which hands batches over, and beside it threads that write them, each with a stager of its own.
pub(super) fn crew<'a, A>(
    stager: impl Fn() -> anyhow::Result<Stager<'a>>,
    read: impl FnOnce(Batches) -> anyhow::Result<A>,
) -> anyhow::Result<A> {
    let threads = thread::available_parallelism().map_or(1, |threads| threads.get().min(MAX_THREADS));
    let failed = AtomicBool::new(false);
    let stagers: Vec<_> = (0..threads).map(|_| stager()).collect::<anyhow::Result<_>>()?;
    thread::scope(|scope| {
        let (full, batches) = sync_channel(WAITING);
        let (give_back, empty) = channel();
        let batches = Arc::new(Mutex::new(batches));
        let writers: Vec<_> = stagers
            .into_iter()
            .map(|stager| {
                let writer =
                    Writer { batches: Arc::clone(&batches), give_back: give_back.clone(), stager, failed: &failed };
                scope.spawn(move || writer.run())
            })
            .collect();
        // When the last writer lets go of it, nobody writes.
        drop(batches);
        let read = read(Batches { full, empty });
        let died = |_| Err(anyhow!("a thread that writes what is unpacked died"));
        let written = writers.into_iter().map(|writer| writer.join().unwrap_or_else(died));
        let written = written.fold(Ok(()), anyhow::Result::and);
        match read {
            // It fails, too, when nobody takes what it reads: then the others know why.
            Err(error) if error.is::<NobodyWrites>() => Err(written.err().unwrap_or(error)),
            Err(error) => Err(error),
            Ok(read) => written.map(|()| read),
        }
    })
}

/// One of the threads that write.
struct Writer<'a> {
    batches: Arc<Mutex<Receiver<Batch>>>,
    give_back: Sender<Batch>,
    stager: Stager<'a>,
    failed: &'a AtomicBool,
}

impl Writer<'_> {
    fn run(mut self) -> anyhow::Result<()> {
        let result = self.write_all();
        if result.is_err() {
            self.failed.store(true, Ordering::Relaxed);
        }
        result
    }

    fn write_all(&mut self) -> anyhow::Result<()> {
        while let Some(mut batch) = self.next() {
            for (id, digest, bytes) in batch.crates() {
                self.stager.stage(id, digest, bytes)?;
            }
            batch.clear();
            // Nobody takes it back when all was read.
            let _ = self.give_back.send(batch);
        }
        Ok(())
    }

    /// The next batch; none when all was read, or another one failed.
    fn next(&self) -> Option<Batch> {
        // There is nothing in a receiver that a panic could leave half done.
        let batches = self.batches.lock().unwrap_or_else(PoisonError::into_inner);
        let batch = batches.recv().ok()?;
        (!self.failed.load(Ordering::Relaxed)).then_some(batch)
    }
}

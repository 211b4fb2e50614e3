//! Has the signatures of what came out of an archive checked.

use std::fs::File;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::anyhow;
use romt_dist::{DistKey, Part};
use tokio_util::sync::CancellationToken;

use super::{Arrived, StagedFile, Unpacking};
use crate::Stopped;

/// Hashing is what takes the time.
const MAX_THREADS: usize = 8;

/// A file of an archive, to be checked against its signature.
#[derive(Debug)]
pub struct SignedFile<'a> {
    /// Which file it is: a manifest or a package.
    pub key: &'a DistKey,
    /// The file, opened at its beginning.
    pub content: File,
    /// What its `.asc` file holds; `None` if the archive has none.
    pub signature: Option<Vec<u8>>,
}

/// Calls `check` with every manifest and package of the archive.
pub(super) fn check_all(
    unpacking: &Unpacking<'_>,
    arrived: &Arrived<DistKey>,
    check: &(dyn Fn(SignedFile<'_>) -> anyhow::Result<()> + Sync),
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let files: Vec<_> = arrived.iter().filter(|(key, _)| key.part == Part::Content).collect();
    let next = AtomicUsize::new(0);
    // Cancelled when one of them fails, too.
    let stop = stop.child_token();
    let work = || {
        let result = check_some(unpacking, arrived, &files, &next, check, &stop);
        if result.is_err() {
            stop.cancel();
        }
        result
    };
    let threads = thread::available_parallelism().map_or(1, |threads| threads.get().min(MAX_THREADS));
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let ended =
            workers.into_iter().map(|worker| worker.join().map_err(|_| anyhow!("a thread that checks died"))?);
        // Where one failed, the others were stopped.
        let failed = ended.filter_map(Result::err).reduce(|one, other| if one.is::<Stopped>() { other } else { one });
        failed.map_or(Ok(()), Err)
    })
}

fn check_some(
    unpacking: &Unpacking<'_>,
    arrived: &Arrived<DistKey>,
    files: &[(&DistKey, &StagedFile)],
    next: &AtomicUsize,
    check: &(dyn Fn(SignedFile<'_>) -> anyhow::Result<()> + Sync),
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    while let Some((key, file)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
        Stopped::check(stop)?;
        let signature = arrived.get(&key.file.clone().part(Part::Signature));
        let signature = signature.map(|signature| unpacking.read(signature)).transpose()?;
        let signed = SignedFile { key, content: unpacking.open(file)?, signature };
        check(signed).map_err(|reason| unpacking.refuse(*key, reason))?;
    }
    Ok(())
}

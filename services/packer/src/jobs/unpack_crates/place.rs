//! Moves crates from where they were staged to their places.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use anyhow::{Context as _, anyhow};
use romt_types::{CrateId, CrateName, PrefixStyle};
use tokio_util::sync::CancellationToken;

use super::UnpackOrder;
use super::outcome::UnpackEvent;
use super::staged::{Staged, entries};
use crate::Stopped;
use crate::jobs::mirror_folder::{MirrorFolder, Moved, sync};
use crate::jobs::staging_folder::StagingFolder;

/// Making folders is what takes the time; more threads than this wait for each other in the file system.
const MAX_THREADS: usize = 4;
/// So many crates may be in their places before it is told.
const UNTOLD: usize = 256;

/// Gives every staged crate its place, and makes that durable. The files themselves must be durable before: a name after a
/// power cut must not lead to an empty file. Returns how many are in their places.
pub(super) fn place(
    order: &UnpackOrder,
    folder: &StagingFolder,
    on: &mut dyn FnMut(UnpackEvent<'_>),
    stop: &CancellationToken,
) -> anyhow::Result<u64> {
    let mut root = MirrorFolder::make(&order.crates_root)?;
    let threads = thread::available_parallelism().map_or(1, |threads| threads.get().min(MAX_THREADS));
    // Cancelled when one of them fails, too.
    let (stop, beside) = (stop.child_token(), AtomicBool::new(false));
    let mut placed = thread::scope(|scope| {
        let (sender, told) = sync_channel(UNTOLD);
        let workers: Vec<_> = (0..threads)
            .map(|number| {
                let placer =
                    Placer { order, folder, number, threads, placed: sender.clone(), stop: &stop, beside: &beside };
                scope.spawn(|| placer.run())
            })
            .collect();
        drop(sender);
        let mut placed = 0;
        for id in told {
            placed += 1;
            on(UnpackEvent::Extracted(&id));
        }
        let ended =
            workers.into_iter().map(|worker| worker.join().map_err(|_| anyhow!("a thread that places died"))?);
        let failed = ended.filter_map(Result::err);
        // Where one failed, the others were stopped.
        match failed.reduce(|first, other| if first.is::<Stopped>() { other } else { first }) {
            Some(error) => Err(error),
            None => Ok(placed),
        }
    })?;
    sync(&order.crates_root)?;
    if beside.into_inner() {
        placed += place_from_beside(&mut root, order.style, folder, on, &stop)?;
        sync(&order.crates_root)?;
    }
    Ok(placed)
}

/// One of the threads that place crates.
struct Placer<'a> {
    order: &'a UnpackOrder,
    folder: &'a StagingFolder,
    /// Which of how many.
    number: usize,
    threads: usize,
    placed: SyncSender<CrateId>,
    stop: &'a CancellationToken,
    /// Whether some could not be moved to their places.
    beside: &'a AtomicBool,
}

impl Placer<'_> {
    fn run(self) -> anyhow::Result<()> {
        let result = self.place_share();
        if result.is_err() {
            self.stop.cancel();
        }
        result
    }

    fn place_share(&self) -> anyhow::Result<()> {
        let mut root = MirrorFolder::open(&self.order.crates_root)?;
        for entry in entries(self.folder)? {
            let Staged { id, number } = entry?;
            if share(&id.name) % self.threads != self.number {
                continue;
            }
            Stopped::check(self.stop)?;
            if let Some(number) = number
                && root.place(&self.folder.file(number), number, &id.path(self.order.style))? == Moved::Beside
            {
                self.beside.store(true, Ordering::Relaxed);
                continue;
            }
            self.placed.send(id).context("nobody hears what is placed")?;
        }
        Ok(())
    }
}

/// By the first letters: what goes into the same folders is placed by the same thread.
fn share(name: &CrateName) -> usize {
    name.as_str().bytes().take(2).fold(0, |share, byte| 31 * share + usize::from(byte.to_ascii_lowercase()))
}

/// Places what could only be copied beside its place, and is durable there.
fn place_from_beside(
    root: &mut MirrorFolder<'_>,
    style: PrefixStyle,
    folder: &StagingFolder,
    on: &mut dyn FnMut(UnpackEvent<'_>),
    stop: &CancellationToken,
) -> anyhow::Result<u64> {
    let mut placed = 0;
    for entry in entries(folder)? {
        Stopped::check(stop)?;
        let Staged { id, number } = entry?;
        if let Some(number) = number
            && root.place_from_beside(number, &id.path(style))?
        {
            placed += 1;
            on(UnpackEvent::Extracted(&id));
        }
    }
    Ok(placed)
}

//! Reading an archive and writing what comes out of it at once, each on its thread.

use std::fs::File;
use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use anyhow::anyhow;
use romt_bundle::{ArchiveEntry, ReadArchiveError};
use romt_types::{Digest, Hasher};
use tokio_util::sync::CancellationToken;

use crate::Stopped;

/// As much of a member as is read at once. Most crates are smaller.
const PIECE: u64 = 256 << 10;
/// So many pieces may wait to be written.
const WAITING: usize = 16;

/// Where pieces go in.
pub(super) struct Pipe<P>(SyncSender<P>);

/// The thread that writes has ended.
#[derive(Debug, thiserror::Error)]
#[error("nobody writes what is read")]
pub(super) struct NobodyWrites;

impl<P> Pipe<P> {
    /// Has a piece written. It fails when the thread that writes has.
    pub(super) fn send(&self, piece: P) -> anyhow::Result<()> {
        self.0.send(piece).map_err(|_| NobodyWrites.into())
    }
}

/// Runs `read`, which sends pieces, and beside it `write`, which takes them until there are no more.
pub(super) fn pipe<P: Send, A, B: Send>(
    read: impl FnOnce(Pipe<P>) -> anyhow::Result<A>,
    write: impl FnOnce(Receiver<P>) -> anyhow::Result<B> + Send,
) -> anyhow::Result<(A, B)> {
    thread::scope(|scope| {
        let (sender, receiver) = sync_channel(WAITING);
        let writer = scope.spawn(|| write(receiver));
        let read = read(Pipe(sender));
        let written = writer.join().map_err(|_| anyhow!("the thread that writes what is unpacked died"))?;
        match read {
            // It fails, too, when nobody takes what it reads: then the other one knows why.
            Err(error) if error.is::<NobodyWrites>() => Err(written.err().unwrap_or(error)),
            Err(error) => Err(error),
            Ok(read) => Ok((read, written?)),
        }
    })
}

/// Reads a member to its end, piece by piece: at least one. Returns the digest of all. Who keeps a piece leaves another
/// buffer in its place, one whose memory is there already if it can: having new memory costs as much as hashing does.
pub(super) fn read_pieces<M>(
    entry: &mut ArchiveEntry<'_, M, File>,
    stop: &CancellationToken,
    mut each: impl FnMut(&mut Vec<u8>) -> anyhow::Result<()>,
) -> anyhow::Result<Digest> {
    let mut hasher = Hasher::default();
    let mut bytes = Vec::new();
    let mut left = entry.size();
    loop {
        Stopped::check(stop)?;
        let count = left.min(PIECE);
        // A piece has at most PIECE bytes, which fit.
        bytes.resize(usize::try_from(count).unwrap_or_default(), 0);
        entry.read_exact(&mut bytes).map_err(read_error)?;
        hasher.update(&bytes);
        left -= count;
        each(&mut bytes)?;
        if left == 0 {
            return Ok(hasher.finish());
        }
    }
}

/// What reading a member says is wrong: mostly the archive's reader does.
pub(super) fn read_error(error: io::Error) -> anyhow::Error {
    error.downcast::<ReadArchiveError>().map_or_else(Into::into, Into::into)
}

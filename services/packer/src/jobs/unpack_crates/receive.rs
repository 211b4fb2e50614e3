//! Reads an archive to its end and compares each crate with the index.

use std::fs::File;
use std::io::{self, Read};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use anyhow::{Context as _, anyhow, bail};
use romt_bundle::{CratesArchiveReader, CratesEntry, CratesMember, ReadArchiveError};
use romt_runtime::Hint;
use romt_types::{CrateId, Digest, Hasher};
use tokio_util::sync::CancellationToken;

use super::UnpackOrder;
use super::expectation::{Expectation, Expected};
use super::outcome::{BadCrate, UnpackEvent, Unpacked};
use super::stager::{Arrival, Piece, stage};
use super::staging_folder::StagingFolder;
use crate::Stopped;

/// As much of a crate as is read at once. Most crates are smaller.
const PIECE: u64 = 256 << 10;
/// So many pieces may wait to be written.
const WAITING: usize = 16;
/// More bad crates than this are not left out: such an archive belongs to another mirror, and they are kept in memory.
const MAX_BAD: usize = 100_000;

/// Stages all crates of `archive` in `folder`. What is returned has none extracted yet, and how many will be.
///
/// That it returns says that the archive is whole.
pub(super) fn receive(
    order: &UnpackOrder,
    archive: CratesArchiveReader<File>,
    folder: &StagingFolder,
    expectation: &mut Expectation<'_>,
    on: &mut dyn FnMut(UnpackEvent<'_>),
    stop: &CancellationToken,
) -> anyhow::Result<(Unpacked, u64)> {
    thread::scope(|scope| {
        let (pieces, received) = sync_channel(WAITING);
        let stager = scope.spawn(|| stage(order, folder, received));
        let mut receiver = Receiver { order, expectation, pieces, on, stop, done: Unpacked::default() };
        let read = receiver.read(archive);
        let done = receiver.done;
        drop(receiver.pieces);
        let staged = stager.join().map_err(|_| anyhow!("the thread that writes crates died"))?;
        match read {
            // It fails, too, when nobody takes what it reads: then the other one knows why.
            Err(error) if error.is::<NobodyWrites>() => Err(staged.err().unwrap_or(error)),
            Err(error) => Err(error),
            Ok(()) => Ok((done, staged?)),
        }
    })
}

struct Receiver<'a, 'i> {
    order: &'a UnpackOrder,
    expectation: &'a mut Expectation<'i>,
    pieces: SyncSender<Piece>,
    on: &'a mut dyn FnMut(UnpackEvent<'_>),
    stop: &'a CancellationToken,
    done: Unpacked,
}

/// The thread that writes has ended.
#[derive(Debug, thiserror::Error)]
#[error("nobody writes what is read")]
struct NobodyWrites;

impl Receiver<'_, '_> {
    fn read(&mut self, mut archive: CratesArchiveReader<File>) -> anyhow::Result<()> {
        while let Some(entry) = archive.next_entry()? {
            Stopped::check(self.stop)?;
            // The index was taken out before.
            let CratesMember::Crate(id) = entry.member().clone() else { continue };
            match self.expectation.of(&id)? {
                Expected::Nothing => self.refuse(id, entry.name(), BadCrate::NotListed)?,
                Expected::Place(expected) => self.take(entry, id, expected, true)?,
                Expected::Keep(expected) => self.take(entry, id, expected, false)?,
            }
        }
        Ok(())
    }

    /// Reads a crate, and has it written if it is to be placed.
    fn take(
        &mut self,
        mut entry: CratesEntry<'_, File>,
        id: CrateId,
        expected: Digest,
        place: bool,
    ) -> anyhow::Result<()> {
        let size = entry.size();
        let mut begin = place.then(|| Arrival { id: id.clone(), size, expected });
        let mut hasher = Hasher::default();
        let mut left = size;
        let found = loop {
            let count = left.min(PIECE);
            // A piece has at most PIECE bytes, which fit.
            let mut bytes = vec![0; usize::try_from(count).unwrap_or_default()];
            entry.read_exact(&mut bytes).map_err(read_error)?;
            hasher.update(&bytes);
            left -= count;
            let found = (left == 0).then(|| std::mem::take(&mut hasher).finish());
            if place {
                let end = found.map(|found| found == expected);
                let piece = Piece { begin: begin.take(), bytes, end };
                self.pieces.send(piece).map_err(|_| NobodyWrites)?;
            }
            if let Some(found) = found {
                break found;
            }
        };
        if found != expected {
            return self.refuse(id, entry.name(), BadCrate::Checksum { expected, found });
        }
        if place {
            (self.on)(UnpackEvent::Checked(&id));
        } else {
            self.done.kept += 1;
            (self.on)(UnpackEvent::Kept(&id));
        }
        Ok(())
    }

    /// Leaves a crate out, or refuses the archive for its sake.
    fn refuse(&mut self, id: CrateId, member: &str, reason: BadCrate) -> anyhow::Result<()> {
        let archive = self.order.archive.display();
        if !self.order.keep_going {
            return Err(reason)
                .with_context(|| format!("the archive `{archive}` is refused at `{member}`"))
                .hint("bring it across once more, or leave out what is bad by `--keep-going`");
        }
        if self.done.bad.len() == MAX_BAD {
            bail!("the archive `{archive}` is refused: more than {MAX_BAD} of its crates are bad");
        }
        (self.on)(UnpackEvent::Bad(&id, &reason));
        self.done.bad.push((id, reason));
        Ok(())
    }
}

/// What reading a member says is wrong: mostly the archive's reader does.
pub(super) fn read_error(error: io::Error) -> anyhow::Error {
    error.downcast::<ReadArchiveError>().map_or_else(Into::into, Into::into)
}

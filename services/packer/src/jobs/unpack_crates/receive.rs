//! Reads an archive to its end and compares each crate with the index.

use std::fs::File;

use anyhow::{Context as _, bail};
use romt_bundle::{ArchiveEntry, CratesArchiveReader, CratesMember};
use romt_runtime::Hint;
use romt_types::{CrateId, Digest};
use tokio_util::sync::CancellationToken;

use super::UnpackOrder;
use super::expectation::{Expectation, Expected};
use super::outcome::{BadCrate, UnpackEvent, Unpacked};
use super::stager::{Arrival, Piece, stage};
use crate::Stopped;
use crate::jobs::pipe::{Pipe, pipe, read_pieces};
use crate::jobs::staging_folder::StagingFolder;

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
    pipe(
        |pieces| {
            let mut receiver = Receiver { order, expectation, pieces, on, stop, done: Unpacked::default() };
            receiver.read(archive)?;
            Ok(receiver.done)
        },
        |received| stage(order, folder, received),
    )
}

struct Receiver<'a, 'i> {
    order: &'a UnpackOrder,
    expectation: &'a mut Expectation<'i>,
    pieces: Pipe<Piece>,
    on: &'a mut dyn FnMut(UnpackEvent<'_>),
    stop: &'a CancellationToken,
    done: Unpacked,
}

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
        mut entry: ArchiveEntry<'_, CratesMember, File>,
        id: CrateId,
        expected: Digest,
        place: bool,
    ) -> anyhow::Result<()> {
        let size = entry.size();
        let mut begin = place.then(|| Arrival { id: id.clone(), size, expected });
        let found = read_pieces(&mut entry, self.stop, |bytes, found| {
            if !place {
                return Ok(());
            }
            let end = found.map(|found| found == expected);
            self.pieces.send(Piece { begin: begin.take(), bytes, end })
        })?;
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

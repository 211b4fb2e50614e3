//! Reads an archive to its end and compares each crate with the index.

use std::fs::File;
use std::io::Read;

use anyhow::{Context as _, bail};
use romt_bundle::{ArchiveEntry, CratesArchiveReader, CratesMember};
use romt_runtime::Hint;
use romt_types::{CrateId, Digest};
use tokio_util::sync::CancellationToken;

use super::UnpackOrder;
use super::batch::Batch;
use super::crew::{Batches, crew};
use super::expectation::{Expectation, Expected};
use super::outcome::{BadCrate, UnpackEvent, Unpacked};
use super::staged::StagedList;
use super::stager::{Stage, Stager};
use crate::Stopped;
use crate::jobs::pipe::{read_error, read_pieces};

/// More bad crates than this are not left out: such an archive belongs to another mirror, and they are kept in memory.
const MAX_BAD: usize = 100_000;

/// Stages all crates of `archive`, and lists them. What is returned has none extracted yet, and how many will be.
///
/// That it returns says that the archive is whole.
pub(super) fn receive(
    stage: &Stage<'_>,
    archive: CratesArchiveReader<File>,
    list: StagedList,
    expectation: &mut Expectation<'_>,
    on: &mut dyn FnMut(UnpackEvent<'_>),
    stop: &CancellationToken,
) -> anyhow::Result<(Unpacked, u64)> {
    let large = Stager::new(stage)?;
    crew(
        || Stager::new(stage),
        |batches| {
            let (batch, done) = (Batch::new(), Unpacked::default());
            let order = stage.order;
            let mut receiver = Receiver { order, expectation, batches, batch, large, list, on, stop, done };
            receiver.read(archive)?;
            Ok((receiver.done, receiver.list.finish()?))
        },
    )
}

struct Receiver<'a, 'i> {
    order: &'a UnpackOrder,
    expectation: &'a mut Expectation<'i>,
    batches: Batches,
    /// What is handed over next.
    batch: Batch,
    /// Writes the crates that fit into no batch.
    large: Stager<'a>,
    list: StagedList,
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
        if self.batch.is_empty() { Ok(()) } else { self.batches.hand_over(&mut self.batch) }
    }

    /// Reads a crate, and has it written if it is to be placed.
    fn take(
        &mut self,
        mut entry: ArchiveEntry<'_, CratesMember, File>,
        id: CrateId,
        expected: Digest,
        place: bool,
    ) -> anyhow::Result<()> {
        let found = if place { self.stage(&mut entry, &id, expected)? } else { self.skim(&mut entry)? };
        if found != expected {
            return self.refuse(id, entry.name(), BadCrate::Checksum { expected, found });
        }
        if place {
            self.list.add(&id, &found)?;
            (self.on)(UnpackEvent::Checked(&id));
        } else {
            self.done.kept += 1;
            (self.on)(UnpackEvent::Kept(&id));
        }
        Ok(())
    }

    /// Reads a crate and has it written where it is right; returns its digest.
    fn stage(
        &mut self,
        entry: &mut ArchiveEntry<'_, CratesMember, File>,
        id: &CrateId,
        expected: Digest,
    ) -> anyhow::Result<Digest> {
        let Ok(size) = usize::try_from(entry.size()) else { return self.stage_large(entry, id, expected) };
        if self.batch.room(size).is_none() && !self.batch.is_empty() {
            self.batches.hand_over(&mut self.batch)?;
        }
        let Some(room) = self.batch.room(size) else { return self.stage_large(entry, id, expected) };
        entry.read_exact(room).map_err(read_error)?;
        let found = Digest::of(room);
        if found == expected {
            self.batch.take(id.clone(), found, size);
        }
        Ok(found)
    }

    /// Reads a crate piece by piece and writes it meanwhile; returns its digest.
    fn stage_large(
        &mut self,
        entry: &mut ArchiveEntry<'_, CratesMember, File>,
        id: &CrateId,
        expected: Digest,
    ) -> anyhow::Result<Digest> {
        let mut staging = self.large.begin(id, &expected, entry.size())?;
        let found = read_pieces(entry, self.stop, |bytes| match &mut staging {
            Some(staging) => self.large.write(staging, bytes),
            None => Ok(()),
        })?;
        match staging {
            Some(staging) if found == expected => self.large.end(&staging, &found)?,
            Some(staging) => staging.remove()?,
            None => {}
        }
        Ok(found)
    }

    /// Reads a crate that is not needed; returns its digest.
    fn skim(&self, entry: &mut ArchiveEntry<'_, CratesMember, File>) -> anyhow::Result<Digest> {
        read_pieces(entry, self.stop, |_| Ok(()))
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

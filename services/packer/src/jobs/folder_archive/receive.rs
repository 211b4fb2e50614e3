//! Reads an archive to its end, and writes what is in it to the folder where it waits.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io::{self, Write};
use std::mem::replace;
use std::sync::mpsc::{Receiver, Sender, channel};

use anyhow::Context as _;
use romt_bundle::{FolderArchiveReader, FolderKey, FolderLimits};
use tokio_util::sync::CancellationToken;

use super::{Arrived, FileEvent, StagedFile, Unpacking};
use crate::Stopped;
use crate::jobs::early_sync::{EarlySync, syncing_early};
use crate::jobs::pipe::{Pipe, pipe, read_pieces};
use crate::jobs::staging_folder::StagingFolder;

/// As much as is written at once. Of more, Linux keeps in its cache in one piece, for which it first has to make room where
/// memory is in many pieces.
const AT_ONCE: usize = 64 << 10;

/// A piece of a file. The next file has another number.
struct Piece {
    number: u64,
    bytes: Vec<u8>,
}

/// Stages all files of the archive. That it returns says that the archive is whole.
pub(in crate::jobs) fn receive<K: FolderKey>(
    unpacking: &mut Unpacking<'_>,
    limits: FolderLimits,
    on: &mut dyn FnMut(FileEvent<'_, K>),
    stop: &CancellationToken,
) -> anyhow::Result<Arrived<K>> {
    let archive = FolderArchiveReader::open(unpacking.archive, limits)?;
    let folder = &unpacking.folder;
    // Buffers go round: written ones come back to be read into.
    let (written, empty) = channel();
    let (arrived, files) = syncing_early(folder.path(), |early| {
        let read = |pieces| read(archive, &Buffers { pieces, empty }, on, stop);
        pipe(read, |received| write(folder, received, &written, early))
    })?;
    for file in arrived.values() {
        if let Some(metadata) = files.get(&file.number) {
            unpacking.written.note(&file.digest, metadata);
        }
    }
    Ok(arrived)
}

/// Where pieces go to be written, and where the buffers of those that were come from.
struct Buffers {
    pieces: Pipe<Piece>,
    empty: Receiver<Vec<u8>>,
}

impl Buffers {
    fn send(&self, number: u64, bytes: &mut Vec<u8>) -> anyhow::Result<()> {
        let empty = self.empty.try_recv().unwrap_or_default();
        self.pieces.send(Piece { number, bytes: replace(bytes, empty) })
    }
}

fn read<K: FolderKey>(
    mut archive: FolderArchiveReader<K, File>,
    buffers: &Buffers,
    on: &mut dyn FnMut(FileEvent<'_, K>),
    stop: &CancellationToken,
) -> anyhow::Result<Arrived<K>> {
    let mut arrived = Arrived::new();
    let mut number = 0;
    while let Some(mut entry) = archive.next_entry()? {
        Stopped::check(stop)?;
        number += 1;
        let (key, size) = (entry.member().clone(), entry.size());
        let digest = read_pieces(&mut entry, stop, |bytes| buffers.send(number, bytes))?;
        on(FileEvent::Read(&key));
        arrived.insert(key, StagedFile { number, size, digest });
    }
    Ok(arrived)
}

/// Returns what each file was like when all of it was written.
fn write(
    folder: &StagingFolder,
    pieces: Receiver<Piece>,
    written: &Sender<Vec<u8>>,
    early: &EarlySync,
) -> anyhow::Result<HashMap<u64, Metadata>> {
    let mut files = HashMap::new();
    let mut current: Option<(u64, File)> = None;
    for Piece { number, bytes } in pieces {
        let path = folder.file(number);
        let failed = || format!("cannot write `{}`", path.display());
        let mut file = match current.take() {
            Some((same, file)) if same == number => file,
            before => {
                note(&mut files, before).with_context(failed)?;
                File::create_new(&path).with_context(failed)?
            }
        };
        for part in bytes.chunks(AT_ONCE) {
            file.write_all(part).with_context(failed)?;
        }
        early.wrote(bytes.len());
        current = Some((number, file));
        // Nobody takes it when all was read.
        let _ = written.send(bytes);
    }
    note(&mut files, current).context("cannot look at what was written")?;
    Ok(files)
}

fn note(files: &mut HashMap<u64, Metadata>, file: Option<(u64, File)>) -> io::Result<()> {
    if let Some((number, file)) = file {
        files.insert(number, file.metadata()?);
    }
    Ok(())
}

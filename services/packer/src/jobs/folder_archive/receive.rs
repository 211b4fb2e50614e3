//! Reads an archive to its end, and writes what is in it to the folder where it waits.

use std::fs::File;
use std::io::Write;
use std::sync::mpsc::Receiver;

use anyhow::Context as _;
use romt_bundle::{FolderArchiveReader, FolderKey, FolderLimits};
use tokio_util::sync::CancellationToken;

use super::{Arrived, FileEvent, StagedFile, Unpacking};
use crate::Stopped;
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
    unpacking: &Unpacking<'_>,
    limits: FolderLimits,
    on: &mut dyn FnMut(FileEvent<'_, K>),
    stop: &CancellationToken,
) -> anyhow::Result<Arrived<K>> {
    let archive = FolderArchiveReader::open(unpacking.archive, limits)?;
    let (arrived, ()) = pipe(|pieces| read(archive, &pieces, on, stop), |received| write(&unpacking.folder, received))?;
    Ok(arrived)
}

fn read<K: FolderKey>(
    mut archive: FolderArchiveReader<K, File>,
    pieces: &Pipe<Piece>,
    on: &mut dyn FnMut(FileEvent<'_, K>),
    stop: &CancellationToken,
) -> anyhow::Result<Arrived<K>> {
    let mut arrived = Arrived::new();
    let mut number = 0;
    while let Some(mut entry) = archive.next_entry()? {
        Stopped::check(stop)?;
        number += 1;
        let (key, size) = (entry.member().clone(), entry.size());
        let digest = read_pieces(&mut entry, stop, |bytes, _| pieces.send(Piece { number, bytes }))?;
        on(FileEvent::Read(&key));
        arrived.insert(key, StagedFile { number, size, digest });
    }
    Ok(arrived)
}

fn write(folder: &StagingFolder, pieces: Receiver<Piece>) -> anyhow::Result<()> {
    let mut current: Option<(u64, File)> = None;
    for Piece { number, bytes } in pieces {
        let path = folder.file(number);
        let failed = || format!("cannot write `{}`", path.display());
        let mut file = match current.take() {
            Some((same, file)) if same == number => file,
            _ => File::create_new(&path).with_context(failed)?,
        };
        for part in bytes.chunks(AT_ONCE) {
            file.write_all(part).with_context(failed)?;
        }
        current = Some((number, file));
    }
    Ok(())
}

//! Writes what comes out of an archive to the disk, on a thread of its own: one hashes while the other writes.

use std::fs::{self, File};
use std::io::{BufWriter, Read, Write};
use std::sync::mpsc::Receiver;

use anyhow::Context as _;
use romt_types::{CrateId, Digest, Hasher, PrefixStyle};

use super::UnpackOrder;
use super::staged::{Staged, list};
use crate::jobs::mirror_folder::MirrorFolder;
use crate::jobs::staging_folder::StagingFolder;

/// A piece of a crate, as it comes out of the archive.
pub(super) struct Piece {
    /// With its first one: what begins.
    pub(super) begin: Option<Arrival>,
    pub(super) bytes: Vec<u8>,
    /// With its last one: whether it is right.
    pub(super) end: Option<bool>,
}

/// A crate that begins.
pub(super) struct Arrival {
    pub(super) id: CrateId,
    pub(super) size: u64,
    pub(super) expected: Digest,
}

/// Takes pieces until there are no more; returns how many crates are staged, those among them that are in their places.
pub(super) fn stage(order: &UnpackOrder, folder: &StagingFolder, pieces: Receiver<Piece>) -> anyhow::Result<u64> {
    let mut stager = Stager::new(order, folder)?;
    for piece in pieces {
        if let Some(arrival) = piece.begin {
            stager.begin(arrival)?;
        }
        stager.write(&piece.bytes)?;
        if let Some(good) = piece.end {
            stager.end(good)?;
        }
    }
    stager.list.flush().with_context(|| format!("cannot write `{}`", list(folder).display()))?;
    Ok(stager.staged)
}

struct Stager<'a> {
    folder: &'a StagingFolder,
    root: MirrorFolder<'a>,
    style: PrefixStyle,
    list: BufWriter<File>,
    /// The crates in the list.
    staged: u64,
    /// The number of the last file.
    number: u64,
    current: Option<Current>,
    buffer: Vec<u8>,
}

/// The crate that is being written.
struct Current {
    id: CrateId,
    /// None where the right file is in its place already.
    file: Option<File>,
}

/// As much of a file in its place as is hashed at once.
const BUFFER: usize = 256 << 10;

impl<'a> Stager<'a> {
    fn new(order: &'a UnpackOrder, folder: &'a StagingFolder) -> anyhow::Result<Self> {
        let path = list(folder);
        let list = File::create_new(&path).with_context(|| format!("cannot write `{}`", path.display()))?;
        Ok(Self {
            folder,
            root: MirrorFolder::open(&order.crates_root)?,
            style: order.style,
            list: BufWriter::new(list),
            staged: 0,
            number: 0,
            current: None,
            buffer: vec![0; BUFFER],
        })
    }

    fn begin(&mut self, arrival: Arrival) -> anyhow::Result<()> {
        let file = if self.is_in_place(&arrival)? {
            None
        } else {
            self.number += 1;
            Some(File::create_new(self.folder.file(self.number)).with_context(|| self.failed())?)
        };
        self.current = Some(Current { id: arrival.id, file });
        Ok(())
    }

    /// Whether the file in the place of a crate is the right one. Reading it costs less than writing another.
    fn is_in_place(&mut self, arrival: &Arrival) -> anyhow::Result<bool> {
        let Some(mut file) = self.root.file_of_size(&arrival.id.path(self.style), arrival.size)? else {
            return Ok(false);
        };
        let mut hasher = Hasher::default();
        loop {
            // What cannot be read is not right, and is written again.
            match file.read(&mut self.buffer) {
                Ok(0) => return Ok(hasher.finish() == arrival.expected),
                Ok(count) => hasher.update(&self.buffer[..count]),
                Err(_) => return Ok(false),
            }
        }
    }

    fn write(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        if let Some(Current { file: Some(file), .. }) = &mut self.current {
            let written = file.write_all(bytes);
            written.with_context(|| self.failed())?;
        }
        Ok(())
    }

    fn end(&mut self, good: bool) -> anyhow::Result<()> {
        let Some(Current { id, file }) = self.current.take() else { return Ok(()) };
        let number = file.map(|_| self.number);
        if good {
            self.staged += 1;
            let line = Staged { id, number }.line();
            return self
                .list
                .write_all(line.as_bytes())
                .with_context(|| format!("cannot write `{}`", list(self.folder).display()));
        }
        // The next one may have its number.
        if let Some(number) = number {
            let removed = fs::remove_file(self.folder.file(number));
            removed.with_context(|| format!("cannot remove `{}`", self.folder.file(number).display()))?;
            self.number -= 1;
        }
        Ok(())
    }

    fn failed(&self) -> String {
        format!("cannot write `{}`", self.folder.file(self.number).display())
    }
}

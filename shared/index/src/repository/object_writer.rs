//! Writing git objects as packs.

use std::collections::HashSet;
use std::io::Write;

use flate2::{Compress, Compression, FlushCompress, Status};
use git2::{ObjectType, OdbLookupFlags, Oid};
use sha1::Digest as _;

use super::{BlobId, IndexRepository, git_error};
use crate::IndexError;

/// Gathers git objects and writes them as packs of some 16 MB, without deltas (gitformat-pack(5)).
///
/// libgit2's own pack builder looks for deltas, which takes most of a minute for 50,000 objects. Index files hardly
/// profit: what is published of them is a few lines.
///
/// Objects can be read once they are [flushed](Self::flush); what is not flushed is lost when this is dropped.
#[derive(Debug)]
pub struct ObjectWriter {
    entries: Vec<u8>,
    count: u32,
    pending: HashSet<Oid>,
    /// The packs that were written, by the names libgit2 gives them: their own checksums.
    packs: Vec<String>,
    /// Kept from one object to the next: making one costs more than most objects do.
    compress: Compress,
}

impl Default for ObjectWriter {
    fn default() -> Self {
        let compress = Compress::new(Compression::fast(), true);
        Self { entries: Vec::new(), count: 0, pending: HashSet::new(), packs: Vec::new(), compress }
    }
}

/// A pack is written when its entries take this many bytes.
const PACK_SIZE: usize = 16 * 1024 * 1024;
/// The header of a pack before its count: signature and version.
const PACK_HEADER: &[u8] = b"PACK\0\0\0\x02";

impl ObjectWriter {
    /// Adds a blob, unless the repository has it.
    pub fn blob(&mut self, repository: &IndexRepository, bytes: &[u8]) -> Result<BlobId, IndexError> {
        self.add(repository, ObjectType::Blob, bytes).map(BlobId)
    }

    /// Adds an object, unless the repository has it.
    pub(super) fn add(
        &mut self,
        repository: &IndexRepository,
        kind: ObjectType,
        bytes: &[u8],
    ) -> Result<Oid, IndexError> {
        let error = |source| git_error("write to", repository.path())(source);
        let id = Oid::hash_object(kind, bytes).map_err(error)?;
        if self.pending.contains(&id) {
            return Ok(id);
        }
        let odb = repository.git().odb().map_err(error)?;
        // Without a refresh: looking at the folder again for each new object is slow, and nobody else writes.
        if odb.exists_ext(id, OdbLookupFlags::NO_REFRESH) {
            return Ok(id);
        }
        self.append(repository, id, kind, bytes)?;
        Ok(id)
    }

    /// Adds an object though the repository has it.
    pub(super) fn add_again(
        &mut self,
        repository: &IndexRepository,
        kind: ObjectType,
        bytes: &[u8],
    ) -> Result<(), IndexError> {
        let id = Oid::hash_object(kind, bytes).map_err(git_error("write to", repository.path()))?;
        if self.pending.contains(&id) { Ok(()) } else { self.append(repository, id, kind, bytes) }
    }

    fn append(
        &mut self,
        repository: &IndexRepository,
        id: Oid,
        kind: ObjectType,
        bytes: &[u8],
    ) -> Result<(), IndexError> {
        self.entries.extend(entry_header(kind, bytes.len()));
        self.deflate(bytes).map_err(git_error("write to", repository.path()))?;
        self.count += 1;
        self.pending.insert(id);
        if self.entries.len() >= PACK_SIZE {
            self.flush(repository)?;
        }
        Ok(())
    }

    /// Appends `bytes` to the entries as a zlib stream.
    fn deflate(&mut self, bytes: &[u8]) -> Result<(), git2::Error> {
        self.compress.reset();
        let mut taken = 0;
        loop {
            self.entries.reserve(bytes.len().saturating_sub(taken) / 2 + 64);
            let before = self.compress.total_in();
            let status = self.compress.compress_vec(&bytes[taken..], &mut self.entries, FlushCompress::Finish);
            match status.map_err(|e| git2::Error::from_str(&e.to_string()))? {
                Status::StreamEnd => return Ok(()),
                // No more than `bytes` is ever taken, so this fits.
                Status::Ok | Status::BufError => {
                    taken += usize::try_from(self.compress.total_in() - before).unwrap_or(0);
                }
            }
        }
    }

    /// The names of the packs written so far.
    pub(super) fn packs(&self) -> &[String] {
        &self.packs
    }

    /// Writes what was gathered, so that it can be read.
    pub fn flush(&mut self, repository: &IndexRepository) -> Result<(), IndexError> {
        if self.count == 0 {
            return Ok(());
        }
        let mut pack = PACK_HEADER.to_vec();
        pack.extend(std::mem::take(&mut self.count).to_be_bytes());
        pack.append(&mut self.entries);
        self.pending.clear();
        let trailer = sha1::Sha1::digest(&pack);
        pack.extend_from_slice(&trailer);
        let write = || {
            let odb = repository.git().odb()?;
            let mut writer = odb.packwriter()?;
            writer.write_all(&pack).map_err(|_| git2::Error::last_error(-1))?;
            writer.commit()?;
            drop(writer);
            odb.refresh()
        };
        write().map_err(git_error("write a pack to", repository.path()))?;
        let name = Oid::from_bytes(&trailer).map_err(git_error("write a pack to", repository.path()))?;
        self.packs.push(format!("pack-{name}.pack"));
        Ok(())
    }
}

/// The header of a pack's entry: three bits of type, then the size, seven bits a byte but four in the first.
#[expect(clippy::cast_possible_truncation, reason = "the masks leave seven bits at most")]
fn entry_header(kind: ObjectType, size: usize) -> Vec<u8> {
    let kind = match kind {
        ObjectType::Commit => 1,
        ObjectType::Tree => 2,
        ObjectType::Tag => 4,
        _ => 3,
    };
    let mut header = vec![kind << 4 | (size & 0x0f) as u8];
    let mut rest = size >> 4;
    while rest > 0 {
        if let Some(last) = header.last_mut() {
            *last |= 0x80;
        }
        header.push((rest & 0x7f) as u8);
        rest >>= 7;
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_of_all_sizes_are_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let repository = IndexRepository::open_or_init(&folder.path().join("index")).unwrap();
        let mut writer = ObjectWriter::default();
        let bodies: Vec<Vec<u8>> =
            [0, 1, 15, 16, 17, 127, 128, 2047, 2048, 2049, 300_000].map(|size| vec![b'x'; size]).into();
        let ids: Vec<_> = bodies.iter().map(|body| writer.blob(&repository, body).unwrap()).collect();
        writer.blob(&repository, &bodies[3]).unwrap();
        writer.flush(&repository).unwrap();
        for (id, body) in ids.iter().zip(&bodies) {
            assert_eq!(repository.blob(*id).unwrap().as_ref(), Some(body));
        }
        let before = writer.blob(&repository, b"x").unwrap();
        assert_eq!((before, writer.count), (ids[1], 0), "what is there is not written again");
        let check =
            std::process::Command::new("git").arg("-C").arg(repository.path()).args(["fsck", "--strict"]).output();
        if let Ok(check) = check {
            assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
        }
    }
}

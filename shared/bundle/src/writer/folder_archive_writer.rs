//! Writes an archive of toolchains or of rustup.

use std::collections::HashSet;
use std::io::Read;
use std::path::Path;

use super::error::WriteArchiveError;
use super::member_writer::MemberWriter;
use super::output_file::WrittenArchive;
use crate::FolderKey;

/// Writes an archive of files of one folder of a mirror (`toolchain.tar.gz`, `rustup.tar.gz`), as Python romt reads it.
///
/// The same content makes the same bytes. An older archive of the name is replaced when the new one is complete and
/// durable, by [`finish`](Self::finish); one that is dropped before leaves nothing behind.
pub struct FolderArchiveWriter<K> {
    members: MemberWriter,
    written: HashSet<K>,
}

impl<K: FolderKey> FolderArchiveWriter<K> {
    /// Starts the archive `path`.
    ///
    /// A name in `.gz` makes it a gzip file, which holds its content as it is, any other name a plain tar file.
    pub fn create(path: &Path) -> Result<Self, WriteArchiveError> {
        Ok(Self { members: MemberWriter::create(path, false)?, written: HashSet::new() })
    }

    /// The same, and the archive is hashed as it is written.
    pub fn create_hashed(path: &Path) -> Result<Self, WriteArchiveError> {
        Ok(Self { members: MemberWriter::create(path, true)?, written: HashSet::new() })
    }

    /// Appends a file, `size` bytes out of `content`. Which come in which order, the caller decides; none comes twice, and
    /// none that a reader would refuse.
    pub fn append(&mut self, key: &K, size: u64, content: impl Read) -> Result<(), WriteArchiveError> {
        if key.misplaced().is_some() || !self.written.insert(key.clone()) {
            return Err(self.members.order(key.member_name()));
        }
        self.members.append(&key.member_name(), size, content)
    }

    /// Ends the archive, makes it durable and gives it its name.
    pub fn finish(self) -> Result<WrittenArchive, WriteArchiveError> {
        self.members.finish()
    }
}

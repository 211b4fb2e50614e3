//! Writes an archive of crates.

use std::cmp::Ordering;
use std::io::Read;
use std::path::Path;

use romt_types::CrateId;

use super::error::WriteArchiveError;
use super::member_writer::MemberWriter;
use super::output_file::WrittenArchive;
use crate::{ArchiveFormat, CratesMember};

/// Writes an archive of crates (`crates.tar.gz`), as Python romt reads it.
///
/// The same content makes the same bytes. An older archive of the name is replaced when the new one is complete and
/// durable, by [`finish`](Self::finish); one that is dropped before leaves nothing behind.
pub struct CratesArchiveWriter {
    members: MemberWriter,
    format: ArchiveFormat,
    /// The crate written last.
    last: Option<CrateId>,
}

impl CratesArchiveWriter {
    /// Starts the archive `path` with its first two members: the format, and the bundle of the index, `index_size`
    /// bytes out of `index`.
    ///
    /// A name in `.gz` makes it a gzip file, which holds its content as it is, any other name a plain tar file.
    pub fn create(
        path: &Path,
        format: ArchiveFormat,
        index_size: u64,
        index: impl Read,
    ) -> Result<Self, WriteArchiveError> {
        Self::begin(MemberWriter::create(path, false)?, format, index_size, index)
    }

    /// The same, and the archive is hashed as it is written.
    pub fn create_hashed(
        path: &Path,
        format: ArchiveFormat,
        index_size: u64,
        index: impl Read,
    ) -> Result<Self, WriteArchiveError> {
        Self::begin(MemberWriter::create(path, true)?, format, index_size, index)
    }

    fn begin(
        members: MemberWriter,
        format: ArchiveFormat,
        index_size: u64,
        index: impl Read,
    ) -> Result<Self, WriteArchiveError> {
        let mut writer = Self { members, format, last: None };
        let content = format.content().as_bytes();
        writer.append(&CratesMember::Format, content.len() as u64, content)?;
        writer.append(&CratesMember::Index, index_size, index)?;
        Ok(writer)
    }

    /// Appends a crate, `size` bytes out of `content`.
    ///
    /// Crates come in the order of their names and then of their versions, both as text ("1.10.0" before "1.9.0"):
    /// see [`order`](Self::order).
    pub fn append_crate(&mut self, id: &CrateId, size: u64, content: impl Read) -> Result<(), WriteArchiveError> {
        let member = CratesMember::Crate(id.clone());
        if self.last.as_ref().is_some_and(|last| Self::order(last, id) != Ordering::Less) {
            return Err(self.members.order(member.name(self.format)));
        }
        self.append(&member, size, content)?;
        self.last = Some(id.clone());
        Ok(())
    }

    /// The order of crates in an archive: that of Python romt.
    pub fn order(left: &CrateId, right: &CrateId) -> Ordering {
        let names = left.name.as_str().cmp(right.name.as_str());
        names.then_with(|| left.version.to_string().cmp(&right.version.to_string()))
    }

    /// Ends the archive, makes it durable and gives it its name.
    pub fn finish(self) -> Result<WrittenArchive, WriteArchiveError> {
        self.members.finish()
    }

    fn append(&mut self, member: &CratesMember, size: u64, content: impl Read) -> Result<(), WriteArchiveError> {
        self.members.append(&member.name(self.format), size, content)
    }
}

//! Writes members, one after the other, whatever kind of archive it is.

use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};

use super::error::WriteArchiveError;
use super::output_file::{OutputFile, WrittenArchive};
use super::pending_file::PendingFile;
use super::tar_member::{BLOCK, headers};
use crate::reader::is_gzip_name;

/// An archive that is being written. An older one of the name is replaced when the new one is complete and durable, by
/// [`finish`](Self::finish); one that is dropped before leaves nothing behind.
pub(super) struct MemberWriter {
    archive: PathBuf,
    pending: PendingFile,
    output: Output,
    /// Bytes of the tar file so far.
    written: u64,
    buffer: Vec<u8>,
    given_up: bool,
}

/// As much as is read and written at once. Of more, Linux keeps in its cache in one piece, for which it first has to make
/// room where memory is in many pieces.
const BUFFER: usize = 64 << 10;

/// The file ends on a multiple of this, as tar programs have it.
const RECORD: u64 = 20 * BLOCK;

enum Output {
    Plain(BufWriter<OutputFile>),
    Gzip(Box<GzEncoder<BufWriter<OutputFile>>>),
}

impl MemberWriter {
    /// Starts the archive `path`.
    ///
    /// A name in `.gz` makes it a gzip file, any other name a plain tar file. The gzip file holds its content as it is
    /// ("stored", which is the fastest and which every reader takes): crates, git bundles and packages are compressed
    /// already. What is written is hashed if it is to be.
    pub(super) fn create(path: &Path, hashed: bool) -> Result<Self, WriteArchiveError> {
        let (pending, file) = PendingFile::create(path)
            .map_err(|source| WriteArchiveError::Target { archive: path.to_owned(), source })?;
        let file = BufWriter::with_capacity(BUFFER, OutputFile::new(file, hashed));
        let output = if is_gzip_name(path) {
            Output::Gzip(Box::new(GzBuilder::new().write(file, Compression::none())))
        } else {
            Output::Plain(file)
        };
        Ok(Self { archive: path.to_owned(), pending, output, written: 0, buffer: vec![0; BUFFER], given_up: false })
    }

    /// The error that `member` comes twice or too late.
    pub(super) fn order(&self, member: String) -> WriteArchiveError {
        WriteArchiveError::Order { archive: self.archive.clone(), member }
    }

    /// Appends the member `name`, `size` bytes out of `content`.
    pub(super) fn append(&mut self, name: &str, size: u64, content: impl Read) -> Result<(), WriteArchiveError> {
        if self.given_up {
            return Err(WriteArchiveError::GivenUp { archive: self.archive.clone() });
        }
        // Until it is there whole, the file ends within a member.
        self.given_up = true;
        self.append_whole(name, size, content)?;
        self.given_up = false;
        Ok(())
    }

    /// Ends the archive, makes it durable and gives it its name.
    pub(super) fn finish(mut self) -> Result<WrittenArchive, WriteArchiveError> {
        if self.given_up {
            return Err(WriteArchiveError::GivenUp { archive: self.archive });
        }
        let end = (self.written + 2 * BLOCK).next_multiple_of(RECORD) - self.written;
        self.write_zeros(end)?;
        let Self { archive, pending, output, .. } = self;
        let file = match output {
            Output::Plain(file) => Ok(file),
            Output::Gzip(file) => file.finish(),
        };
        file.and_then(|file| file.into_inner().map_err(io::IntoInnerError::into_error))
            .and_then(|file| {
                let (file, written) = file.into_parts()?;
                pending.commit(file).map(|()| written)
            })
            .map_err(|source| WriteArchiveError::Target { archive, source })
    }

    fn append_whole(&mut self, name: &str, size: u64, mut content: impl Read) -> Result<(), WriteArchiveError> {
        let headers = headers(name, size).map_err(|source| self.target_error(source))?;
        self.write(&headers)?;
        let archive = self.archive.clone();
        let changed = || WriteArchiveError::Changed { archive: archive.clone(), member: name.to_owned(), size };
        let mut left = size;
        let mut buffer = std::mem::take(&mut self.buffer);
        // One byte more is asked for than is left: more than was said is as wrong as less.
        loop {
            let most = usize::try_from(left.saturating_add(1)).unwrap_or(usize::MAX).min(buffer.len());
            let count = match content.read(&mut buffer[..most]) {
                Ok(0) if left == 0 => break,
                Ok(0) => return Err(changed()),
                Ok(count) if count as u64 > left => return Err(changed()),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(source) => {
                    return Err(WriteArchiveError::Content { archive, member: name.to_owned(), source });
                }
            };
            self.write(&buffer[..count])?;
            left -= count as u64;
        }
        self.buffer = buffer;
        self.write_zeros(size.wrapping_neg() % BLOCK)
    }

    fn write_zeros(&mut self, count: u64) -> Result<(), WriteArchiveError> {
        const ZEROS: [u8; 512] = [0; 512];
        let mut left = count;
        while left > 0 {
            let some = left.min(BLOCK);
            self.write(&ZEROS[..usize::try_from(some).unwrap_or(ZEROS.len())])?;
            left -= some;
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), WriteArchiveError> {
        let result = match &mut self.output {
            Output::Plain(output) => output.write_all(bytes),
            Output::Gzip(output) => output.write_all(bytes),
        };
        result.map_err(|source| self.target_error(source))?;
        self.written += bytes.len() as u64;
        Ok(())
    }

    fn target_error(&self, source: io::Error) -> WriteArchiveError {
        WriteArchiveError::Target { archive: self.archive.clone(), source }
    }
}

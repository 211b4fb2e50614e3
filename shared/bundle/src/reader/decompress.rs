//! The bytes of the tar file, out of whatever it is wrapped in.

use std::io::{self, BufReader, Chain, Cursor, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use super::error::{Fault, Violation};
use crate::Excess;
use crate::limits::Bounds;

/// As much of the file as is read at once.
const BUFFER: usize = 128 << 10;

/// The longest mark by which a compression is known.
const MARK: usize = 6;

const GZIP: &[u8] = &[0x1f, 0x8b];

/// What tarfile of Python would find by itself, and we do not read.
const OTHERS: [(&[u8], &str); 3] = [(b"BZh", "bzip2"), (b"\xfd7zXZ\0", "xz"), (b"\x28\xb5\x2f\xfd", "zstd")];

/// A file's bytes, counted, its first ones put back.
type Input<R> = BufReader<Chain<Cursor<Vec<u8>>, Counted<R>>>;

/// The bytes of the tar file, never more of them than the bounds allow.
pub(super) struct Decompressed<R> {
    input: Encoding<R>,
    /// The bytes that came out so far.
    given: u64,
    bounds: Bounds,
}

enum Encoding<R> {
    Plain(Input<R>),
    // Several gzip files one after the other are one gzip file, as Python and the gzip program have it.
    Gzip(Box<MultiGzDecoder<Input<R>>>),
}

impl<R> Encoding<R> {
    /// The bytes of the file read so far.
    fn compressed(&self) -> u64 {
        let input = match self {
            Self::Plain(input) => input,
            Self::Gzip(input) => input.get_ref(),
        };
        input.get_ref().get_ref().1.count
    }
}

impl<R: Read> Decompressed<R> {
    /// Looks at how `input`, called `name`, is compressed: like Python romt, a name in `.gz` must be gzip, and any
    /// other name may be gzip or nothing.
    pub(super) fn new(name: &Path, input: R, bounds: Bounds) -> Result<Self, Fault> {
        let mut input = Counted { input, count: 0 };
        let mut mark = Vec::with_capacity(MARK);
        input.by_ref().take(MARK as u64).read_to_end(&mut mark)?;
        let gzip = mark.starts_with(GZIP);
        if let Some((_, other)) = OTHERS.iter().find(|(other, _)| mark.starts_with(other)) {
            return Err(Violation::Compression(other).into());
        }
        if !gzip && is_gzip_name(name) {
            return Err(Violation::NotGzip.into());
        }
        let input = BufReader::with_capacity(BUFFER, Cursor::new(mark).chain(input));
        let input = if gzip { Encoding::Gzip(Box::new(MultiGzDecoder::new(input))) } else { Encoding::Plain(input) };
        Ok(Self { input, given: 0, bounds })
    }
}

/// Whether an archive of this name is compressed with gzip, by the rule of Python romt: `x.tgz` is not.
pub(crate) fn is_gzip_name(name: &Path) -> bool {
    name.file_name().is_some_and(|name| name.as_encoded_bytes().ends_with(b".gz"))
}

impl<R: Read> Read for Decompressed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match &mut self.input {
            Encoding::Plain(input) => input.read(buffer)?,
            Encoding::Gzip(input) => input.read(buffer)?,
        };
        self.given = self.given.saturating_add(count as u64);
        if self.given > self.bounds.total_size {
            return Err(io::Error::other(Excess::TotalSize(self.bounds.total_size)));
        }
        if self.given > self.bounds.most_of(self.input.compressed()) {
            return Err(io::Error::other(Excess::Ratio(self.bounds.ratio)));
        }
        Ok(count)
    }
}

/// Counts what was read.
struct Counted<R> {
    input: R,
    count: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.count = self.count.saturating_add(count as u64);
        Ok(count)
    }
}

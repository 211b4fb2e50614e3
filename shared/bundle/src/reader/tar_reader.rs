//! The members of a tar file, with every size bounded.
//!
//! `tar::Archive` is not used: it reads the descriptions of a member into memory however long they say they are, and
//! it takes a file that ends between two members for a whole one. The fields of a header are read by `tar::Header`.

use std::io::{self, Read};

use tar::{EntryType, Header};

use super::error::{Fault, Violation, shown};
use super::pax::PaxRecords;
use crate::Excess;

/// Headers, contents and padding come in blocks of this many bytes.
const BLOCK: u64 = 512;

/// The most bytes of what describes a member: tar programs write a name, times and owners, or attributes of the file.
const DESCRIPTION: u64 = 64 << 10;

/// The most bytes of padding after the last member; tar programs fill up to 10 KiB or to the block of a tape.
const PADDING: u64 = 1 << 20;

const CUT_SHORT: &str = "it ends too early";

/// Reads a tar file member by member.
pub(super) struct TarReader<R> {
    input: R,
    /// Of the current member's content, what was not read yet.
    left: u64,
    /// What follows the content, to the end of its last block.
    padding: u64,
    /// Reading failed within a member: where the next one is cannot be known, even if the caller goes on.
    broken: bool,
}

/// One member that is a file or a folder.
pub(super) struct TarMember {
    pub(super) name: Vec<u8>,
    pub(super) size: u64,
    pub(super) folder: bool,
}

/// What went wrong, and with which member.
pub(super) type TarFault = (Option<String>, Fault);

impl<R: Read> TarReader<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, left: 0, padding: 0, broken: false }
    }

    /// The next member, what was left of the one before skipped; none after the last, when the end of the file was
    /// seen and is right.
    pub(super) fn next_member(&mut self) -> Result<Option<TarMember>, TarFault> {
        let mut long_name = None;
        let mut pax = None;
        loop {
            let Some(header) = self.next_header().map_err(|fault| (None, fault))? else {
                if long_name.is_some() || pax.is_some() {
                    return Err((None, Fault::Damaged("it ends behind the description of a member")));
                }
                return Ok(None);
            };
            let header_name = header.path_bytes();
            let here = |fault| (Some(shown(&header_name)), fault);
            match header.entry_type() {
                EntryType::XHeader if pax.is_none() => {
                    let text = self.description(&header).map_err(here)?;
                    pax = Some(PaxRecords::parse(&text).map_err(here)?);
                }
                EntryType::GNULongName if long_name.is_none() => {
                    let mut name = self.description(&header).map_err(here)?;
                    name.truncate(name.iter().position(|byte| *byte == 0).unwrap_or(name.len()));
                    long_name = Some(name);
                }
                EntryType::XHeader | EntryType::GNULongName => {
                    return Err(here(Fault::Damaged("a member is described twice")));
                }
                kind => {
                    let pax = pax.unwrap_or_default();
                    let name = pax.path.or(long_name).unwrap_or_else(|| header_name.to_vec());
                    let here = |fault| (Some(shown(&name)), fault);
                    let folder = is_folder(kind, pax.sparse).map_err(|violation| here(violation.into()))?;
                    let size = match pax.size {
                        Some(size) => size,
                        None => size_of(&header).map_err(here)?,
                    };
                    if folder && size != 0 {
                        return Err(here(Fault::Damaged("a folder has content")));
                    }
                    self.enter(size);
                    return Ok(Some(TarMember { name, size, folder }));
                }
            }
        }
    }

    /// Reads from the content of the current member.
    pub(super) fn read_content(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 || buffer.is_empty() {
            return Ok(0);
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        match self.input.read(&mut buffer[..most]) {
            Ok(0) => {
                self.broken = true;
                Err(io::Error::new(io::ErrorKind::UnexpectedEof, CUT_SHORT))
            }
            Ok(count) => {
                self.left -= count as u64;
                Ok(count)
            }
            Err(error) => {
                self.broken |= error.kind() != io::ErrorKind::Interrupted;
                Err(error)
            }
        }
    }

    /// What was not read yet of the content of the current member.
    pub(super) fn content(&mut self) -> impl Read {
        ContentOf(self)
    }

    fn enter(&mut self, size: u64) {
        self.left = size;
        self.padding = size.wrapping_neg() % BLOCK;
    }

    /// The content of a header that describes the next member.
    fn description(&mut self, header: &Header) -> Result<Vec<u8>, Fault> {
        let size = size_of(header)?;
        if size > DESCRIPTION {
            return Err(Excess::Description(DESCRIPTION).into());
        }
        self.enter(size);
        // Not `size` bytes at once: that many were promised, not seen.
        let mut content = Vec::new();
        self.content().read_to_end(&mut content)?;
        Ok(content)
    }

    fn next_header(&mut self) -> Result<Option<Header>, Fault> {
        if self.broken {
            return Err(Fault::Damaged("a member could not be read"));
        }
        self.skip()?;
        let mut header = Header::new_old();
        self.input.read_exact(header.as_mut_bytes()).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => Fault::Damaged(CUT_SHORT),
            _ => error.into(),
        })?;
        if header.as_bytes().iter().all(|byte| *byte == 0) {
            self.end()?;
            return Ok(None);
        }
        if header.cksum().ok() != Some(checksum(&header)) {
            return Err(Fault::Damaged("there should be the header of a member, and there is not"));
        }
        Ok(Some(header))
    }

    /// Skips what was not read of the current member.
    fn skip(&mut self) -> Result<(), Fault> {
        let mut rest = self.input.by_ref().take(self.left.saturating_add(self.padding));
        io::copy(&mut rest, &mut io::sink())?;
        if rest.limit() > 0 {
            return Err(Fault::Damaged(CUT_SHORT));
        }
        self.enter(0);
        Ok(())
    }

    /// Reads what follows the last member, so that the compression's checksum is read and compared, too.
    fn end(&mut self) -> Result<(), Fault> {
        let mut block = [0; 8 << 10];
        let mut padding = 0;
        loop {
            let count = match self.input.read(&mut block) {
                Ok(0) => return Ok(()),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            if block[..count].iter().any(|byte| *byte != 0) {
                return Err(Violation::AfterEnd.into());
            }
            padding += count as u64;
            if padding > PADDING {
                return Err(Excess::Padding(PADDING).into());
            }
        }
    }
}

/// The content of the current member, as a reader.
struct ContentOf<'a, R>(&'a mut TarReader<R>);

impl<R: Read> Read for ContentOf<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read_content(buffer)
    }
}

/// Whether a member is a folder or a file; anything else is a violation.
fn is_folder(kind: EntryType, sparse: bool) -> Result<bool, Violation> {
    let refused = match kind {
        EntryType::Regular if sparse => "a sparse file",
        EntryType::Regular => return Ok(false),
        EntryType::Directory => return Ok(true),
        EntryType::Symlink => "a symbolic link",
        EntryType::Link => "a hard link",
        EntryType::GNULongLink => "the long name of a link",
        EntryType::GNUSparse => "a sparse file",
        EntryType::Char | EntryType::Block => "a device",
        EntryType::Fifo => "a named pipe",
        EntryType::XGlobalHeader => "a header for all members",
        _ => "of an unknown kind",
    };
    Err(Violation::Kind(refused))
}

fn size_of(header: &Header) -> Result<u64, Fault> {
    header.entry_size().map_err(|_| Fault::Damaged("the size of a member is not a number"))
}

/// The sum of a header's bytes, those of the sum itself taken as spaces.
fn checksum(header: &Header) -> u32 {
    let bytes = header.as_bytes();
    bytes[..148].iter().chain(&bytes[156..]).map(|byte| u32::from(*byte)).sum::<u32>() + 8 * u32::from(b' ')
}

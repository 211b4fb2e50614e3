//! Reads an archive of crates.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use romt_types::ParseError;

use super::error::{Fault, ReadArchiveError, Violation};
use super::member_reader::{ArchiveEntry, Kind, MemberReader, Seen, at_most};
use crate::limits::Bounds;
use crate::{ArchiveFormat, CratesLimits, CratesMember};

/// Reads an archive of crates (`crates.tar.gz`), member by member, in bounded memory, writing nothing.
///
/// The compression's checksum and the members that must be there are known only at the end: what was read counts when
/// [`next_entry`](Self::next_entry) has given `None`, not before. Crates are not compared with the index here.
pub struct CratesArchiveReader<R>(MemberReader<Crates, R>);

/// What is known of an archive of crates so far.
struct Crates {
    limits: CratesLimits,
    format: ArchiveFormat,
    index: bool,
    seen: Seen,
}

impl CratesArchiveReader<File> {
    /// Opens the archive `path`.
    pub fn open(path: &Path, limits: CratesLimits) -> Result<Self, ReadArchiveError> {
        let file = File::open(path).map_err(|error| Fault::Io(error).at(path, None))?;
        Self::new(path, file, limits)
    }
}

impl<R: Read> CratesArchiveReader<R> {
    /// Reads an archive out of `input`; `archive` is its name, which says how it is compressed and stands in errors.
    ///
    /// As with Python romt, a name in `.gz` must be gzip; anything else may be gzip or not compressed.
    pub fn new(archive: &Path, input: R, limits: CratesLimits) -> Result<Self, ReadArchiveError> {
        let kind = Crates { limits, format: ArchiveFormat::Mixed, index: false, seen: Seen::default() };
        let mut members = MemberReader::new(archive, input, kind)?;
        members.begin(|kind, member, size, content| {
            if *member != CratesMember::Format {
                return Ok(false);
            }
            kind.format = read_format(size, content)?;
            Ok(true)
        })?;
        Ok(Self(members))
    }

    /// The format that the archive says it has; an archive that says none has the first.
    pub fn format(&self) -> ArchiveFormat {
        self.0.kind().format
    }

    /// The next member, what was not read of the one before skipped. Folders are skipped, and the format is not given:
    /// see [`format`](Self::format).
    ///
    /// `None` says that the archive is whole: its end is right, its checksums too, and it holds a bundle of the index.
    pub fn next_entry(&mut self) -> Result<Option<ArchiveEntry<'_, CratesMember, R>>, ReadArchiveError> {
        self.0.next_entry()
    }
}

fn read_format(size: u64, content: &mut dyn Read) -> Result<ArchiveFormat, Fault> {
    at_most(size, ArchiveFormat::MAX_SIZE)?;
    let mut bytes = Vec::new();
    content.read_to_end(&mut bytes)?;
    let text = str::from_utf8(&bytes).map_err(|_| {
        let reason = "it is not text";
        let shown = String::from_utf8_lossy(&bytes);
        Violation::Format(ParseError::new(&shown, "the format of an archive of crates", reason))
    })?;
    Ok(text.parse().map_err(Violation::Format)?)
}

impl Kind for Crates {
    type Member = CratesMember;

    fn bounds(&self) -> Bounds {
        self.limits.into()
    }

    fn parse(&self, name: &[u8]) -> Result<CratesMember, Violation> {
        CratesMember::parse(name, self.format).map_err(Violation::Name)
    }

    fn admit(&mut self, member: &CratesMember, size: u64) -> Result<(), Fault> {
        let new = match member {
            CratesMember::Format => return Err(Violation::LateFormat.into()),
            CratesMember::Index => {
                at_most(size, self.limits.index_size)?;
                !std::mem::replace(&mut self.index, true)
            }
            CratesMember::Crate(id) => {
                at_most(size, self.limits.crate_size)?;
                self.seen.insert(id)
            }
        };
        if new { Ok(()) } else { Err(Violation::Duplicate.into()) }
    }

    fn end(&self) -> Result<(), Violation> {
        if self.index { Ok(()) } else { Err(Violation::NoIndex) }
    }
}

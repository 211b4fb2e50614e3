//! Reads an archive of crates.

use std::collections::HashSet;
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use romt_types::{CrateId, ParseError};

use super::decompress::Decompressed;
use super::error::{Fault, ReadArchiveError, Violation, shown};
use super::tar_reader::{TarFault, TarMember, TarReader};
use crate::{ArchiveFormat, CratesLimits, CratesMember, Excess};

/// Reads an archive of crates (`crates.tar.gz`), member by member, in bounded memory, writing nothing.
///
/// The compression's checksum and the members that must be there are known only at the end: what was read counts when
/// [`next_entry`](Self::next_entry) has given `None`, not before. Crates are not compared with the index here.
pub struct CratesArchiveReader<R> {
    archive: PathBuf,
    tar: TarReader<io::BufReader<Decompressed<R>>>,
    limits: CratesLimits,
    format: ArchiveFormat,
    /// The first member, already looked at to know the format.
    first: Option<(TarMember, CratesMember)>,
    members: u64,
    index: bool,
    crates: SeenCrates,
    state: State,
}

#[derive(Clone, Copy)]
enum State {
    Reading,
    Whole,
    Failed,
}

/// As much of the tar file as is decompressed at once.
const BUFFER: usize = 64 << 10;

/// One member of an archive of crates: read its content, or leave it.
pub struct CratesEntry<'a, R> {
    tar: &'a mut TarReader<io::BufReader<Decompressed<R>>>,
    archive: &'a Path,
    member: CratesMember,
    name: String,
    size: u64,
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
        let input = Decompressed::new(archive, input, limits).map_err(|fault| fault.at(archive, None))?;
        let mut reader = Self {
            archive: archive.to_owned(),
            tar: TarReader::new(io::BufReader::with_capacity(BUFFER, input)),
            limits,
            format: ArchiveFormat::Mixed,
            first: None,
            members: 0,
            index: false,
            crates: SeenCrates::default(),
            state: State::Reading,
        };
        reader.begin().map_err(|(member, fault)| fault.at(archive, member.as_deref()))?;
        Ok(reader)
    }

    /// The format that the archive says it has; an archive that says none has the first.
    pub fn format(&self) -> ArchiveFormat {
        self.format
    }

    /// The next member, what was not read of the one before skipped. Folders are skipped, and the format is not given:
    /// see [`format`](Self::format).
    ///
    /// `None` says that the archive is whole: its end is right, its checksums too, and it holds a bundle of the index.
    pub fn next_entry(&mut self) -> Result<Option<CratesEntry<'_, R>>, ReadArchiveError> {
        match self.state {
            State::Reading => {}
            State::Whole => return Ok(None),
            State::Failed => return Err(Fault::Damaged("an earlier error ended its reading").at(&self.archive, None)),
        }
        match self.advance() {
            Ok(Some((found, member))) => Ok(Some(CratesEntry {
                tar: &mut self.tar,
                archive: &self.archive,
                member,
                name: shown(&found.name),
                size: found.size,
            })),
            Ok(None) => {
                self.state = State::Whole;
                Ok(None)
            }
            Err((member, fault)) => {
                self.state = State::Failed;
                Err(fault.at(&self.archive, member.as_deref()))
            }
        }
    }

    /// Looks at the first member, which may be the format.
    fn begin(&mut self) -> Result<(), TarFault> {
        match self.next_known()? {
            Some((found, CratesMember::Format)) => {
                self.format = self.read_format(found.size).map_err(|fault| (Some(shown(&found.name)), fault))?;
                Ok(())
            }
            Some(first) => {
                self.first = Some(first);
                Ok(())
            }
            None => Err((None, Violation::NoIndex.into())),
        }
    }

    fn read_format(&mut self, size: u64) -> Result<ArchiveFormat, Fault> {
        at_most(size, ArchiveFormat::MAX_SIZE)?;
        let mut content = Vec::new();
        self.tar.content().read_to_end(&mut content)?;
        let text = str::from_utf8(&content).map_err(|_| {
            let reason = "it is not text";
            let shown = String::from_utf8_lossy(&content);
            Violation::Format(ParseError::new(&shown, "the format of an archive of crates", reason))
        })?;
        Ok(text.parse().map_err(Violation::Format)?)
    }

    /// The next member that may be where it is; none when the archive is whole.
    fn advance(&mut self) -> Result<Option<(TarMember, CratesMember)>, TarFault> {
        let next = match self.first.take() {
            Some(first) => Some(first),
            None => self.next_known()?,
        };
        match next {
            Some((found, member)) => match self.admit(&member, found.size) {
                Ok(()) => Ok(Some((found, member))),
                Err(fault) => Err((Some(shown(&found.name)), fault)),
            },
            None if self.index => Ok(None),
            None => Err((None, Violation::NoIndex.into())),
        }
    }

    /// The next member that is a file, its name parsed.
    fn next_known(&mut self) -> Result<Option<(TarMember, CratesMember)>, TarFault> {
        while let Some(found) = self.tar.next_member()? {
            self.members += 1;
            if self.members > self.limits.members {
                return Err((Some(shown(&found.name)), Excess::Members(self.limits.members).into()));
            }
            if found.folder {
                continue;
            }
            return match CratesMember::parse(&found.name, self.format) {
                Ok(member) => Ok(Some((found, member))),
                Err(error) => Err((Some(shown(&found.name)), Violation::Name(error).into())),
            };
        }
        Ok(None)
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
                self.crates.insert(id)
            }
        };
        if new { Ok(()) } else { Err(Violation::Duplicate.into()) }
    }
}

fn at_most(size: u64, limit: u64) -> Result<(), Excess> {
    if size > limit { Err(Excess::MemberSize { size, limit }) } else { Ok(()) }
}

impl<R> CratesEntry<'_, R> {
    /// What it is: the index or a crate.
    pub fn member(&self) -> &CratesMember {
        &self.member
    }

    /// Its name in the archive, as it may be shown.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The bytes that it has; reading gives exactly so many, or an error.
    pub fn size(&self) -> u64 {
        self.size
    }
}

/// Errors hold a [`ReadArchiveError`], which [`io::Error::downcast`] takes out.
impl<R: Read> Read for CratesEntry<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.tar.read_content(buffer).map_err(|error| {
            let kind = error.kind();
            if kind == io::ErrorKind::Interrupted {
                return error;
            }
            io::Error::new(kind, Fault::from(error).at(self.archive, Some(&self.name)))
        })
    }
}

/// Which crates were seen: 8 bytes for each, since an archive may hold millions.
///
/// Two crates are taken for the same when their hashes are. The hash is keyed anew in each process, so nobody can make
/// that happen; that it happens by itself among two million crates is one chance in ten millions.
#[derive(Default)]
struct SeenCrates {
    hashes: HashSet<u64>,
    key: RandomState,
}

impl SeenCrates {
    /// Whether it is new.
    fn insert(&mut self, id: &CrateId) -> bool {
        self.hashes.insert(self.key.hash_one(id))
    }
}

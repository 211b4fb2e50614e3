//! The files of an archive, one after the other, whatever kind of archive it is.

use std::collections::HashSet;
use std::hash::{BuildHasher, Hash, RandomState};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::decompress::Decompressed;
use super::error::{Fault, ReadArchiveError, Violation, shown};
use super::tar_reader::{TarFault, TarMember, TarReader};
use crate::Excess;
use crate::limits::Bounds;

/// A kind of archive: what its members are, and which of them may be where they are.
pub(super) trait Kind {
    /// What a member is.
    type Member;

    /// The limits that do not depend on the members.
    fn bounds(&self) -> Bounds;

    /// What the member of this name is.
    fn parse(&self, name: &[u8]) -> Result<Self::Member, Violation>;

    /// Takes note of the next member, or refuses it.
    fn admit(&mut self, member: &Self::Member, size: u64) -> Result<(), Fault>;

    /// Whether the archive may end.
    fn end(&self) -> Result<(), Violation>;
}

/// Reads the members of an archive that are files.
pub(super) struct MemberReader<K: Kind, R> {
    archive: PathBuf,
    tar: TarReader<Input<R>>,
    kind: K,
    /// The first member, where it was looked at.
    first: Option<(TarMember, K::Member)>,
    members: u64,
    state: State,
}

type Input<R> = io::BufReader<Decompressed<R>>;

#[derive(Clone, Copy)]
enum State {
    Reading,
    Whole,
    Failed,
}

/// As much of the tar file as is decompressed at once.
const BUFFER: usize = 64 << 10;

/// One member of an archive: read its content, or leave it.
pub struct ArchiveEntry<'a, M, R> {
    tar: &'a mut TarReader<Input<R>>,
    archive: &'a Path,
    member: M,
    name: String,
    size: u64,
}

impl<K: Kind, R: Read> MemberReader<K, R> {
    /// Reads an archive out of `input`; `archive` is its name, which says how it is compressed and stands in errors.
    pub(super) fn new(archive: &Path, input: R, kind: K) -> Result<Self, ReadArchiveError> {
        let input = Decompressed::new(archive, input, kind.bounds()).map_err(|fault| fault.at(archive, None))?;
        Ok(Self {
            archive: archive.to_owned(),
            tar: TarReader::new(io::BufReader::with_capacity(BUFFER, input)),
            kind,
            first: None,
            members: 0,
            state: State::Reading,
        })
    }

    pub(super) fn kind(&self) -> &K {
        &self.kind
    }

    /// Looks at the first member. Where `learn` tells what it says of the archive, out of its content, it is not given any
    /// more.
    pub(super) fn begin(
        &mut self,
        learn: impl FnOnce(&mut K, &K::Member, u64, &mut dyn Read) -> Result<bool, Fault>,
    ) -> Result<(), ReadArchiveError> {
        self.look_at_first(learn).map_err(|(member, fault)| fault.at(&self.archive, member.as_deref()))
    }

    fn look_at_first(
        &mut self,
        learn: impl FnOnce(&mut K, &K::Member, u64, &mut dyn Read) -> Result<bool, Fault>,
    ) -> Result<(), TarFault> {
        let Some((found, member)) = self.next_file()? else {
            return Err((None, self.kind.end().err().map_or(Fault::Damaged("there is nothing in it"), Into::into)));
        };
        let learnt = learn(&mut self.kind, &member, found.size, &mut self.tar.content());
        if !learnt.map_err(|fault| (Some(shown(&found.name)), fault))? {
            self.first = Some((found, member));
        }
        Ok(())
    }

    /// The next member, what was not read of the one before skipped; `None` when the archive is whole.
    pub(super) fn next_entry(&mut self) -> Result<Option<ArchiveEntry<'_, K::Member, R>>, ReadArchiveError> {
        match self.state {
            State::Reading => {}
            State::Whole => return Ok(None),
            State::Failed => return Err(Fault::Damaged("an earlier error ended its reading").at(&self.archive, None)),
        }
        match self.advance() {
            Ok(Some((found, member))) => Ok(Some(ArchiveEntry {
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

    /// The next member that may be where it is.
    fn advance(&mut self) -> Result<Option<(TarMember, K::Member)>, TarFault> {
        let next = match self.first.take() {
            Some(first) => Some(first),
            None => self.next_file()?,
        };
        let Some((found, member)) = next else {
            return self.kind.end().map(|()| None).map_err(|violation| (None, violation.into()));
        };
        match self.kind.admit(&member, found.size) {
            Ok(()) => Ok(Some((found, member))),
            Err(fault) => Err((Some(shown(&found.name)), fault)),
        }
    }

    /// The next member that is a file, its name parsed.
    fn next_file(&mut self) -> Result<Option<(TarMember, K::Member)>, TarFault> {
        let most = self.kind.bounds().members;
        while let Some(found) = self.tar.next_member()? {
            self.members += 1;
            if self.members > most {
                return Err((Some(shown(&found.name)), Excess::Members(most).into()));
            }
            if found.folder {
                continue;
            }
            return match self.kind.parse(&found.name) {
                Ok(member) => Ok(Some((found, member))),
                Err(violation) => Err((Some(shown(&found.name)), violation.into())),
            };
        }
        Ok(None)
    }
}

pub(super) fn at_most(size: u64, limit: u64) -> Result<(), Excess> {
    if size > limit { Err(Excess::MemberSize { size, limit }) } else { Ok(()) }
}

impl<M, R> ArchiveEntry<'_, M, R> {
    /// What it is.
    pub fn member(&self) -> &M {
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
impl<M, R: Read> Read for ArchiveEntry<'_, M, R> {
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

/// Which members were seen: 8 bytes for each, since an archive may hold millions.
///
/// Two are taken for the same when their hashes are. The hash is keyed anew in each process, so nobody can make that
/// happen; that it happens by itself among two million members is one chance in ten millions.
#[derive(Default)]
pub(super) struct Seen {
    hashes: HashSet<u64>,
    key: RandomState,
}

impl Seen {
    /// Whether it is new.
    pub(super) fn insert(&mut self, member: &impl Hash) -> bool {
        self.hashes.insert(self.key.hash_one(member))
    }
}

//! Reads an archive of toolchains or of rustup.

use std::fs::File;
use std::io::Read;
use std::marker::PhantomData;
use std::path::Path;

use super::error::{Fault, ReadArchiveError, Violation};
use super::member_reader::{ArchiveEntry, Kind, MemberReader, Seen, at_most};
use crate::limits::Bounds;
use crate::{FolderKey, FolderLimits};

/// Reads an archive of files of one folder of a mirror (`toolchain.tar.gz`, `rustup.tar.gz`), member by member, in bounded
/// memory, writing nothing.
///
/// The compression's checksum is known only at the end: what was read counts when [`next_entry`](Self::next_entry) has
/// given `None`, not before. Nothing is compared with a manifest or a hash here.
pub struct FolderArchiveReader<K: FolderKey, R>(MemberReader<Folder<K>, R>);

/// What is known of such an archive so far.
struct Folder<K> {
    limits: FolderLimits,
    seen: Seen,
    key: PhantomData<K>,
}

impl<K: FolderKey> FolderArchiveReader<K, File> {
    /// Opens the archive `path`.
    pub fn open(path: &Path, limits: FolderLimits) -> Result<Self, ReadArchiveError> {
        let file = File::open(path).map_err(|error| Fault::Io(error).at(path, None))?;
        Self::new(path, file, limits)
    }
}

impl<K: FolderKey, R: Read> FolderArchiveReader<K, R> {
    /// Reads an archive out of `input`; `archive` is its name, which says how it is compressed and stands in errors.
    ///
    /// As with Python romt, a name in `.gz` must be gzip; anything else may be gzip or not compressed.
    pub fn new(archive: &Path, input: R, limits: FolderLimits) -> Result<Self, ReadArchiveError> {
        let kind = Folder { limits, seen: Seen::default(), key: PhantomData };
        Ok(Self(MemberReader::new(archive, input, kind)?))
    }

    /// The next file, what was not read of the one before skipped. Folders are skipped.
    ///
    /// `None` says that the archive is whole: its end is right, its checksums too.
    pub fn next_entry(&mut self) -> Result<Option<ArchiveEntry<'_, K, R>>, ReadArchiveError> {
        self.0.next_entry()
    }
}

impl<K: FolderKey> Kind for Folder<K> {
    type Member = K;

    fn bounds(&self) -> Bounds {
        self.limits.into()
    }

    fn parse(&self, name: &[u8]) -> Result<K, Violation> {
        K::from_member_name(name).map_err(Violation::Unexpected)
    }

    fn admit(&mut self, member: &K, size: u64) -> Result<(), Fault> {
        at_most(size, member.most_bytes(self.limits.file_size))?;
        if self.seen.insert(member) { Ok(()) } else { Err(Violation::Duplicate.into()) }
    }

    fn end(&self) -> Result<(), Violation> {
        Ok(())
    }
}

//! Which kind of archive a file is, by what is in it.

use std::io::{self, Read};
use std::path::Path;

use romt_dist::{DistKey, RustupKey};

use super::decompress::Decompressed;
use super::error::{ReadArchiveError, Violation};
use super::tar_reader::TarReader;
use crate::limits::Bounds;
use crate::{CratesLimits, FolderKey};

/// A kind of archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ArchiveKind {
    /// Crates and their index.
    Crates,
    /// Toolchains.
    Toolchains,
    /// Releases of rustup.
    Rustup,
}

/// Folders that may come before the first file.
const FOLDERS: usize = 1_000;
/// As much as is decompressed at once.
const BUFFER: usize = 16 << 10;

impl ArchiveKind {
    /// Looks at the first file in `input`, which is called `archive`. What the rest is like is not known by that.
    pub fn of(archive: &Path, input: impl Read) -> Result<Self, ReadArchiveError> {
        let bounds = Bounds::from(CratesLimits::default());
        let input = Decompressed::new(archive, input, bounds).map_err(|fault| fault.at(archive, None))?;
        let mut tar = TarReader::new(io::BufReader::with_capacity(BUFFER, input));
        for _ in 0..FOLDERS {
            let member = tar.next_member().map_err(|(member, fault)| fault.at(archive, member.as_deref()))?;
            match member {
                Some(member) if member.folder => {}
                Some(member) => return Self::of_member(&member.name).map_err(|name| refuse(archive, name)),
                None => break,
            }
        }
        Err(refuse(archive, Violation::NoKind))
    }

    fn of_member(name: &[u8]) -> Result<Self, Violation> {
        const CRATES: [&[u8]; 3] = [b"ARCHIVE_FORMAT", b"git/", b"crates/"];
        if CRATES.iter().any(|known| name.starts_with(known)) {
            return Ok(Self::Crates);
        }
        match name {
            _ if name.starts_with(DistKey::FOLDER.as_bytes()) => Ok(Self::Toolchains),
            _ if name.starts_with(RustupKey::FOLDER.as_bytes()) => Ok(Self::Rustup),
            _ => Err(Violation::NoKind),
        }
    }

    /// What it is called in logs, messages and documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Crates => "crates",
            Self::Toolchains => "toolchains",
            Self::Rustup => "rustup",
        }
    }
}

fn refuse(archive: &Path, source: Violation) -> ReadArchiveError {
    ReadArchiveError::Refused { archive: archive.to_owned(), member: None, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[&str]) -> Result<ArchiveKind, ReadArchiveError> {
        let mut tar = tar::Builder::new(Vec::new());
        for name in names {
            let mut header = tar::Header::new_gnu();
            let folder = name.ends_with('/');
            header.set_entry_type(if folder { tar::EntryType::Directory } else { tar::EntryType::Regular });
            header.set_size(0);
            tar.append_data(&mut header, name, io::empty()).unwrap();
        }
        ArchiveKind::of(Path::new("a.tar"), &*tar.into_inner().unwrap())
    }

    #[test]
    fn the_first_file_tells() {
        use ArchiveKind::{Crates, Rustup, Toolchains};
        for (names, kind) in [
            (&["ARCHIVE_FORMAT"][..], Crates),
            (&["git/", "git/crates.io-index/origin.bundle"], Crates),
            (&["crates/1/a/a-1.0.0.crate"], Crates),
            (&["dist/", "dist/2026-04-16/", "dist/2026-04-16/x"], Toolchains),
            (&["rustup/archive/1.29.0/x"], Rustup),
        ] {
            assert_eq!(of(names).unwrap(), kind, "{names:?}");
        }
        for names in [&["README.md"][..], &[], &["dist/"], &["distant"]] {
            assert!(matches!(of(names), Err(ReadArchiveError::Refused { .. })), "{names:?}");
        }
        for (name, bytes) in [("a.gz", &b"text"[..]), ("a", b"text"), ("a.tar", &[7; 1024]), ("a.gz", &[0x1f, 0x8b])] {
            assert!(ArchiveKind::of(Path::new(name), bytes).is_err(), "{name}");
        }
    }
}

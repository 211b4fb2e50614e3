//! Why an archive was not read to its end.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

use romt_types::ParseError;

use crate::Excess;

/// Why an archive was not read to its end, by what the caller does next.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadArchiveError {
    /// The file cannot be read: mend the path, the permission or the medium, then again.
    #[error("cannot read the archive `{}`", archive.display())]
    Unreadable {
        /// The archive.
        archive: PathBuf,
        /// The operating system's error.
        #[source]
        source: io::Error,
    },
    /// It is cut short or its bytes are wrong: bring it across once more.
    #[error("the archive `{}` is damaged{}", archive.display(), place(member.as_deref()))]
    Damaged {
        /// The archive.
        archive: PathBuf,
        /// The member in which, if it is known.
        member: Option<String>,
        /// How.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// It holds what no archive of its kind may hold: do not use it, ask who made it.
    #[error("the archive `{}` is refused{}", archive.display(), place(member.as_deref()))]
    Refused {
        /// The archive.
        archive: PathBuf,
        /// The member for whose sake, if it is one.
        member: Option<String>,
        /// Why.
        #[source]
        source: Violation,
    },
    /// It is over a limit: raise the limit if that is right, else do not use it.
    #[error("the archive `{}` is too large{}", archive.display(), place(member.as_deref()))]
    TooLarge {
        /// The archive.
        archive: PathBuf,
        /// The member that made it so, if it is one.
        member: Option<String>,
        /// Which limit.
        #[source]
        source: Excess,
    },
}

/// What no archive may hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// The name is none that a member can have, or one of the other format.
    #[error(transparent)]
    Name(ParseError),
    /// The name is no path in the folder that the archive is of. The words are Python romt's.
    #[error("unexpected archive member: {0}")]
    Unexpected(ParseError),
    /// It is neither a file nor a folder.
    #[error("it is {0}; only files and folders may be in an archive")]
    Kind(&'static str),
    /// `ARCHIVE_FORMAT` holds no format that is known.
    #[error(transparent)]
    Format(ParseError),
    /// `ARCHIVE_FORMAT` is there, but behind other members.
    #[error("the format must be the first member")]
    LateFormat,
    /// The same member twice.
    #[error("it is in the archive twice")]
    Duplicate,
    /// There is nothing in it by which to know what it is an archive of.
    #[error("it is an archive neither of crates nor of toolchains nor of rustup")]
    NoKind,
    /// There is no bundle of the index.
    #[error("there is no git/crates.io-index/origin.bundle in it")]
    NoIndex,
    /// There is something after the end of the archive.
    #[error("something follows its end")]
    AfterEnd,
    /// It is compressed in a way that romt does not read.
    #[error("it is compressed with {0}; only gzip and uncompressed archives are read")]
    Compression(&'static str),
    /// It is called `.gz` and is no gzip file.
    #[error("its name ends in .gz, but it is not compressed with gzip")]
    NotGzip,
}

/// What went wrong, before it is known where.
#[derive(Debug)]
pub(super) enum Fault {
    Io(io::Error),
    Damaged(&'static str),
    Refused(Violation),
    TooLarge(Excess),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.downcast::<Excess>() {
            Ok(excess) => Self::TooLarge(excess),
            Err(error) => Self::Io(error),
        }
    }
}

impl From<Violation> for Fault {
    fn from(violation: Violation) -> Self {
        Self::Refused(violation)
    }
}

impl From<Excess> for Fault {
    fn from(excess: Excess) -> Self {
        Self::TooLarge(excess)
    }
}

impl Fault {
    /// The error for the caller: at `member` of `archive`.
    pub(super) fn at(self, archive: &Path, member: Option<&str>) -> ReadArchiveError {
        let (archive, member) = (archive.to_owned(), member.map(ToOwned::to_owned));
        match self {
            Self::Io(source) if is_damage(&source) => {
                ReadArchiveError::Damaged { archive, member, source: source.into() }
            }
            Self::Io(source) => ReadArchiveError::Unreadable { archive, source },
            Self::Damaged(reason) => ReadArchiveError::Damaged { archive, member, source: reason.into() },
            Self::Refused(source) => ReadArchiveError::Refused { archive, member, source },
            Self::TooLarge(source) => ReadArchiveError::TooLarge { archive, member, source },
        }
    }
}

/// Whether it is the bytes that are wrong, as the decompressor says it, and not the medium, as the system says it.
fn is_damage(error: &io::Error) -> bool {
    error.raw_os_error().is_none()
        && matches!(
            error.kind(),
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
        )
}

fn place(member: Option<&str>) -> String {
    member.map_or_else(String::new, |member| format!(" at `{member}`"))
}

/// As much of a member's name as is shown.
const SHOWN: usize = 120;

/// A member's name as it is shown: an archive's maker chose it, so it is cut and escaped.
pub(super) fn shown(name: &[u8]) -> String {
    let text = String::from_utf8_lossy(&name[..name.len().min(4 * SHOWN)]);
    let mut shown: String = text.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    if text.chars().count() > SHOWN {
        shown.push('…');
    }
    shown
}

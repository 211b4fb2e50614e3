//! The archives that cross the gap: what may be in them, and nothing else.
//!
//! Usable without the rest of romt, for threads that may block: everything is streamed in bounded memory. An archive
//! comes from a medium that anybody may have touched, so every name and size in it is untrusted; one that does not
//! parse refuses the archive.
//!
//! Here are the archives that Python romt writes and reads:
//!
//! - *Crates*: [`CratesArchiveWriter`] makes one, [`CratesArchiveReader`] reads one within [`CratesLimits`]; both speak of
//!   its members as [`CratesMember`].
//! - *Toolchains and rustup*: [`FolderArchiveWriter`] and [`FolderArchiveReader`], within [`FolderLimits`]. The members are
//!   files of the folders `dist/` and `rustup/`, by their keys ([`FolderKey`]).
//!
//! What the members hold is compared with nothing here. Native bundles follow.

mod archive_format;
mod crates_member;
mod folder_key;
mod limits;
mod reader;
mod writer;

pub use archive_format::ArchiveFormat;
pub use crates_member::CratesMember;
pub use folder_key::FolderKey;
pub use limits::{CratesLimits, Excess, FolderLimits};
pub use reader::{ArchiveEntry, ArchiveKind, CratesArchiveReader, FolderArchiveReader, ReadArchiveError, Violation};
pub use writer::{CratesArchiveWriter, FolderArchiveWriter, WriteArchiveError, WrittenArchive};

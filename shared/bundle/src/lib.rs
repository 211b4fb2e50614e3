//! The archives that cross the gap: what may be in them, and nothing else.
//!
//! Usable without the rest of romt, for threads that may block: everything is streamed in bounded memory. An archive
//! comes from a medium that anybody may have touched, so every name and size in it is untrusted; one that does not
//! parse refuses the archive.
//!
//! Here so far: the archive of crates that Python romt writes and reads. [`CratesArchiveWriter`] makes one,
//! [`CratesArchiveReader`] reads one within [`CratesLimits`]; both speak of its members as [`CratesMember`]. The other
//! archives and native bundles follow.

mod archive_format;
mod crates_member;
mod limits;
mod reader;
mod writer;

pub use archive_format::ArchiveFormat;
pub use crates_member::CratesMember;
pub use limits::{CratesLimits, Excess};
pub use reader::{CratesArchiveReader, CratesEntry, ReadArchiveError, Violation};
pub use writer::{CratesArchiveWriter, WriteArchiveError};

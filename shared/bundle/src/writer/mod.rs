//! Writing an archive.

mod crates_archive_writer;
mod error;
mod pending_file;
mod tar_member;

pub use crates_archive_writer::CratesArchiveWriter;
pub use error::WriteArchiveError;

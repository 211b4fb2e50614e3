//! Writing an archive.

mod crates_archive_writer;
mod early_sync;
mod error;
mod folder_archive_writer;
mod member_writer;
mod output_file;
mod pending_file;
mod tar_member;

pub use crates_archive_writer::CratesArchiveWriter;
pub use error::WriteArchiveError;
pub use folder_archive_writer::FolderArchiveWriter;
pub use output_file::WrittenArchive;

//! Reading an archive that anybody may have made.

mod archive_kind;
mod crates_archive_reader;
mod decompress;
mod error;
mod folder_archive_reader;
mod member_reader;
mod pax;
mod tar_reader;

pub use archive_kind::ArchiveKind;
pub use crates_archive_reader::CratesArchiveReader;
pub(crate) use decompress::is_gzip_name;
pub use error::{ReadArchiveError, Violation};
pub use folder_archive_reader::FolderArchiveReader;
pub use member_reader::ArchiveEntry;

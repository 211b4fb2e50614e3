//! Reading an archive that anybody may have made.

mod crates_archive_reader;
mod decompress;
mod error;
mod pax;
mod tar_reader;

pub use crates_archive_reader::{CratesArchiveReader, CratesEntry};
pub(crate) use decompress::is_gzip_name;
pub use error::{ReadArchiveError, Violation};

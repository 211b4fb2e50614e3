//! Taking over an archive of toolchains or of rustup: what both have in common.

mod bad_file;
mod place;
mod receive;
mod unpacking;

use romt_types::Digest;

pub(super) use place::{Step, place};
pub(super) use receive::receive;
pub(super) use unpacking::{Arrived, Unpacking};

pub use bad_file::BadFile;

/// What happens while an archive of toolchains or of rustup is taken over.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum FileEvent<'a, K> {
    /// The file was read. It is neither believed nor in its place yet.
    Read(&'a K),
    /// The archive is whole and right. So many files take their places now.
    Whole(u64),
    /// The file is in its place, or was there before.
    Placed(&'a K),
}

/// A file that came out of an archive.
#[derive(Debug, Clone, Copy)]
pub(super) struct StagedFile {
    /// The number of the file in the folder where it waits.
    pub(super) number: u64,
    pub(super) size: u64,
    pub(super) digest: Digest,
}

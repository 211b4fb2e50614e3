//! The archives that cross the gap: what may be in them, and nothing else.
//!
//! Usable without the rest of romt: names in, values out, no files and no network. An archive comes from a medium that
//! anybody may have touched, so every name in it is untrusted; one that does not parse refuses the archive.
//!
//! Here so far: the members of the archive of crates that Python romt writes and reads ([`CratesMember`],
//! [`ArchiveFormat`]). Reading and writing the tar file itself, the other archives and native bundles follow.

mod archive_format;
mod crates_member;

pub use archive_format::ArchiveFormat;
pub use crates_member::CratesMember;

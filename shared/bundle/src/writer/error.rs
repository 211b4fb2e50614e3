//! Why an archive was not written.

use std::io;
use std::path::PathBuf;

/// Why an archive was not written, by what the caller does next. An older archive of the name is still there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteArchiveError {
    /// The archive cannot be written: make space, mend the permission, then again.
    #[error("cannot write the archive `{}`", archive.display())]
    Target {
        /// The archive.
        archive: PathBuf,
        /// The operating system's error.
        #[source]
        source: io::Error,
    },
    /// What should go into it cannot be read: mend that, then again.
    #[error("cannot read what becomes `{member}` in the archive `{}`", archive.display())]
    Content {
        /// The archive.
        archive: PathBuf,
        /// The member.
        member: String,
        /// The reader's error.
        #[source]
        source: io::Error,
    },
    /// What should go into it had another size than was said: it was changed meanwhile, so again.
    #[error("what becomes `{member}` in the archive `{}` does not have the {size} bytes it had", archive.display())]
    Changed {
        /// The archive.
        archive: PathBuf,
        /// The member.
        member: String,
        /// The size that was said.
        size: u64,
    },
    /// A member comes out of its order, or belongs into no such archive: a defect of the caller.
    #[error("`{member}` comes twice, too late, or does not belong into the archive `{}`", archive.display())]
    Order {
        /// The archive.
        archive: PathBuf,
        /// The member.
        member: String,
    },
    /// A member failed before, so that the archive cannot be finished: a defect of the caller.
    #[error("the archive `{}` was given up when a member of it failed", archive.display())]
    GivenUp {
        /// The archive.
        archive: PathBuf,
    },
}

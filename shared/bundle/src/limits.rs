//! How much an archive may hold.

/// How much an archive of crates may hold. An archive over one of these is refused as soon as it says so or shows so.
///
/// The defaults let a mirror of everything through, and stop what no mirror can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CratesLimits {
    /// The most bytes of one crate.
    pub crate_size: u64,
    /// The most bytes of the bundle of the index.
    pub index_size: u64,
    /// The most members, folders included.
    pub members: u64,
    /// The most bytes of the whole archive when it is decompressed, headers included.
    pub total_size: u64,
    /// The most decompressed bytes for each compressed byte.
    ///
    /// Crates and git bundles are compressed already, so an honest archive hardly shrinks; zeros shrink a thousand
    /// times. Not asked of the first [`RATIO_FREE`](Self::RATIO_FREE) bytes.
    pub ratio: u64,
}

impl CratesLimits {
    /// So many bytes may come out of an archive however little went in: a small archive may be as odd as it likes.
    pub const RATIO_FREE: u64 = RATIO_FREE;
}

const RATIO_FREE: u64 = 64 << 20;

impl Default for CratesLimits {
    fn default() -> Self {
        Self { crate_size: 512 << 20, index_size: 16 << 30, members: 20_000_000, total_size: 8 << 40, ratio: 100 }
    }
}

/// How much an archive of toolchains or of rustup may hold. An archive over one of these is refused as soon as it says so
/// or shows so. Manifests, hashes and signatures have a largest size of their own.
///
/// The defaults let a hundred releases of all targets through, and stop what no mirror can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FolderLimits {
    /// The most bytes of one package or program.
    pub file_size: u64,
    /// The most members, folders included. What is known of each is kept in memory.
    pub members: u64,
    /// The most bytes of the whole archive when it is decompressed, headers included.
    pub total_size: u64,
    /// The most decompressed bytes for each compressed byte, as in [`CratesLimits::ratio`].
    pub ratio: u64,
}

impl Default for FolderLimits {
    fn default() -> Self {
        Self { file_size: 4 << 30, members: 200_000, total_size: 8 << 40, ratio: 100 }
    }
}

/// The limits that do not depend on what the members are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) members: u64,
    pub(crate) total_size: u64,
    pub(crate) ratio: u64,
}

impl Bounds {
    /// The most bytes that may come out of so many compressed ones.
    pub(crate) fn most_of(&self, compressed: u64) -> u64 {
        compressed.saturating_mul(self.ratio).saturating_add(RATIO_FREE)
    }
}

impl From<CratesLimits> for Bounds {
    fn from(limits: CratesLimits) -> Self {
        Self { members: limits.members, total_size: limits.total_size, ratio: limits.ratio }
    }
}

impl From<FolderLimits> for Bounds {
    fn from(limits: FolderLimits) -> Self {
        Self { members: limits.members, total_size: limits.total_size, ratio: limits.ratio }
    }
}

/// Which of its limits an archive is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Excess {
    /// One member says that it is larger than its kind may be.
    #[error("{size} bytes are more than the {limit} that such a member may have")]
    MemberSize {
        /// What the member says that it has.
        size: u64,
        /// What it may have.
        limit: u64,
    },
    /// There are too many members.
    #[error("an archive may have {0} members")]
    Members(u64),
    /// More comes out of the archive than may.
    #[error("an archive may have {0} bytes when decompressed")]
    TotalSize(u64),
    /// It is compressed so well that it can hold neither crates nor packages, which are compressed already.
    #[error("more than {0} bytes come out of each byte, and what may be in it never shrinks so far")]
    Ratio(u64),
    /// What describes a member (a long name, the records before it) is longer than any tar program makes it.
    #[error("what describes a member may have {0} bytes")]
    Description(u64),
    /// There is more padding after the last member than any tar program writes.
    #[error("after the last member an archive may have {0} bytes of padding")]
    Padding(u64),
}

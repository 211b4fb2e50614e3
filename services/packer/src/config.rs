//! What the packer is told and given.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use romt_bundle::{CratesLimits, FolderLimits};
use romt_bus::BusHandle;
use romt_storage::Storage;

use crate::SignedFile;

/// The packer's settings.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Where archives that others ask for are written to; none: it writes none.
    pub outbox: Option<PathBuf>,
    /// Which folder is watched for archives; none: none is.
    pub inbox: Option<InboxConfig>,
}

/// The settings of an inbox.
#[derive(Debug, Clone)]
pub struct InboxConfig {
    /// The folder that is watched. Nothing in it is changed unless [`consume`](Self::consume) is set.
    pub inbox: PathBuf,
    /// Whether archives that were admitted are moved to `done/` in the inbox, and bad ones to the quarantine.
    pub consume: bool,
    /// Where it is said why an archive is bad.
    pub quarantine: PathBuf,
    /// How long an archive must not have changed before it is taken for whole, or for bad.
    pub settle: Duration,
    /// How often the folder is looked at, whatever the system tells of it.
    pub poll: Duration,
    /// Whether the system is asked to tell of changes, too.
    pub notify: bool,
    /// The index repository that archives of crates are compared with. Of no meaning where the store is no folder: then the
    /// published index is followed into `inbox-index` in [`state`](Self::state).
    pub repository: PathBuf,
    /// Where the packer remembers things, and where what it unpacks waits. On the file system of the mirror, or each file
    /// is copied once more. A local folder, of this packer alone, where the store is no folder: it needs room for what the
    /// largest archive holds.
    pub state: PathBuf,
    /// How much an archive of crates may hold.
    pub crates: CratesLimits,
    /// How much an archive of toolchains or of rustup may hold.
    pub folders: FolderLimits,
}

/// Checks the signature of a file of an archive, from several threads at once: an error refuses the archive.
pub type CheckSignature = Arc<dyn Fn(SignedFile<'_>) -> anyhow::Result<()> + Send + Sync>;

/// What the packer works with.
#[derive(Clone)]
pub struct Context {
    /// What it is told.
    pub config: Config,
    /// How it talks to the others.
    pub bus: BusHandle,
    /// The mirror's files.
    pub storage: Storage,
    /// How signatures are checked.
    pub check_signature: CheckSignature,
    /// What people know it by, where there may be others: of several packers one at a time watches the inbox. `None`: it is
    /// the only one.
    pub holder: Option<String>,
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").field("config", &self.config).finish_non_exhaustive()
    }
}

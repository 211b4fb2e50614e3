//! Reads an archive once: it is hashed while it is unpacked, and not believed unless both come out right.

use std::fs::{self, File};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context as _, anyhow};
use romt_bundle::{ArchiveKind, CratesLimits, FolderLimits};
use romt_dist::{DistFile, DistKey, Part, RustupKey};
use romt_index::GitProgram;
use romt_runtime::Hint;
use romt_storage::{SeenFiles, StorageKey};
use romt_types::{Digest, Hasher, PrefixStyle};
use rustix::fs::OFlags;
use tokio_util::sync::CancellationToken;

use super::attempt::NotAnArchive;
use super::mirror::Mirror;
use super::scan::Identity;
use crate::jobs::folder_archive::FileEvent;
use crate::jobs::unpack_crates::{UnpackEvent, UnpackOrder, unpack_to};
use crate::jobs::unpack_rustup::{UnpackRustup, unpack_rustup_to};
use crate::jobs::unpack_toolchains::{UnpackToolchains, unpack_toolchains_to};
use crate::{CheckSignature, Stopped};

/// An archive of the inbox that is open. What is read is this file, whatever its name leads to meanwhile.
pub(super) struct OpenArchive {
    path: PathBuf,
    file: File,
    pub(super) identity: Identity,
}

/// The archive is not the one it was when it was looked at: somebody writes to it, or replaced it.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("it changed while it was read")]
pub(super) struct Changed;

/// Its hash is not the one that its `.sha256` file says.
#[derive(Debug, thiserror::Error)]
#[error("its SHA-256 is {found}, but the `.sha256` file beside it says {expected}")]
struct WrongSum {
    found: Digest,
    expected: Digest,
}

/// Where the contents of archives go.
#[derive(Clone)]
pub(super) struct Places {
    pub(super) mirror: Mirror,
    pub(super) state: PathBuf,
    pub(super) crates: CratesLimits,
    pub(super) folders: FolderLimits,
    pub(super) check_signature: CheckSignature,
}

/// What came out of an archive, every file of which is right and in its place.
#[derive(Debug)]
pub(super) struct Verified {
    pub(super) sha256: Digest,
    pub(super) content: VerifiedContent,
}

/// What is to be published of it.
#[derive(Debug)]
pub(super) enum VerifiedContent {
    /// Crates: where the bundle of the index is.
    Crates {
        bundle: PathBuf,
    },
    Toolchains(Vec<StorageKey>),
    Rustup(Vec<StorageKey>),
}

/// The bundle of the index that came out of an archive, in the state folder, until it is handed over.
pub(super) const BUNDLE: &str = "inbox.bundle";
/// As much as is hashed at once.
const PIECE: usize = 1 << 20;

impl OpenArchive {
    /// Opens an archive that was seen as `identity`. Neither a link is followed nor a pipe waited for.
    pub(super) fn open(path: &Path, identity: Identity) -> anyhow::Result<Self> {
        let flags = (OFlags::NONBLOCK | OFlags::NOFOLLOW).bits().cast_signed();
        let opened = File::options().read(true).custom_flags(flags).open(path);
        let file = opened.with_context(|| format!("cannot read the archive `{}`", path.display()))?;
        let archive = Self { path: path.to_owned(), file, identity };
        archive.check_unchanged()?;
        Ok(archive)
    }

    /// What it is an archive of.
    pub(super) fn kind(&self) -> anyhow::Result<ArchiveKind> {
        let mut reader = Positioned { file: &self.file, at: 0 };
        let kind = ArchiveKind::of(&self.path, &mut reader);
        self.check_unchanged()?;
        kind.context(NotAnArchive)
    }

    /// Reads all of it for its hash.
    pub(super) fn hash(&self, stop: &CancellationToken) -> anyhow::Result<Digest> {
        let (mut hasher, mut piece, mut at) = (Hasher::default(), vec![0; PIECE], 0);
        loop {
            Stopped::check(stop)?;
            let read = self.file.read_at(&mut piece, at);
            match read.with_context(|| format!("cannot read the archive `{}`", self.path.display()))? {
                0 => break,
                count => {
                    hasher.update(&piece[..count]);
                    at += count as u64;
                }
            }
        }
        self.check_unchanged()?;
        Ok(hasher.finish())
    }

    /// Unpacks it, and hashes it beside that. Before anything takes its place the hash must be what `expected` says.
    pub(super) fn verify(
        &self,
        kind: ArchiveKind,
        expected: Option<Digest>,
        style: PrefixStyle,
        places: &Places,
        stop: &CancellationToken,
    ) -> anyhow::Result<Verified> {
        let stop = stop.child_token();
        thread::scope(|scope| {
            let mut hashing = Some(scope.spawn(|| self.hash(&stop)));
            let mut confirmed: Option<anyhow::Result<Digest>> = None;
            let mut confirm = || {
                let hashed = hashing.take().map(thread::ScopedJoinHandle::join);
                let hashed = match hashed {
                    Some(Ok(hashed)) => hashed.and_then(|found| self.confirm(found, expected)),
                    _ => Err(anyhow!("the thread that hashes the archive died")),
                };
                if hashed.is_err() {
                    stop.cancel();
                }
                confirmed = Some(hashed);
            };
            let unpacked = self.unpack(kind, style, places, &mut confirm, &stop);
            // Where unpacking failed, there is nothing to hash for.
            stop.cancel();
            match (unpacked, confirmed) {
                // It was stopped because of the hash.
                (Err(error), Some(Err(reason))) if error.is::<Stopped>() => Err(reason),
                (Err(error), _) => {
                    // What was read while it was being written says nothing.
                    self.check_unchanged()?;
                    Err(error)
                }
                (Ok(content), Some(sha256)) => Ok(Verified { sha256: sha256?, content }),
                (Ok(_), None) => Err(anyhow!("the archive was unpacked before it was hashed")),
            }
        })
    }

    fn confirm(&self, found: Digest, expected: Option<Digest>) -> anyhow::Result<Digest> {
        self.check_unchanged()?;
        match expected {
            Some(expected) if expected != found => Err(WrongSum { found, expected })
                .with_context(|| format!("the archive `{}` is refused", self.path.display()))
                .hint("bring the archive across once more, and its `.sha256` with it"),
            _ => Ok(found),
        }
    }

    /// Whether the name still leads to this file, and nobody wrote to it.
    pub(super) fn check_unchanged(&self) -> anyhow::Result<()> {
        let named = fs::symlink_metadata(&self.path).map(|metadata| Identity::of(&metadata));
        let open = self.file.metadata().map(|metadata| Identity::of(&metadata));
        let same = named.is_ok_and(|named| named == self.identity) && open.is_ok_and(|open| open == self.identity);
        if same { Ok(()) } else { Err(Changed.into()) }
    }

    fn unpack(
        &self,
        kind: ArchiveKind,
        style: PrefixStyle,
        places: &Places,
        whole: &mut dyn FnMut(),
        stop: &CancellationToken,
    ) -> anyhow::Result<VerifiedContent> {
        let (archive, state) = (self.path.clone(), places.state.clone());
        match kind {
            ArchiveKind::Crates => {
                let bundle = places.state.join(BUNDLE);
                let order = UnpackOrder {
                    archive,
                    bundle: bundle.clone(),
                    crates_root: PathBuf::new(),
                    style,
                    state,
                    keep_going: false,
                    limits: places.crates,
                };
                let repository = places.mirror.repository()?;
                let destination = places.mirror.destination("crates");
                let mut on = |event: UnpackEvent<'_>| {
                    if let UnpackEvent::Whole(_) = event {
                        whole();
                    }
                };
                // Nobody reads the files again, so what is seen of them is of no use.
                let mut seen = SeenFiles::default();
                let git = GitProgram::find();
                unpack_to(&destination, &order, &repository, git.as_ref(), &mut seen, &mut on, stop)?;
                Ok(VerifiedContent::Crates { bundle })
            }
            ArchiveKind::Toolchains => {
                let destination = places.mirror.destination("dist");
                let order = UnpackToolchains { archive, dest: PathBuf::new(), state, limits: places.folders };
                let mut on = |event: FileEvent<'_, DistKey>| {
                    if let FileEvent::Whole(_) = event {
                        whole();
                    }
                };
                let check = |file: crate::SignedFile<'_>| (places.check_signature)(file);
                let seen = &mut SeenFiles::default();
                let unpacked = unpack_toolchains_to(&destination, &order, seen, &check, &mut on, stop)?;
                let manifests = unpacked.manifests.into_iter().map(DistFile::Manifest);
                let files = manifests.chain(unpacked.packages.into_iter().map(DistFile::Package));
                Ok(VerifiedContent::Toolchains(files.map(|file| file.part(Part::Content).into()).collect()))
            }
            ArchiveKind::Rustup => {
                let destination = places.mirror.destination("rustup");
                let order = UnpackRustup { archive, dest: PathBuf::new(), state, limits: places.folders };
                let mut on = |event: FileEvent<'_, RustupKey>| {
                    if let FileEvent::Whole(_) = event {
                        whole();
                    }
                };
                let programs = unpack_rustup_to(&destination, &order, &mut on, stop)?.programs.into_iter();
                let key = |(version, target)| RustupKey::Archive { version, target, hash: false }.into();
                Ok(VerifiedContent::Rustup(programs.map(key).collect()))
            }
        }
    }
}

/// There is no index to compare with: the indexer makes it when it starts.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the indexer has not prepared the mirror yet")]
pub(super) struct NoRepository;

/// Reads a file from a place of its own.
struct Positioned<'a> {
    file: &'a File,
    at: u64,
}

impl std::io::Read for Positioned<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.file.read_at(buffer, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

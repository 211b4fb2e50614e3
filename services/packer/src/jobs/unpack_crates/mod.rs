//! Takes over an archive of crates.
//!
//! Nothing in an archive is believed until its last byte was read. Until then the bundle of the index is in quarantine
//! beside the repository, and the crates are in a folder of their own ([`StagingFolder`]), each compared with the index that
//! comes with it ([`expectation`]), in folders of the names that they will have. Then the crates take their places
//! ([`place`]), whole folders at once where they can, then the index its own: what the index lists was there before. Killed
//! at any point and run again, it comes to the same. Where they go, a folder or a store that is none, a [`Destination`] knows.
//!
//! What takes the time is making folders and files: one thread reads and hashes, some write ([`crew`]).

mod batch;
mod bundle;
mod crew;
mod expectation;
mod outcome;
mod place;
mod receive;
mod staged;
mod stager;

use std::mem::take;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;
use romt_bundle::{CratesArchiveReader, CratesLimits};
use romt_index::{GitProgram, IndexRepository};
use romt_storage::SeenFiles;
use romt_types::PrefixStyle;
use tokio_util::sync::CancellationToken;

use super::destination::Destination;
use super::early_sync::syncing_early;
use super::mirror_folder::sync;
use super::staging_folder::StagingFolder;
use crate::Stopped;
use bundle::ReadyBundle;
use expectation::Expectation;
use staged::{StagedList, entries, make_tree};
use stager::Stage;

pub use outcome::{BadCrate, UnpackEvent, Unpacked};

/// Which archive to take over, and where its contents go.
#[derive(Debug, Clone)]
pub struct UnpackOrder {
    /// The archive.
    pub archive: PathBuf,
    /// Where the bundle of the index is put: what the index is pulled from.
    pub bundle: PathBuf,
    /// The folder of crates.
    pub crates_root: PathBuf,
    /// How prefixes are spelled in that folder, whatever the archive's format.
    pub style: PrefixStyle,
    /// The folder of romt's own state; what is unpacked waits in `unpack` below it. On the file system of the crates, or
    /// each of them is copied once more.
    pub state: PathBuf,
    /// Whether bad crates are left out, instead of refusing the archive for their sake.
    pub keep_going: bool,
    /// How much the archive may hold.
    pub limits: CratesLimits,
}

/// Takes over the archive: its crates to the folder of crates, its bundle to the bundle's place, and the bundle's objects
/// into `repository`, no branch of which is moved.
///
/// Every crate must be what the index in the archive says, or the archive is refused; with
/// [`keep_going`](UnpackOrder::keep_going) it is left out. An archive that is older than the mirror brings no older file
/// back. After an error before the crates take their places nothing has changed; after a later one, or a kill, the mirror
/// lists what it did before, and the same archive can be taken over again.
///
/// What it wrote, and what it read in its place and is right, `seen` has then: who verifies the mirror in the same process
/// need not read it again.
///
/// The memory is that of buffers and some 40 bytes a crate (to see one that comes twice, and for `seen`); the disk is once
/// what the archive holds, within the limits. To be called by the one who holds the lock of the mirror.
pub fn unpack(
    order: &UnpackOrder,
    repository: &IndexRepository,
    git: Option<&GitProgram>,
    seen: &mut SeenFiles,
    on: &mut dyn FnMut(UnpackEvent<'_>),
    stop: &CancellationToken,
) -> anyhow::Result<Unpacked> {
    unpack_to(&Destination::Folder(order.crates_root.clone()), order, repository, git, seen, on, stop)
}

/// The same to any destination, in place of the folder of the order.
pub(crate) fn unpack_to(
    destination: &Destination,
    order: &UnpackOrder,
    repository: &IndexRepository,
    git: Option<&GitProgram>,
    seen: &mut SeenFiles,
    on: &mut dyn FnMut(UnpackEvent<'_>),
    stop: &CancellationToken,
) -> anyhow::Result<Unpacked> {
    let archive = CratesArchiveReader::open(&order.archive, order.limits)?;
    let folder = StagingFolder::fresh(&order.state)?;
    let bundle = folder.path().join("origin.bundle");
    let archive = bundle::take_out(order, archive, &bundle, stop)?;
    let incoming = bundle::receive(order, &bundle, repository, git, on, stop)?;
    on(UnpackEvent::Received);
    let mut expectation = Expectation::new(&incoming, repository)?;
    let tree = make_tree(&folder)?;
    let list = StagedList::create(&folder)?;
    let (mut done, staged) = syncing_early(folder.path(), |early| {
        let stage = Stage { order, destination, tree: &tree, seen: Mutex::new(take(seen)), early };
        let received = receive::receive(&stage, archive, list, &mut expectation, on, stop);
        *seen = stage.seen.into_inner().unwrap_or_else(PoisonError::into_inner);
        received
    })?;
    drop(expectation);
    sync(folder.path())?;
    let ready = ReadyBundle::new(&bundle, &order.bundle)?;
    Stopped::check(stop)?;
    on(UnpackEvent::Whole(staged));
    place::place(destination, order.style, &folder, &tree, stop)?;
    for entry in entries(&folder)? {
        on(UnpackEvent::Extracted(&entry?.0));
    }
    done.extracted = staged;
    destination.take_index(incoming).context("cannot take over the index")?;
    ready.commit()?;
    Ok(done)
}

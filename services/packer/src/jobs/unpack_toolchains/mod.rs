//! Takes over an archive of toolchains.
//!
//! Nothing in an archive is believed until its last byte was read. Until then its files are in a folder of their own. Then
//! each package is compared with the manifest that comes with it ([`judge`]), and each signature is checked
//! ([`signatures`]); then packages take their places, and when they are durable, manifests do: no manifest is ever ahead of
//! its packages. Killed at any point and run again, it comes to the same.

mod judge;
mod signatures;

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::bail;
use romt_bundle::FolderLimits;
use romt_dist::{DistFile, DistKey, ManifestPath, PackagePath, Part};
use romt_storage::SeenFiles;
use tokio_util::sync::CancellationToken;

use super::destination::Destination;
use super::folder_archive::{Arrived, FileEvent, StagedFile, Step, Unpacking, place, receive};

pub use signatures::SignedFile;

/// Which archive of toolchains to take over, and where its contents go.
#[derive(Debug, Clone)]
pub struct UnpackToolchains {
    /// The archive.
    pub archive: PathBuf,
    /// The folder of toolchains, whatever it is called: `dist`. It need not be there.
    pub dest: PathBuf,
    /// The folder of romt's own state; what is unpacked waits in `unpack` below it. On the file system of `dest`, or each
    /// file is copied once more.
    pub state: PathBuf,
    /// How much the archive may hold.
    pub limits: FolderLimits,
}

/// What was taken over.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UnpackedToolchains {
    /// The files that are in their places now, side-car files and those among them that were there before.
    pub files: u64,
    /// The manifests of the archive, each the one in the folder of its day.
    pub manifests: BTreeSet<ManifestPath>,
    /// The packages of the archive.
    pub packages: BTreeSet<PackagePath>,
}

/// Takes over the archive: its packages, then its manifests, each with what lies beside it.
///
/// Every manifest must be that of its name; every package must be what a manifest *in the archive* says; every file must be
/// what its `.sha256` file says, and pass `check`, which several threads call at once: with every file's signature, or that it
/// has none. After an error before the files take their places nothing has changed; after a later one, or a kill, no manifest
/// is there whose packages of the archive are not, and the same archive can be taken over again. That each manifest has all
/// the packages that it should, and by which other names it goes, is for the caller to see to.
///
/// What it wrote, and what it read in its place and is right, `seen` has then: who verifies the mirror in the same process
/// need not read it again.
///
/// The memory is that of buffers and what is known of each file; the disk is once what the archive holds, within the limits.
/// To be called by the one who holds the lock of the mirror.
pub fn unpack_toolchains(
    order: &UnpackToolchains,
    seen: &mut SeenFiles,
    check: &(dyn Fn(SignedFile<'_>) -> anyhow::Result<()> + Sync),
    on: &mut dyn FnMut(FileEvent<'_, DistKey>),
    stop: &CancellationToken,
) -> anyhow::Result<UnpackedToolchains> {
    unpack_toolchains_to(&Destination::Folder(order.dest.clone()), order, seen, check, on, stop)
}

/// The same to any destination, in place of the folder of the order.
pub(crate) fn unpack_toolchains_to(
    destination: &Destination,
    order: &UnpackToolchains,
    seen: &mut SeenFiles,
    check: &(dyn Fn(SignedFile<'_>) -> anyhow::Result<()> + Sync),
    on: &mut dyn FnMut(FileEvent<'_, DistKey>),
    stop: &CancellationToken,
) -> anyhow::Result<UnpackedToolchains> {
    let mut unpacking = Unpacking::new(&order.archive, &order.state)?;
    let arrived = receive(&mut unpacking, order.limits, on, stop)?;
    let mut done = UnpackedToolchains::default();
    for key in arrived.keys().filter(|key| key.part == Part::Content) {
        match &key.file {
            DistFile::Manifest(path) => drop(done.manifests.insert(*path)),
            DistFile::Package(path) => drop(done.packages.insert(path.clone())),
        }
    }
    if done.manifests.is_empty() {
        bail!("the archive `{}` is refused: there is no manifest in it", order.archive.display());
    }
    judge::judge(&unpacking, &arrived, stop)?;
    signatures::check_all(&unpacking, &arrived, check, stop)?;
    done.files = place(&mut unpacking, destination, &steps(&arrived), on, stop)?;
    *seen = unpacking.into_seen();
    Ok(done)
}

/// Packages, then manifests; a manifest after what lies beside it, since it is what makes all the others count.
fn steps(arrived: &Arrived<DistKey>) -> [Step<'_, DistKey>; 2] {
    type Files<'a> = Vec<(&'a DistKey, &'a StagedFile)>;
    let (packages, mut manifests): (Files<'_>, Files<'_>) =
        arrived.iter().partition(|(key, _)| matches!(key.file, DistFile::Package(_)));
    manifests.sort_by_key(|(key, _)| (&key.file, key.part == Part::Content));
    [Step { files: packages, in_order: false }, Step { files: manifests, in_order: true }]
}

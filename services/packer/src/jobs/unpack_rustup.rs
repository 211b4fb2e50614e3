//! Takes over an archive of rustup.
//!
//! As with toolchains, nothing in it is believed until its last byte was read and each program was compared with the
//! `.sha256` file beside it. Rustup's programs have neither a manifest nor signatures.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::bail;
use romt_bundle::FolderLimits;
use romt_dist::{ReleaseVersion, RustupKey, Target};
use tokio_util::sync::CancellationToken;

use super::destination::Destination;
use super::folder_archive::{Arrived, BadFile, FileEvent, Step, Unpacking, place, receive};

/// Which archive of rustup to take over, and where its contents go.
#[derive(Debug, Clone)]
pub struct UnpackRustup {
    /// The archive.
    pub archive: PathBuf,
    /// The folder of rustup, whatever it is called: `rustup`. It need not be there.
    pub dest: PathBuf,
    /// The folder of romt's own state; what is unpacked waits in `unpack` below it. On the file system of `dest`, or each
    /// file is copied once more.
    pub state: PathBuf,
    /// How much the archive may hold.
    pub limits: FolderLimits,
}

/// What was taken over.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UnpackedRustup {
    /// The files that are in their places now, hashes and those among them that were there before.
    pub files: u64,
    /// The programs of the archive: versions need not have the same targets.
    pub programs: BTreeSet<(ReleaseVersion, Target)>,
}

/// Takes over the archive: its programs, each with its hash. Every program must be what its `.sha256` file says.
///
/// After an error before the files take their places nothing has changed; after a later one, or a kill, the same archive can
/// be taken over again. Which release is the stable one, and the copies in `dist/`, are for the caller to see to. To be called
/// by the one who holds the lock of the mirror.
pub fn unpack_rustup(
    order: &UnpackRustup,
    on: &mut dyn FnMut(FileEvent<'_, RustupKey>),
    stop: &CancellationToken,
) -> anyhow::Result<UnpackedRustup> {
    unpack_rustup_to(&Destination::Folder(order.dest.clone()), order, on, stop)
}

/// The same to any destination, in place of the folder of the order.
pub(crate) fn unpack_rustup_to(
    destination: &Destination,
    order: &UnpackRustup,
    on: &mut dyn FnMut(FileEvent<'_, RustupKey>),
    stop: &CancellationToken,
) -> anyhow::Result<UnpackedRustup> {
    let mut unpacking = Unpacking::new(&order.archive, &order.state)?;
    let arrived = receive(&mut unpacking, order.limits, on, stop)?;
    let programs = judge(&unpacking, &arrived)?;
    if programs.is_empty() {
        bail!("the archive `{}` is refused: there is no program in it", order.archive.display());
    }
    let steps = [Step { files: arrived.iter().collect(), in_order: false }];
    let files = place(&mut unpacking, destination, &steps, on, stop)?;
    Ok(UnpackedRustup { files, programs })
}

/// Refuses the archive unless each program is what its `.sha256` file says.
fn judge(
    unpacking: &Unpacking<'_>,
    arrived: &Arrived<RustupKey>,
) -> anyhow::Result<BTreeSet<(ReleaseVersion, Target)>> {
    let mut programs = BTreeSet::new();
    for (key, file) in arrived {
        // The reader gives no other.
        let RustupKey::Archive { version, target, hash } = key else { continue };
        let other = RustupKey::Archive { version: *version, target: target.clone(), hash: !hash };
        match (hash, arrived.get(&other)) {
            (true, Some(_)) => {}
            (true, None) => return Err(unpacking.refuse(key, BadFile::Alone)),
            (false, hash_file) => {
                unpacking.compare(key, file, hash_file)?;
                programs.insert((*version, target.clone()));
            }
        }
    }
    Ok(programs)
}

//! Writes an archive of crates.

use std::fs::File;
use std::io;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use romt_bundle::{ArchiveFormat, CratesArchiveWriter};
use romt_runtime::Hint;
use romt_types::{CrateId, PrefixStyle};
use tokio_util::sync::CancellationToken;

use super::open_file::{check_folder_of, open_file};
use crate::Stopped;

/// What to pack into which archive.
#[derive(Debug, Clone)]
pub struct PackOrder {
    /// The archive to write. A name in `.gz` makes it a gzip file, any other name a plain tar file.
    pub archive: PathBuf,
    /// How prefixes are spelled in it.
    pub format: ArchiveFormat,
    /// The git bundle of the index, ready to go in.
    pub bundle: PathBuf,
    /// The folder of crates.
    pub crates_root: PathBuf,
    /// How prefixes are spelled in that folder.
    pub style: PrefixStyle,
    /// Whether an archive is written even if crates must be left out of it.
    pub keep_going: bool,
}

/// What happens while an archive is written.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum PackEvent<'a> {
    /// The crate is in the archive.
    Packed(&'a CrateId),
    /// The crate cannot be in the archive, which is written without it.
    LeftOut(&'a CrateId, &'a LeaveOut),
}

/// What an archive came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Packed {
    /// How many crates are in it.
    pub packed: u64,
    /// The crates that should be in it and are not.
    pub left_out: Vec<CrateId>,
}

/// Why a crate cannot be in an archive.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LeaveOut {
    /// There is no file of it. The words are Python romt's.
    #[error("Missing {}", .0.file_name())]
    Missing(CrateId),
    /// What is there is no file.
    #[error("`{}` is not a file", .0.display())]
    NotAFile(PathBuf),
    /// The file is empty, which no crate is: a power cut left it so.
    #[error("`{}` is empty", .0.display())]
    Empty(PathBuf),
    /// The file is there, but cannot be opened.
    #[error("cannot read `{}`", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        #[source]
        source: io::Error,
    },
}

/// Writes the archive of `crates`, which must come in the order of an archive ([`CratesArchiveWriter::order`]), in one
/// pass and in the memory of its buffers. An older archive of the name is replaced at the end, and stays if there is an
/// error. The files are not hashed: who downloaded them did.
pub fn pack(
    order: &PackOrder,
    crates: impl Iterator<Item = CrateId>,
    on: &mut dyn FnMut(PackEvent<'_>),
    stop: &CancellationToken,
) -> anyhow::Result<Packed> {
    let mut writer = begin(order)?;
    let mut done = Packed::default();
    for id in crates {
        Stopped::check(stop)?;
        match open_crate(order, &id) {
            Ok((file, size)) => {
                writer.append_crate(&id, size, file)?;
                done.packed += 1;
                on(PackEvent::Packed(&id));
            }
            Err(reason) if order.keep_going => {
                on(PackEvent::LeftOut(&id, &reason));
                done.left_out.push(id);
            }
            Err(reason) => {
                return Err(reason).hint("fetch it with `romt crate download`, or pack without it by `--keep-going`");
            }
        }
    }
    Stopped::check(stop)?;
    writer.finish()?;
    Ok(done)
}

/// Starts the archive with the bundle of the index.
fn begin(order: &PackOrder) -> anyhow::Result<CratesArchiveWriter> {
    check_folder_of(&order.archive)?;
    let unreadable = || format!("cannot read the bundle of the index `{}`", order.bundle.display());
    let (bundle, size) = open_file(&order.bundle).with_context(unreadable)?;
    match size {
        Some(0) => bail!("the bundle of the index `{}` is empty", order.bundle.display()),
        Some(size) => Ok(CratesArchiveWriter::create(&order.archive, order.format, size, bundle)?),
        None => bail!("the bundle of the index `{}` is not a file", order.bundle.display()),
    }
}

fn open_crate(order: &PackOrder, id: &CrateId) -> Result<(File, u64), LeaveOut> {
    let path = order.crates_root.join(id.path(order.style));
    match open_file(&path) {
        Ok((_, Some(0))) => Err(LeaveOut::Empty(path)),
        Ok((file, Some(size))) => Ok((file, size)),
        Ok((_, None)) => Err(LeaveOut::NotAFile(path)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Err(LeaveOut::Missing(id.clone()))
        }
        Err(source) => Err(LeaveOut::Unreadable { path, source }),
    }
}

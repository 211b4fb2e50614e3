//! Writes an archive of toolchains or of rustup.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use romt_bundle::{FolderArchiveWriter, FolderKey};
use romt_dist::{DistKey, RustupKey};
use romt_runtime::Hint;
use tokio_util::sync::CancellationToken;

use super::open_file::{check_folder_of, open_file};
use crate::Stopped;

/// Which folder of toolchains to pack into which archive.
#[derive(Debug, Clone)]
pub struct PackToolchains {
    /// The archive to write. A name in `.gz` makes it a gzip file, any other name a plain tar file.
    pub archive: PathBuf,
    /// The folder of toolchains, whatever it is called: `dist`.
    pub dest: PathBuf,
}

/// Which folder of rustup to pack into which archive.
#[derive(Debug, Clone)]
pub struct PackRustup {
    /// The archive to write. A name in `.gz` makes it a gzip file, any other name a plain tar file.
    pub archive: PathBuf,
    /// The folder of rustup, whatever it is called: `rustup`.
    pub dest: PathBuf,
}

/// Writes the archive of `keys`, in their order ([`romt_dist::archive_order`]), in one pass. Returns how many files are in it;
/// each is told. An older archive of the name is replaced at the end, and stays if there is an error. The files are not
/// hashed: who downloaded them did.
pub fn pack_toolchains(
    order: &PackToolchains,
    keys: impl IntoIterator<Item = DistKey>,
    on: &mut dyn FnMut(&DistKey),
    stop: &CancellationToken,
) -> anyhow::Result<u64> {
    pack_files(&order.archive, &order.dest, keys, on, stop)
}

/// Writes the archive of `keys`, as [`pack_toolchains`] does: programs of `archive/`, each with its hash behind it.
pub fn pack_rustup(
    order: &PackRustup,
    keys: impl IntoIterator<Item = RustupKey>,
    on: &mut dyn FnMut(&RustupKey),
    stop: &CancellationToken,
) -> anyhow::Result<u64> {
    pack_files(&order.archive, &order.dest, keys, on, stop)
}

fn pack_files<K: FolderKey>(
    archive: &Path,
    dest: &Path,
    keys: impl IntoIterator<Item = K>,
    on: &mut dyn FnMut(&K),
    stop: &CancellationToken,
) -> anyhow::Result<u64> {
    check_folder_of(archive)?;
    let mut writer = FolderArchiveWriter::create(archive)?;
    let mut packed = 0;
    for key in keys {
        Stopped::check(stop)?;
        let path = dest.join(key.to_string());
        let unreadable = || format!("cannot read `{}`", path.display());
        let (file, size) = match open_file(&path) {
            // The words are Python romt's.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(anyhow!("missing file {}", path.display()))
                    .hint("fetch it with `download`, or see what else is missing with `verify`");
            }
            opened => opened.with_context(unreadable)?,
        };
        match size {
            None => bail!("`{}` is not a file", path.display()),
            // A power cut left it so.
            Some(0) => bail!("`{}` is empty", path.display()),
            Some(size) => writer.append(&key, size, file)?,
        }
        packed += 1;
        on(&key);
    }
    if packed == 0 {
        bail!("there is nothing to pack into `{}`", archive.display());
    }
    Stopped::check(stop)?;
    writer.finish()?;
    Ok(packed)
}

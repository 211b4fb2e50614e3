//! Writes one archive, on a thread that may block.

use anyhow::{anyhow, bail};
use romt_bundle::{ArchiveFormat, CratesArchiveWriter, FolderArchiveWriter, WriteArchiveError, WrittenArchive};
use romt_bus::messages::{PackContent, PackOrder};
use romt_dist::{DistKey, RustupKey};
use romt_runtime::Hint;
use romt_storage::StorageKey;
use romt_types::Digest;
use tokio::sync::mpsc::Receiver;
use tokio_util::sync::CancellationToken;

use super::Counts;
use super::feed::{Content, Feed, Files};
use super::outbox::Outbox;
use crate::Stopped;

/// What an archive came to.
pub(super) struct Written {
    pub(super) size: u64,
    pub(super) sha256: Digest,
    pub(super) files: u64,
    /// What is not in the store, and so not in the archive.
    pub(super) left_out: Vec<StorageKey>,
}

/// More than this is not left out: the store is not the one that the list was made for.
const MAX_LEFT_OUT: usize = 100_000;

/// Writes the archive and its `.sha256`.
pub(super) fn write(
    outbox: &Outbox,
    order: &PackOrder,
    files: Files,
    counts: &Counts,
    stop: &CancellationToken,
) -> anyhow::Result<Written> {
    let turn = outbox.take(stop)?;
    let path = turn.path(&order.archive)?;
    let Files { bundle, files } = files;
    let mut writing = Writing { files, counts, stop, left_out: Vec::new(), lacks: lacks(&order.content) };
    let written = match &order.content {
        PackContent::Crates { mixed, .. } => {
            let format = if *mixed { ArchiveFormat::Mixed } else { ArchiveFormat::Lower };
            let bundle = bundle.ok_or_else(|| anyhow!("there is no bundle of the index"))?;
            let size = bundle.size;
            let writer = CratesArchiveWriter::create_hashed(&path, format, size, bundle).map_err(hinted)?;
            writing.crates(writer)
        }
        PackContent::Toolchains => {
            let writer = FolderArchiveWriter::<DistKey>::create_hashed(&path).map_err(hinted)?;
            writing.toolchains(writer)
        }
        PackContent::Rustup => {
            let writer = FolderArchiveWriter::<RustupKey>::create_hashed(&path).map_err(hinted)?;
            writing.rustup(writer)
        }
    };
    let WrittenArchive { size, digest } = written?;
    let sha256 = digest.ok_or_else(|| anyhow!("the archive was not hashed"))?;
    turn.write_sum(&order.archive, sha256)?;
    let files = counts.files.load(std::sync::atomic::Ordering::Relaxed);
    Ok(Written { size, sha256, files, left_out: writing.left_out })
}

/// Whether an archive may lack files that are not in the store: crates are owed, a toolchain is whole or nothing.
fn lacks(content: &PackContent) -> bool {
    matches!(content, PackContent::Crates { .. })
}

struct Writing<'a> {
    files: Receiver<Feed>,
    counts: &'a Counts,
    stop: &'a CancellationToken,
    left_out: Vec<StorageKey>,
    lacks: bool,
}

impl Writing<'_> {
    fn crates(&mut self, mut writer: CratesArchiveWriter) -> anyhow::Result<WrittenArchive> {
        while let Some((key, content)) = self.next()? {
            let StorageKey::Crate { id, .. } = &key else { bail!("`{key}` is no crate") };
            writer.append_crate(id, content.size, content).map_err(hinted)?;
        }
        writer.finish().map_err(hinted)
    }

    fn toolchains(&mut self, mut writer: FolderArchiveWriter<DistKey>) -> anyhow::Result<WrittenArchive> {
        while let Some((key, content)) = self.next()? {
            let StorageKey::Dist(key) = &key else { bail!("`{key}` is no file of a toolchain") };
            writer.append(key, content.size, content).map_err(hinted)?;
        }
        writer.finish().map_err(hinted)
    }

    fn rustup(&mut self, mut writer: FolderArchiveWriter<RustupKey>) -> anyhow::Result<WrittenArchive> {
        while let Some((key, content)) = self.next()? {
            let StorageKey::Rustup(key) = &key else { bail!("`{key}` is no file of rustup") };
            writer.append(key, content.size, content).map_err(hinted)?;
        }
        writer.finish().map_err(hinted)
    }

    /// The next file that is there; none when the list is through.
    fn next(&mut self) -> anyhow::Result<Option<(StorageKey, Content)>> {
        loop {
            Stopped::check(self.stop)?;
            let (key, content) = match self.files.blocking_recv() {
                Some(Feed::File(key, content)) => (key, content),
                Some(Feed::End) => return Ok(None),
                None => bail!("what is to be packed could not be read to its end"),
            };
            match content {
                // An empty one is what a power cut makes of a file.
                Some(content) if content.size > 0 => {
                    self.counts.add(content.size);
                    return Ok(Some((key, content)));
                }
                _ if self.lacks && self.left_out.len() < MAX_LEFT_OUT => self.left_out.push(key),
                _ => return Err(anyhow!("missing file {key}")).hint("bring it again, then export again"),
            }
        }
    }
}

/// What to do about an archive that cannot be written.
fn hinted(error: WriteArchiveError) -> anyhow::Error {
    let hint = match &error {
        WriteArchiveError::Target { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => {
            "make room in the outbox; the next export carries everything that this one should have"
        }
        WriteArchiveError::Target { .. } => "see that the outbox can be written to; nothing counts as exported",
        _ => return error.into(),
    };
    match Err::<(), _>(error).hint(hint) {
        Err(error) => error,
        Ok(()) => anyhow!("the archive cannot be written"),
    }
}

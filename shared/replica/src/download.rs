//! Getting packs from the store into a repository.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use romt_storage::{Storage, StorageKey};
use romt_types::Hasher;
use tokio::sync::mpsc;

use crate::{ReplicaError, StoredFile, StoredPack};

/// So many files come at once.
const AT_ONCE: usize = 4;
/// So many pieces of a file wait to be written.
const PIECES: usize = 4;
/// What files are called while they come: this, and numbers of their own. A download that was given up may write to its file
/// for a moment longer, so no two have the same name.
const TEMPORARY: &str = "tmp_romt_";
static NUMBER: AtomicU64 = AtomicU64::new(0);

/// The packs of a repository, by what they hash to: `pack-<40 digits of the SHA-256>.pack`, with an index that is called the
/// same. A file has its name only when it is right and durable, so a name and a size tell that it need not come again.
#[derive(Debug, Clone)]
pub(crate) struct PackFolder(PathBuf);

impl PackFolder {
    /// That of a bare repository, or of one with a work tree.
    pub(crate) fn of(repository: &Path) -> Self {
        let git = repository.join(".git");
        Self(if git.is_dir() { git } else { repository.to_owned() }.join("objects/pack"))
    }

    /// The path of a pack.
    pub(crate) fn pack(&self, pack: &StoredPack) -> PathBuf {
        let digits = pack.pack.sha256.to_string();
        self.0.join(format!("pack-{}.pack", &digits[..40]))
    }

    /// Which packs are not here whole.
    pub(crate) fn missing(&self, packs: &[StoredPack]) -> Result<Vec<StoredPack>, ReplicaError> {
        let is_here = |path: &Path, file: StoredFile| match fs::metadata(path) {
            Ok(metadata) => Ok(metadata.is_file() && metadata.len() == file.size),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(ReplicaError::io("read", path)(error)),
        };
        let mut missing = Vec::new();
        for pack in packs {
            let path = self.pack(pack);
            if !is_here(&path, pack.pack)? || !is_here(&path.with_extension("idx"), pack.index)? {
                missing.push(*pack);
            }
        }
        Ok(missing)
    }

    /// Which packs are here under no name at all: those that a repository made itself are called otherwise.
    pub(crate) fn lacking(&self, packs: &[StoredPack]) -> Result<Vec<StoredPack>, ReplicaError> {
        let (mut lacking, here) = (self.missing(packs)?, self.files()?);
        lacking.retain(|pack| !here.iter().any(|path| is_pack(path, pack)));
        Ok(lacking)
    }

    /// Takes over those of `packs` that another folder has and that are right, every byte of them read.
    pub(crate) fn take_right_ones(&self, other: &Self, packs: &[StoredPack]) -> Result<(), ReplicaError> {
        for pack in packs {
            let (from, to) = (other.pack(pack), self.pack(pack));
            if is_pack(&from, pack) {
                for ending in ["pack", "idx"] {
                    let (from, to) = (from.with_extension(ending), to.with_extension(ending));
                    fs::hard_link(&from, &to).map_err(ReplicaError::io("link", &from))?;
                }
            }
        }
        Ok(())
    }

    /// Gets packs. When this ends well they are here, right and durable; however it ends, no wrong file has a name.
    pub(crate) async fn fetch(&self, storage: &Storage, packs: Vec<StoredPack>) -> Result<(), ReplicaError> {
        if packs.is_empty() {
            return Ok(());
        }
        let got = stream::iter(packs).map(|pack| async move {
            let [(pack_key, pack_file), (index_key, index_file)] = pack.files();
            let path = self.pack(&pack);
            // An index without its pack would be looked into, so the pack comes first.
            self.fetch_file(storage, pack_key, pack_file, &path).await?;
            self.fetch_file(storage, index_key, index_file, &path.with_extension("idx")).await
        });
        got.buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        let folder = self.0.clone();
        tokio::task::spawn_blocking(move || sync(&folder)).await?
    }

    /// Gets one file under its name.
    async fn fetch_file(
        &self,
        storage: &Storage,
        key: StorageKey,
        file: StoredFile,
        to: &Path,
    ) -> Result<(), ReplicaError> {
        let (process, number) = (std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let temporary = self.0.join(format!("{TEMPORARY}{process}_{number}"));
        let object = storage.read(&key, None).await?;
        let (sender, receiver) = mpsc::channel(PIECES);
        let writing = {
            let (temporary, to, key) = (temporary.clone(), to.to_owned(), key.to_string());
            tokio::task::spawn_blocking(move || {
                let written = write(receiver, &temporary, &to, file, &key);
                if written.is_err() {
                    // What cannot be removed now is removed when the folder is opened next.
                    let _ = fs::remove_file(&temporary);
                }
                written
            })
        };
        let mut pieces = object.body.into_stream(key.to_string());
        let mut failed = None;
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|error| failed = Some(error)).ok();
            let ended = piece.is_none();
            // It hangs up when it has failed, and then says why.
            if sender.send(piece).await.is_err() || ended {
                break;
            }
        }
        drop(sender);
        let written = writing.await?;
        match failed {
            Some(error) => Err(error.into()),
            None => written,
        }
    }

    /// Removes the files with names that were begun and not ended, and the packs that are not among `packs`.
    pub(crate) fn keep_only(&self, packs: &[StoredPack]) -> Result<(), ReplicaError> {
        let listed: Vec<PathBuf> = packs.iter().map(|pack| self.pack(pack)).collect();
        for path in self.files()? {
            let is_listed = listed.contains(&path.with_extension("pack"));
            if !is_listed {
                remove(&path)?;
            }
        }
        Ok(())
    }

    /// The packs that are not among `packs`.
    pub(crate) fn others(&self, packs: &[StoredPack]) -> Result<Vec<PathBuf>, ReplicaError> {
        let listed: Vec<PathBuf> = packs.iter().map(|pack| self.pack(pack)).collect();
        let is_other =
            |path: &PathBuf| path.extension().is_some_and(|extension| extension == "pack") && !listed.contains(path);
        Ok(self.files()?.into_iter().filter(is_other).collect())
    }

    /// Removes a pack and all that belongs to it; it may be gone already.
    pub(crate) fn remove_pack(pack: &Path) -> Result<(), ReplicaError> {
        // Without its index a pack is not looked into, so the index goes first.
        [pack.with_extension("idx"), pack.with_extension("rev"), pack.to_owned()]
            .iter()
            .try_for_each(|path| remove(path))
    }

    fn files(&self) -> Result<Vec<PathBuf>, ReplicaError> {
        let read = || fs::read_dir(&self.0)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>();
        match read() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            read => {
                let mut files: Vec<PathBuf> = read.map_err(ReplicaError::io("read", &self.0))?;
                // Indexes before packs: `idx` before `pack`.
                files.sort();
                Ok(files)
            }
        }
    }
}

/// Writes the pieces to a temporary file, and gives it its name if it is right. `None` says that no more will come though the
/// file is not whole.
fn write(
    mut pieces: mpsc::Receiver<Option<Bytes>>,
    temporary: &Path,
    to: &Path,
    expected: StoredFile,
    key: &str,
) -> Result<(), ReplicaError> {
    let wrong = |reason: String| ReplicaError::Pack { key: key.to_owned(), reason };
    let write = |error| ReplicaError::io("write", temporary)(error);
    let mut file = File::create(temporary).map_err(write)?;
    let (mut hasher, mut size) = (Hasher::default(), 0_u64);
    while let Some(piece) = pieces.blocking_recv() {
        let Some(piece) = piece else { return Err(wrong("it was cut".to_owned())) };
        size += piece.len() as u64;
        if size > expected.size {
            return Err(wrong(format!("it has more than {} bytes", expected.size)));
        }
        hasher.update(&piece);
        file.write_all(&piece).map_err(write)?;
    }
    let found = hasher.finish();
    if found != expected.sha256 || size != expected.size {
        return Err(wrong(format!("{size} bytes with the SHA-256 {found} came")));
    }
    file.sync_all().map_err(write)?;
    fs::rename(temporary, to).map_err(ReplicaError::io("rename", temporary))
}

/// Whether a file is this pack, with its index beside it.
fn is_pack(path: &Path, pack: &StoredPack) -> bool {
    hashes_to(path, pack.pack) && hashes_to(&path.with_extension("idx"), pack.index)
}

/// Whether a file is right. One that cannot be read is not.
fn hashes_to(path: &Path, expected: StoredFile) -> bool {
    let hash = || -> io::Result<bool> {
        let mut file = File::open(path)?;
        if file.metadata()?.len() != expected.size {
            return Ok(false);
        }
        let (mut hasher, mut piece) = (Hasher::default(), vec![0; 256 * 1024]);
        loop {
            match file.read(&mut piece) {
                Ok(0) => return Ok(hasher.finish() == expected.sha256),
                Ok(count) => hasher.update(&piece[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    };
    hash().unwrap_or(false)
}

fn remove(path: &Path) -> Result<(), ReplicaError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(ReplicaError::io("remove", path)(error)),
        _ => Ok(()),
    }
}

fn sync(folder: &Path) -> Result<(), ReplicaError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(ReplicaError::io("sync", folder))
}

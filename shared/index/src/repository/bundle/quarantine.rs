//! A folder for objects that are not yet believed: a bare repository inside the git folder that sees the main one's objects.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use super::{BundleError, BundleHeader};
use crate::IndexError;
use crate::git::{GitProgram, Watch, run};
use crate::repository::{IndexRepository, create, durable, git_error, recover};

/// What the names of these folders begin with.
const PREFIX: &str = "romt-incoming-";

/// The file in it that is locked while somebody works in it: another process that sweeps up leaves it alone then.
const LOCK: &str = "romt.lock";

/// The folder; it goes when this is dropped.
#[derive(Debug)]
pub(super) struct Quarantine {
    path: PathBuf,
    /// Held until the folder is gone; the kernel gives it back when the process is killed.
    _lock: File,
}

impl Quarantine {
    /// Makes the folder, and the repository in it.
    pub(super) fn create(git_folder: &Path) -> Result<(Self, IndexRepository), IndexError> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        // In containers several processes on one folder have the same number.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let (process, count) = (std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = git_folder.join(format!("{PREFIX}{now}-{process}-{count}"));
        let lock = || {
            fs::create_dir(&path)?;
            let file = File::create(path.join(LOCK))?;
            file.try_lock()?;
            Ok(file)
        };
        let lock = lock().map_err(|source| IndexError::Io { action: "make", path: path.clone(), source })?;
        let quarantine = Self { path, _lock: lock };
        let git = create::init(&quarantine.path)?;
        let alternates = quarantine.path.join("objects/info/alternates");
        let write = || {
            fs::create_dir_all(quarantine.path.join("objects/info"))?;
            // Read from the folder of objects on, so that any path will do.
            fs::write(&alternates, "../../objects\n")
        };
        write().map_err(|source| IndexError::Io { action: "write", path: alternates.clone(), source })?;
        drop(git);
        let repository = IndexRepository::open(&quarantine.path)?;
        let repository = repository.ok_or_else(|| IndexError::NotARepository { path: quarantine.path.clone() })?;
        Ok((quarantine, repository))
    }

    /// Moves what was taken in to the main repository: a pack is there when its index is, and that comes last.
    pub(super) fn admit(&self, git_folder: &Path) -> Result<(), IndexError> {
        let (from, to) = (self.path.join("objects/pack"), git_folder.join("objects/pack"));
        let mut names = durable::names(&from)?;
        names.sort_by_key(|name| {
            let extension = Path::new(name).extension().map(|extension| extension.to_string_lossy().into_owned());
            (extension.as_deref() == Some("idx"), extension.as_deref() != Some("pack"))
        });
        for name in &names {
            durable::sync_file(&from.join(name))?;
        }
        for name in &names {
            let (from, to) = (from.join(name), to.join(name));
            // A pack is called by its content.
            if !to.exists() {
                fs::rename(&from, &to).map_err(|source| IndexError::Io { action: "move", path: from, source })?;
            }
        }
        durable::sync_folder(&to)
    }
}

impl Drop for Quarantine {
    fn drop(&mut self) {
        if let Err(error) = remove(&self.path) {
            tracing::warn!(%error, "cannot remove the objects of a bundle; the next recovery will");
        }
    }
}

/// The folders that nobody works in any more: whoever did was killed.
pub(in crate::repository) fn abandoned(git_folder: &Path) -> Result<Vec<PathBuf>, IndexError> {
    let names = durable::names(git_folder)?.into_iter();
    let folders = names.filter(|name| name.to_string_lossy().starts_with(PREFIX)).map(|name| git_folder.join(name));
    let in_use = |folder: &PathBuf| {
        let lock = File::open(folder.join(LOCK)).map(|file| file.try_lock());
        matches!(lock, Ok(Err(TryLockError::WouldBlock)))
    };
    Ok(folders.filter(|folder| !in_use(folder)).collect())
}

fn remove(path: &Path) -> Result<(), IndexError> {
    match fs::remove_dir_all(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(IndexError::Io { action: "remove", path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// Checks that the objects of a bundle end with the SHA-1 of what comes before, as a pack does (gitformat-pack(5)).
pub(super) fn check_trailer(path: &Path, header: &BundleHeader) -> Result<(), BundleError> {
    let mut file = File::open(path).map_err(BundleError::io("read", path))?;
    file.seek(SeekFrom::Start(header.objects)).map_err(BundleError::io("read", path))?;
    let whole = recover::ends_with_its_hash(&mut file).map_err(BundleError::io("read", path))?;
    let damaged = || BundleError::Damaged { path: path.to_owned(), said: "its checksum is wrong".to_owned() };
    if whole { Ok(()) } else { Err(damaged()) }
}

/// Reads the objects of a bundle into a repository, and completes its pack with those that it builds on.
pub(super) fn ingest(
    repository: &IndexRepository,
    git: Option<&GitProgram>,
    path: &Path,
    header: &BundleHeader,
    watch: &mut Watch<'_>,
) -> Result<(), BundleError> {
    let mut file = File::open(path).map_err(BundleError::io("read", path))?;
    let length = file.metadata().map_err(BundleError::io("read", path))?.len().saturating_sub(header.objects);
    file.seek(SeekFrom::Start(header.objects)).map_err(BundleError::io("read", path))?;
    match git {
        Some(git) => {
            let mut command = git.command(repository.git().path());
            command
                .args(["index-pack", "-v", "--stdin", "--fix-thin"])
                .arg(format!("--max-input-size={}", length.max(1)));
            command.stdin(Stdio::from(file));
            run(command, watch).map_err(|error| BundleError::reading(path, error))?;
        }
        None => copy_pack(repository, &mut file.take(length), path, watch)?,
    }
    // Whoever looks for an object now does not look for new packs at every one.
    let refresh = repository.git().odb().and_then(|odb| odb.refresh());
    Ok(refresh.map_err(git_error("read", repository.path()))?)
}

/// The same by libgit2, which takes longer.
fn copy_pack(
    repository: &IndexRepository,
    from: &mut impl Read,
    path: &Path,
    watch: &Watch<'_>,
) -> Result<(), BundleError> {
    let index_error = git_error("write a pack to", repository.path());
    let odb = repository.git().odb().map_err(index_error)?;
    let damaged =
        |error: &git2::Error| BundleError::Damaged { path: path.to_owned(), said: error.message().to_owned() };
    let mut writer = odb.packwriter().map_err(|error| damaged(&error))?;
    let mut piece = vec![0; 1024 * 1024];
    loop {
        if watch.stopped() {
            return Err(BundleError::Stopped);
        }
        let read = from.read(&mut piece).map_err(BundleError::io("read", path))?;
        if read == 0 {
            break;
        }
        writer.write_all(&piece[..read]).map_err(|_| damaged(&git2::Error::last_error(-1)))?;
    }
    writer.commit().map(drop).map_err(|error| damaged(&error))
}

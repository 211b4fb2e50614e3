//! Putting a repository right after a kill or a power cut.
//!
//! `master` is moved only when everything it names is durable, and after `working`. So when `master` is torn, `working` is
//! whole and names the same. `working` and the kept upstream files may be ahead of what is durable; they are made anew.
//!
//! Where the index is pulled, `working` goes ahead of `master`, which moves together with `mark`; and there is no `master`
//! until then.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use git2::Repository;
use sha1::Digest as _;

use super::bundle::abandoned_quarantines;
use super::{MASTER, UPSTREAM, WORKING, durable, git_error};
use crate::IndexError;

/// Packs older than this were synced long ago and are not read again.
const RECENT: Duration = Duration::from_hours(7 * 24);

/// Removes locks, half-written packs, temporary files and bundles that were not let in; returns how many.
///
/// Only for the one writer: what looks forgotten might be another's work in hand.
pub(super) fn sweep(git_folder: &Path) -> Result<u64, IndexError> {
    let mut unwanted = Vec::new();
    // Git says so while it collects garbage, which anybody may start.
    let collecting = git_folder.join("gc.pid").exists();
    for folder in [git_folder.to_owned(), git_folder.join("refs")] {
        collect(&folder, folder != git_folder, &mut |path| {
            if path.extension().is_some_and(|extension| extension == "lock") {
                unwanted.push(path);
            }
        })?;
    }
    let packs = git_folder.join("objects/pack");
    let mut found = Vec::new();
    collect(&packs, false, &mut |path| found.push(path))?;
    // A pack and its index are of use only together, and read once.
    let mut whole = HashSet::new();
    for pack in found.iter().filter(|path| path.extension().is_some_and(|extension| extension == "pack")) {
        let index = pack.with_extension("idx");
        if index.exists() && is_whole(&index)? && is_whole(pack)? {
            whole.extend([pack.clone(), index]);
        }
    }
    for path in found {
        let keep = match path.extension().and_then(|extension| extension.to_str()) {
            Some("pack" | "idx") => whole.contains(&path),
            // A fetch that was killed asked to keep its pack until the branches name it.
            Some("keep") => !is_of_fetch(&path)?,
            // Reverse indexes, bitmaps and the like belong to a pack and are git's business.
            _ => !path.file_name().is_some_and(|name| is_temporary(&name.to_string_lossy(), collecting)),
        };
        if !keep {
            unwanted.push(path);
        }
    }
    for path in &unwanted {
        match fs::remove_file(path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(IndexError::Io { action: "remove", path: path.clone(), source });
            }
            _ => tracing::debug!(path = %path.display(), "removed what an interrupted writer left"),
        }
    }
    Ok(unwanted.len() as u64 + sweep_folders(git_folder, collecting)?)
}

/// Removes the packs without a name that a `git` process left which outlived the romt that started it and was killed. Such
/// a process ends soon by itself; without its file it can only fail.
pub(super) fn sweep_packs(git_folder: &Path) -> Result<(), IndexError> {
    let collecting = git_folder.join("gc.pid").exists();
    collect(&git_folder.join("objects/pack"), false, &mut |path| {
        if path.file_name().is_some_and(|name| is_temporary(&name.to_string_lossy(), collecting)) {
            // The next sweep tries again.
            let _ = fs::remove_file(&path);
        }
    })
}

/// Whether a file among the packs is libgit2's or git's, before it has its name.
fn is_temporary(name: &str, collecting: bool) -> bool {
    name.contains("_git2_") || name.starts_with("tmp_") && !collecting
}

fn is_of_fetch(keep: &Path) -> Result<bool, IndexError> {
    let mut says = Vec::new();
    let read = File::open(keep).and_then(|file| file.take(64).read_to_end(&mut says));
    read.map_err(|source| IndexError::Io { action: "read", path: keep.to_owned(), source })?;
    Ok(says.starts_with(b"fetch-pack "))
}

/// Removes what bundles left that were not let in, where nobody works with them any more; returns how many. Anybody may.
pub(super) fn sweep_bundles(git_folder: &Path) -> Result<u64, IndexError> {
    let unwanted = abandoned_quarantines(git_folder)?;
    for path in &unwanted {
        remove_folder(path).map_err(|source| IndexError::Io { action: "remove", path: path.clone(), source })?;
    }
    Ok(unwanted.len() as u64)
}

/// Removes what bundles and killed `git` processes left in folders of their own, and loose objects without a name.
fn sweep_folders(git_folder: &Path, collecting: bool) -> Result<u64, IndexError> {
    let objects = git_folder.join("objects");
    let mut unwanted = abandoned_quarantines(git_folder)?;
    for name in durable::names(&objects)? {
        let (path, text) = (objects.join(&name), name.to_string_lossy());
        if text.starts_with("tmp_objdir-") && !collecting {
            unwanted.push(path);
        } else if text.len() == 2 && !collecting {
            collect(&path, false, &mut |file| {
                if file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("tmp_obj_")) {
                    unwanted.push(file);
                }
            })?;
        }
    }
    for path in &unwanted {
        let removed = if path.is_dir() { remove_folder(path) } else { fs::remove_file(path) };
        removed.map_err(|source| IndexError::Io { action: "remove", path: path.clone(), source })?;
        tracing::debug!(path = %path.display(), "removed what an interrupted writer left");
    }
    Ok(unwanted.len() as u64)
}

/// How often, and how long apart, a folder is removed in which somebody still makes files.
const TRIES: u32 = 100;
const PAUSE: Duration = Duration::from_millis(20);

/// Removes a folder, in which a `git` process may still be at work for a moment that outlived the romt that started it.
fn remove_folder(path: &Path) -> io::Result<()> {
    for _ in 1..TRIES {
        match fs::remove_dir_all(path) {
            Err(error) if matches!(error.kind(), io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::NotFound) => {
                if !path.exists() {
                    return Ok(());
                }
                std::thread::sleep(PAUSE);
            }
            removed => return removed,
        }
    }
    fs::remove_dir_all(path)
}

/// What a branch is set to when it names no commit: the first of these that names one.
const TWINS: [(&str, &[&str]); 3] = [(MASTER, &[WORKING]), (WORKING, &[MASTER]), (UPSTREAM, &[])];
const TWINS_WHERE_PULLED: [(&str, &[&str]); 6] = [
    (MASTER, &[MARK]),
    (MARK, &[MASTER]),
    (WORKING, &[MASTER, ORIGIN_MASTER]),
    // Set again by the next pull or bundle.
    (ORIGIN_MASTER, &[]),
    ("refs/remotes/origin/master", &[]),
    ("refs/heads/bundle/master", &[]),
];

const MARK: &str = "refs/heads/mark";
const ORIGIN_MASTER: &str = "refs/heads/origin_master";

/// Gives a branch that names no commit what its twin names; one without a twin goes.
pub(super) fn mend_branches(git: &Repository, path: &Path, is_pulled: bool) -> Result<(), IndexError> {
    let commit = |name: &str| git.find_reference(name).and_then(|found| found.peel_to_commit()).ok();
    let branches: &[(&str, &[&str])] = if is_pulled { &TWINS_WHERE_PULLED } else { &TWINS };
    for (torn, twins) in branches {
        let file = git.path().join(torn);
        // Before anything was published there is no `master`, and `working` has no parent. Otherwise it was lost.
        let lost = !is_pulled && *torn == MASTER && commit(WORKING).is_some_and(|working| working.parent_count() > 0);
        if commit(torn).is_some() || !file.exists() && !lost {
            continue;
        }
        if file.exists() {
            fs::remove_file(&file).map_err(|source| IndexError::Io { action: "remove", path: file.clone(), source })?;
        }
        tracing::warn!(branch = torn, "a branch named no commit after an interruption");
        if let Some(commit) = twins.iter().find_map(|twin| commit(twin)) {
            let set = git.reference(torn, commit.id(), true, "recover");
            set.map_err(git_error(format!("move {torn} of"), path))?;
        }
    }
    Ok(())
}

/// Whether a pack or its index ends with the SHA-1 of what comes before, as both do (gitformat-pack(5)).
fn is_whole(path: &Path) -> Result<bool, IndexError> {
    let check = || -> io::Result<bool> {
        let mut file = File::open(path)?;
        let metadata = file.metadata()?;
        let age = SystemTime::now().duration_since(metadata.modified()?).unwrap_or_default();
        if age > RECENT {
            return Ok(true);
        }
        ends_with_its_hash(&mut file)
    };
    check().map_err(|source| IndexError::Io { action: "read", path: path.to_owned(), source })
}

/// Whether a file, from where it is read on, ends with the SHA-1 of what comes before.
pub(super) fn ends_with_its_hash(file: &mut File) -> io::Result<bool> {
    let from = file.stream_position()?;
    let Some(length) = file.metadata()?.len().saturating_sub(from).checked_sub(20) else { return Ok(false) };
    let mut hasher = sha1::Sha1::new();
    let mut body = file.by_ref().take(length);
    let mut piece = vec![0; 64 * 1024];
    loop {
        match body.read(&mut piece)? {
            0 => break,
            read => hasher.update(&piece[..read]),
        }
    }
    let mut trailer = [0; 20];
    file.seek(SeekFrom::Start(from + length))?;
    file.read_exact(&mut trailer)?;
    Ok(hasher.finalize()[..] == trailer)
}

/// Calls `found` with the files in a folder, and below it if `deep`. No folder, no files.
fn collect(folder: &Path, deep: bool, found: &mut dyn FnMut(PathBuf)) -> Result<(), IndexError> {
    let error = |source| IndexError::Io { action: "read", path: folder.to_owned(), source };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(source) if source.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(error(source)),
    };
    for entry in entries {
        let entry = entry.map_err(error)?;
        if !entry.file_type().map_err(error)?.is_dir() {
            found(entry.path());
        } else if deep {
            collect(&entry.path(), deep, found)?;
        }
    }
    Ok(())
}

//! Brings files from where they were staged to their places.

use std::collections::HashSet;
use std::fs::{self, Metadata};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use romt_bundle::FolderKey;
use romt_storage::{SeenFiles, StorageKey};
use romt_types::Hasher;
use tokio_util::sync::CancellationToken;

use super::{FileEvent, StagedFile, Unpacking};
use crate::Stopped;
use crate::jobs::destination::{Destination, StoreDestination, WaitingFile};
use crate::jobs::mirror_folder::{MirrorFolder, Moved, sync};

/// As much of a file in its place as is hashed at once.
const BUFFER: usize = 256 << 10;

/// Files that take their places before those of the next step do.
pub(in crate::jobs) struct Step<'a, K> {
    pub(in crate::jobs) files: Vec<(&'a K, &'a StagedFile)>,
    /// Whether each of them comes after the one before, too; else many come at once.
    pub(in crate::jobs) in_order: bool,
}

/// Gives every file its place in `dest`, step by step: what is in one step is durable before the next one begins. A file
/// that is right where it is stays, as old as it is. Returns how many are in their places.
pub(in crate::jobs) fn place<K: FolderKey + Into<StorageKey>>(
    unpacking: &mut Unpacking<'_>,
    dest: &Destination,
    steps: &[Step<'_, K>],
    on: &mut dyn FnMut(FileEvent<'_, K>),
    stop: &CancellationToken,
) -> anyhow::Result<u64> {
    match dest {
        Destination::Folder(dest) => move_all(unpacking, dest, steps, on, stop),
        Destination::Store(store) => copy_all(unpacking, store, steps, on, stop),
    }
}

/// Copies them to a store. What there is to see of a step, other files than were there before, comes in its order.
fn copy_all<K: FolderKey + Into<StorageKey>>(
    unpacking: &Unpacking<'_>,
    store: &StoreDestination,
    steps: &[Step<'_, K>],
    on: &mut dyn FnMut(FileEvent<'_, K>),
    stop: &CancellationToken,
) -> anyhow::Result<u64> {
    let waiting = |(key, file): &(&K, &StagedFile)| {
        let path = unpacking.folder.file(file.number);
        WaitingFile { key: K::clone(key).into(), path, digest: file.digest }
    };
    Stopped::check(stop)?;
    let count = steps.iter().map(|step| step.files.len() as u64).sum();
    on(FileEvent::Whole(count));
    for step in steps {
        if step.in_order {
            step.files.iter().try_for_each(|file| store.settle(waiting(file), stop))?;
        } else {
            let others = store.add(step.files.iter().map(|file| Ok(waiting(file))), stop)?;
            let others = others.iter().filter_map(|number| step.files.get(usize::try_from(*number).ok()?));
            store.replace(others.map(|file| Ok(waiting(file))), stop)?;
        }
        step.files.iter().for_each(|(key, _)| on(FileEvent::Placed(key)));
    }
    Ok(count)
}

/// Moves them into a folder.
fn move_all<K: FolderKey>(
    unpacking: &mut Unpacking<'_>,
    dest: &Path,
    steps: &[Step<'_, K>],
    on: &mut dyn FnMut(FileEvent<'_, K>),
    stop: &CancellationToken,
) -> anyhow::Result<u64> {
    let mut root = MirrorFolder::open(dest)?;
    // What is in the way is found here, before anything changes.
    let mut right = HashSet::new();
    for (key, file) in steps.iter().flat_map(|step| &step.files) {
        Stopped::check(stop)?;
        if is_in_place(&mut root, &key.to_string(), file, &mut unpacking.seen)? {
            right.insert(file.number);
        }
    }
    // Durable first: a name after a power cut must not lead to an empty file.
    sync(unpacking.folder.path())?;
    Stopped::check(stop)?;
    let count = steps.iter().map(|step| step.files.len() as u64).sum();
    on(FileEvent::Whole(count));
    let mut root = MirrorFolder::make(dest)?;
    for step in steps {
        let mut beside = Vec::new();
        for (key, file) in &step.files {
            Stopped::check(stop)?;
            if !right.contains(&file.number)
                && move_there(&mut root, unpacking, &key.to_string(), file)? == Moved::Beside
            {
                beside.push((*key, file.number));
                continue;
            }
            on(FileEvent::Placed(key));
        }
        sync(dest)?;
        for (key, number) in &beside {
            root.place_from_beside(*number, &key.to_string())?;
            on(FileEvent::Placed(key));
        }
        if !beside.is_empty() {
            sync(dest)?;
        }
    }
    Ok(count)
}

/// Moves a file to its place, and knows it there if it is the one that was written and hashed.
fn move_there(
    root: &mut MirrorFolder<'_>,
    unpacking: &mut Unpacking<'_>,
    path: &str,
    file: &StagedFile,
) -> anyhow::Result<Moved> {
    let staged = unpacking.folder.file(file.number);
    let before = fs::symlink_metadata(&staged).ok().filter(|before| unpacking.written.has(&file.digest, before));
    let moved = root.place(&staged, file.number, path)?;
    // The move itself counts as a change of it, but not of its content.
    if let (Moved::Placed, Some(before), Some(placed)) = (moved, before, root.file_of_size(path, file.size)?)
        && let Ok(after) = placed.metadata()
        && content(&before) == content(&after)
    {
        unpacking.seen.note(&file.digest, &after);
    }
    Ok(moved)
}

/// What stays the same while nobody writes to a file.
fn content(metadata: &Metadata) -> (u64, u64, u64, i64, i64) {
    (metadata.dev(), metadata.ino(), metadata.size(), metadata.mtime(), metadata.mtime_nsec())
}

fn is_in_place(
    root: &mut MirrorFolder<'_>,
    path: &str,
    staged: &StagedFile,
    seen: &mut SeenFiles,
) -> anyhow::Result<bool> {
    let Some(mut file) = root.file_of_size(path, staged.size)? else { return Ok(false) };
    // From before it is read: what is written to it meanwhile does not pass for what was read.
    let metadata = file.metadata();
    let mut hasher = Hasher::default();
    let mut buffer = vec![0; BUFFER];
    loop {
        // What cannot be read is not right, and is replaced.
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => hasher.update(&buffer[..count]),
            Err(_) => return Ok(false),
        }
    }
    let right = hasher.finish() == staged.digest;
    if let (true, Ok(metadata)) = (right, metadata) {
        seen.note(&staged.digest, &metadata);
    }
    Ok(right)
}

//! Moves files from where they were staged to their places.

use std::collections::HashSet;
use std::fs::{self, Metadata};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use romt_bundle::FolderKey;
use romt_storage::SeenFiles;
use romt_types::Hasher;
use tokio_util::sync::CancellationToken;

use super::{FileEvent, StagedFile, Unpacking};
use crate::Stopped;
use crate::jobs::mirror_folder::{MirrorFolder, Moved, sync};

/// As much of a file in its place as is hashed at once.
const BUFFER: usize = 256 << 10;

/// Gives every file its place in `dest`, step by step: what is in one step is durable before the next one begins. A file
/// that is right where it is stays, as old as it is. Returns how many are in their places.
pub(in crate::jobs) fn place<K: FolderKey>(
    unpacking: &mut Unpacking<'_>,
    dest: &Path,
    steps: &[Vec<(&K, &StagedFile)>],
    on: &mut dyn FnMut(FileEvent<'_, K>),
    stop: &CancellationToken,
) -> anyhow::Result<u64> {
    let mut root = MirrorFolder::open(dest)?;
    // What is in the way is found here, before anything changes.
    let mut right = HashSet::new();
    for (key, file) in steps.iter().flatten() {
        Stopped::check(stop)?;
        if is_in_place(&mut root, &key.to_string(), file, &mut unpacking.seen)? {
            right.insert(file.number);
        }
    }
    // Durable first: a name after a power cut must not lead to an empty file.
    sync(unpacking.folder.path())?;
    Stopped::check(stop)?;
    let count = steps.iter().map(|step| step.len() as u64).sum();
    on(FileEvent::Whole(count));
    let mut root = MirrorFolder::make(dest)?;
    for step in steps {
        let mut beside = Vec::new();
        for (key, file) in step {
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

//! Moves crates from where they were staged to their places.

use std::path::Path;

use anyhow::Context as _;
use romt_storage::sync_folders;
use tokio_util::sync::CancellationToken;

use super::UnpackOrder;
use super::crates_root::{CratesRoot, Moved};
use super::outcome::UnpackEvent;
use super::staging_folder::{Staged, StagingFolder};
use crate::Stopped;

/// Gives every staged crate its place, and makes that durable. The files themselves must be durable before: a name after a
/// power cut must not lead to an empty file. Returns how many are in their places.
pub(super) fn place(
    order: &UnpackOrder,
    folder: &StagingFolder,
    on: &mut dyn FnMut(UnpackEvent<'_>),
    stop: &CancellationToken,
) -> anyhow::Result<u64> {
    let mut root = CratesRoot::make(&order.crates_root, order.style)?;
    let (mut placed, mut beside) = (0, false);
    for entry in folder.entries()? {
        Stopped::check(stop)?;
        let Staged { id, number } = entry?;
        if let Some(number) = number
            && root.place(&folder.file(number), number, &id)? == Moved::Beside
        {
            beside = true;
            continue;
        }
        placed += 1;
        on(UnpackEvent::Extracted(&id));
    }
    if beside {
        sync(&order.crates_root)?;
        for entry in folder.entries()? {
            Stopped::check(stop)?;
            let Staged { id, number } = entry?;
            if let Some(number) = number
                && root.place_from_beside(number, &id)?
            {
                placed += 1;
                on(UnpackEvent::Extracted(&id));
            }
        }
    }
    sync(&order.crates_root)?;
    Ok(placed)
}

/// Makes what was written to the file system of a folder durable.
pub(super) fn sync(folder: &Path) -> anyhow::Result<()> {
    sync_folders([folder]).with_context(|| format!("cannot make durable what was written to `{}`", folder.display()))
}

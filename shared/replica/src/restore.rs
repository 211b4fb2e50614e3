//! An indexer's repository, made anew from the store.

use std::path::{Path, PathBuf};

use romt_index::IndexRepository;
use romt_storage::{Storage, StorageKey};

use crate::download::PackFolder;
use crate::{IndexPointer, POINTER_LIMIT, ReplicaError};

/// What came of restoring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Restored {
    /// The store has no index yet.
    Nothing,
    /// The repository has what the store has published, and maybe more.
    NotNeeded,
    /// The repository is now as the store has it; what is published, if anything is.
    From(Option<String>),
}

/// Gives the repository at `path` what the store has published, if it does not have that: the volume was lost, or is an old
/// one. To be called by the one indexer before it begins. What the repository has beyond that stays as objects without a name:
/// plans are made anew.
///
/// Killed at any point, it goes on when called again: branches move last.
pub async fn restore(storage: &Storage, path: &Path) -> Result<Restored, ReplicaError> {
    let Some(pointer) = storage.read_pointer(&StorageKey::IndexPointer, POINTER_LIMIT).await? else {
        return Ok(Restored::Nothing);
    };
    let pointer = IndexPointer::parse(&pointer.bytes)?;
    let repository = path.to_owned();
    let wanted = pointer.clone();
    let missing = tokio::task::spawn_blocking(move || missing(repository, &wanted)).await??;
    let Some(missing) = missing else { return Ok(Restored::NotNeeded) };
    tracing::info!(packs = missing.len(), sequence = pointer.sequence, "restoring the index from the store");
    PackFolder::of(path).fetch(storage, missing).await?;
    let repository = path.to_owned();
    let master = pointer.master().map(|commit| commit.to_string());
    tokio::task::spawn_blocking(move || adopt(&repository, &pointer)).await??;
    Ok(Restored::From(master))
}

/// The packs that are missing; `None` if the repository has what is published.
fn missing(path: PathBuf, pointer: &IndexPointer) -> Result<Option<Vec<crate::StoredPack>>, ReplicaError> {
    let repository = IndexRepository::open_or_init(&path)?;
    let mut has_all = true;
    // A branch that a power cut has torn reads as an error, and is as good as none.
    let here = repository.references().unwrap_or_default();
    for (reference, commit) in &pointer.references {
        has_all &= here.contains_key(reference) && repository.holds_commit(*commit).unwrap_or(false);
    }
    if has_all {
        return Ok(None);
    }
    PackFolder::of(&path).lacking(&pointer.packs).map(Some)
}

/// Moves the references of a repository, which has the packs, to where the pointer has them.
pub(crate) fn adopt(path: &Path, pointer: &IndexPointer) -> Result<(), ReplicaError> {
    let repository = IndexRepository::open_or_init(path)?;
    for (reference, commit) in &pointer.references {
        if !repository.holds_commit(*commit)? {
            return Err(ReplicaError::Incomplete { reference: reference.name(), commit: commit.to_string() });
        }
    }
    // Before `master` moves: who compares an archive with that must know what is old.
    repository.set_pulled(&pointer.pulled)?;
    repository.set_references(&pointer.references)?;
    Ok(())
}

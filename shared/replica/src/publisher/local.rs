//! What the repository has.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use romt_index::{CommitId, IndexReferences, IndexRepository, PackFiles};
use romt_types::Hasher;

use crate::pointer::PULLED;
use crate::{ReplicaError, StoredFile, StoredPack};

/// A pack of the repository, and what it will be called in the store.
#[derive(Debug, Clone)]
pub(super) struct LocalPack {
    pub(super) files: PackFiles,
    pub(super) stored: StoredPack,
}

/// What the repository says beside its packs.
#[derive(Debug, Clone)]
pub(super) struct LocalState {
    pub(super) references: IndexReferences,
    /// What was pulled, the newest last.
    pub(super) pulled: Vec<CommitId>,
}

/// The hashes of packs that were read before.
#[derive(Debug, Clone, Default)]
pub(super) struct LocalPacks(HashMap<PathBuf, Known>);

#[derive(Debug, Clone, Copy)]
struct Known {
    size: u64,
    modified: SystemTime,
    file: StoredFile,
}

/// As much of a file as is read at once.
const PIECE: usize = 256 * 1024;

impl LocalPacks {
    /// Where the references of the repository are, and its packs: at least those that hold what the references name.
    pub(super) async fn look(&mut self, repository: &Path) -> Result<(LocalState, Vec<LocalPack>), ReplicaError> {
        let (path, mut known) = (repository.to_owned(), std::mem::take(&mut self.0));
        let work = tokio::task::spawn_blocking(move || {
            let looked = look(&path, &mut known);
            (looked, known)
        });
        let (looked, known) = work.await?;
        self.0 = known;
        looked
    }
}

fn look(path: &Path, known: &mut HashMap<PathBuf, Known>) -> Result<(LocalState, Vec<LocalPack>), ReplicaError> {
    let repository = IndexRepository::open_or_init(path)?;
    repository.pack_loose_objects()?;
    // First where the branches are: packs only gain objects.
    let references = repository.references()?;
    let mut pulled = repository.pulled_commits()?;
    pulled.drain(..pulled.len().saturating_sub(PULLED));
    let mut fresh = HashMap::new();
    let (mut packs, mut met) = (Vec::new(), HashSet::new());
    for files in repository.packs()? {
        let mut read = |path: &Path| -> Result<StoredFile, ReplicaError> {
            let read = read(path, known.get(path)).map_err(ReplicaError::io("read", path))?;
            fresh.insert(path.to_owned(), read);
            Ok(read.file)
        };
        let stored = StoredPack { pack: read(&files.pack)?, index: read(&files.index)? };
        // One that came from the store may be here under a name of its own as well.
        if met.insert(stored.pack.sha256) {
            packs.push(LocalPack { files, stored });
        }
    }
    *known = fresh;
    Ok((LocalState { references, pulled }, packs))
}

/// What a file hashes to, unless that is known.
fn read(path: &Path, known: Option<&Known>) -> io::Result<Known> {
    let metadata = fs::metadata(path)?;
    let (size, modified) = (metadata.len(), metadata.modified()?);
    if let Some(known) = known.filter(|known| (known.size, known.modified) == (size, modified)) {
        return Ok(*known);
    }
    let mut file = File::open(path)?;
    let (mut hasher, mut read) = (Hasher::default(), 0);
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => {
                hasher.update(&piece[..count]);
                read += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Known { size, modified, file: StoredFile { sha256: hasher.finish(), size: read } })
}

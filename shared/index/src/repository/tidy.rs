//! Keeping the number of packs small.
//!
//! Every run with news writes a pack or two, and finding an object takes longer with each. So now and then the small packs
//! are made into one. Nothing is thrown away: what no branch names any more is `git gc`'s business.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use git2::Oid;

use super::{IndexRepository, ObjectWriter, git_error};
use crate::IndexError;

/// So many packs are left alone.
const PACKS: usize = 50;
/// Larger packs are left alone: writing them again costs more than they do.
const SMALL: u64 = 32 * 1024 * 1024;
/// An index of a small pack with the smallest objects is not larger.
const INDEX_LIMIT: u64 = 64 * 1024 * 1024;

/// Packs whose objects are in newer packs too: to be removed when those are durable.
#[derive(Debug, Default)]
pub struct OldPacks(Vec<PathBuf>);

impl IndexRepository {
    /// If there are many small packs, writes their objects again as few. The old ones are still there: make the
    /// repository durable, then [remove](OldPacks::remove) them. `None` if there was nothing to do.
    pub fn tidy(&self) -> Result<Option<OldPacks>, IndexError> {
        let folder = self.git().path().join("objects/pack");
        let small = small_packs(&folder)?;
        if small.len() <= PACKS {
            return Ok(None);
        }
        let error = |source| git_error("tidy", self.path())(source);
        let odb = self.git().odb().map_err(error)?;
        let mut writer = ObjectWriter::default();
        for pack in &small {
            for id in objects_of(pack)? {
                let object = odb.read(id).map_err(error)?;
                writer.add_again(self, object.kind(), object.data())?;
            }
        }
        writer.flush(self)?;
        tracing::debug!(packs = small.len(), "wrote small packs again as one");
        let new: Vec<PathBuf> = writer.packs().iter().map(|name| folder.join(name)).collect();
        // A pack is called by its content. After an interrupted tidying the new one may be one of the old ones.
        let old = small.into_iter().filter(|pack| !new.contains(pack)).collect();
        Ok(new.iter().all(|pack| pack.exists()).then_some(OldPacks(old)))
    }
}

impl OldPacks {
    /// Removes them.
    pub fn remove(self) -> Result<(), IndexError> {
        for pack in self.0 {
            // Without its index a pack is not looked into, so the index goes first.
            for file in [pack.with_extension("idx"), pack.with_extension("rev"), pack] {
                match fs::remove_file(&file) {
                    Err(source) if source.kind() != io::ErrorKind::NotFound => {
                        return Err(IndexError::Io { action: "remove", path: file, source });
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }
}

/// The small packs, but those that somebody asked to keep.
fn small_packs(folder: &Path) -> Result<Vec<PathBuf>, IndexError> {
    let read = || -> io::Result<Vec<PathBuf>> {
        let mut packs = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let path = entry.path();
            let is_pack = path.extension().is_some_and(|extension| extension == "pack");
            if is_pack && entry.metadata()?.len() <= SMALL && !path.with_extension("keep").exists() {
                packs.push(path);
            }
        }
        Ok(packs)
    };
    match read() {
        Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        read => read.map_err(|source| IndexError::Io { action: "read", path: folder.to_owned(), source }),
    }
}

/// The ids of a pack's objects, from its index of version 2: a magic number, the version, 256 counts of which the last is
/// the number of objects, then their ids (gitformat-pack(5)).
fn objects_of(pack: &Path) -> Result<Vec<Oid>, IndexError> {
    const IDS: usize = 8 + 256 * 4;
    let path = pack.with_extension("idx");
    let read = || -> io::Result<Vec<Oid>> {
        let mut index = Vec::new();
        File::open(&path)?.take(INDEX_LIMIT).read_to_end(&mut index)?;
        let odd = || io::Error::new(io::ErrorKind::InvalidData, "it is no pack index of version 2");
        let (head, ids) = index.split_at_checked(IDS).ok_or_else(odd)?;
        let count = head.last_chunk::<4>().map(|count| u32::from_be_bytes(*count)).ok_or_else(odd)?;
        let count = usize::try_from(count).map_err(|_| odd())?;
        if !head.starts_with(b"\xfftOc\0\0\0\x02") || ids.len() / 20 < count {
            return Err(odd());
        }
        ids.chunks_exact(20).take(count).map(|id| Oid::from_bytes(id).map_err(|_| odd())).collect()
    };
    read().map_err(|source| IndexError::Io { action: "read", path: path.clone(), source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PublishedIndex, TreeEdits};

    #[test]
    fn many_packs_become_one_and_nothing_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let repository = IndexRepository::open_or_init(&folder.path().join("index")).unwrap();
        let packs = || small_packs(&repository.git().path().join("objects/pack")).unwrap().len();
        let mut snapshots = Vec::new();
        for round in 0..=PACKS {
            assert!(repository.tidy().unwrap().is_none());
            let (mut writer, mut edits) = (ObjectWriter::default(), TreeEdits::default());
            edits.put("1/a".to_owned(), writer.blob(&repository, round.to_string().as_bytes()).unwrap());
            let snapshot = repository.commit(&mut writer, &edits, "test").unwrap();
            repository.publish(&snapshot).unwrap();
            snapshots.push(snapshot);
        }
        assert_eq!(packs(), PACKS + 1);
        // One reader has everything open before, one sees it only afterwards.
        let before = PublishedIndex::open(repository.path()).unwrap().unwrap();
        before.file(&snapshots[0], "1/a").unwrap().unwrap();
        repository.tidy().unwrap().unwrap().remove().unwrap();
        assert_eq!(packs(), 1);
        let after = PublishedIndex::open(repository.path()).unwrap().unwrap();
        for (round, snapshot) in snapshots.iter().enumerate() {
            for reader in [&before, &after] {
                assert_eq!(reader.file(snapshot, "1/a").unwrap().unwrap().bytes, round.to_string().as_bytes());
            }
        }
    }

    #[test]
    fn tidying_again_and_again_after_interruptions_loses_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let repository = IndexRepository::open_or_init(&folder.path().join("index")).unwrap();
        for round in 0..=PACKS {
            let (mut writer, mut edits) = (ObjectWriter::default(), TreeEdits::default());
            edits.put("1/a".to_owned(), writer.blob(&repository, round.to_string().as_bytes()).unwrap());
            let snapshot = repository.commit(&mut writer, &edits, "test").unwrap();
            repository.publish(&snapshot).unwrap();
        }
        // Interrupted before the old packs are removed: some time the new one is one of them.
        for _ in 0..5 {
            drop(repository.tidy().unwrap());
        }
        repository.tidy().unwrap().unwrap().remove().unwrap();
        let after = PublishedIndex::open(repository.path()).unwrap().unwrap();
        let snapshot = after.snapshot().unwrap().unwrap();
        assert_eq!(after.file(&snapshot, "1/a").unwrap().unwrap().bytes, PACKS.to_string().as_bytes());
    }
}

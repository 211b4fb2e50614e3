//! The packs of a repository, for copies of it elsewhere.

use std::fs;
use std::io;
use std::path::PathBuf;

use git2::Oid;

use super::{IndexRepository, ObjectWriter, durable, git_error};
use crate::IndexError;

/// A pack of a repository and its index. What is in them never changes while they have that name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PackFiles {
    /// The pack.
    pub pack: PathBuf,
    /// What is where in it.
    pub index: PathBuf,
}

impl IndexRepository {
    /// The packs that are complete, in the order of their names. A repository that borrows objects from another one has not
    /// all of its own, and is refused.
    pub fn packs(&self) -> Result<Vec<PackFiles>, IndexError> {
        let objects = self.git().path().join("objects");
        let borrows = fs::metadata(objects.join("info/alternates")).is_ok_and(|file| file.len() > 0);
        if borrows {
            return Err(IndexError::Borrows { repository: self.path().to_owned() });
        }
        let folder = objects.join("pack");
        let mut packs = Vec::new();
        for name in durable::names(&folder)? {
            let pack = folder.join(&name);
            let index = pack.with_extension("idx");
            let is_pack = pack.extension().is_some_and(|extension| extension == "pack");
            // One without a name yet is being written.
            if is_pack && name.to_string_lossy().starts_with("pack-") && index.exists() {
                packs.push(PackFiles { pack, index });
            }
        }
        packs.sort();
        Ok(packs)
    }

    /// Writes the objects that are files of their own as packs, as those have them that Python romt or `git` made; returns how
    /// many they were. Only for the one writer.
    ///
    /// One that cannot be read is left where it is: a power cut may have made it of an object that nobody needs.
    pub fn pack_loose_objects(&self) -> Result<u64, IndexError> {
        let loose = self.loose_objects()?;
        if loose.is_empty() {
            return Ok(0);
        }
        let before = durable::Packs::of(self.git().path())?;
        let odb = self.git().odb().map_err(git_error("open", self.path()))?;
        let mut writer = ObjectWriter::default();
        let mut packed = Vec::new();
        for (id, path) in loose {
            match odb.read(id) {
                Ok(object) => {
                    writer.add_again(self, object.kind(), object.data())?;
                    packed.push(path);
                }
                Err(error) => tracing::warn!(%id, %error, "passed over a loose object that cannot be read"),
            }
        }
        writer.flush(self)?;
        before.sync_new()?;
        for path in &packed {
            match fs::remove_file(path) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    return Err(IndexError::Io { action: "remove", path: path.clone(), source });
                }
                _ => {}
            }
        }
        tracing::debug!(objects = packed.len(), "packed loose objects");
        Ok(packed.len() as u64)
    }

    /// The objects that are files of their own: `objects/XX/` and 38 digits more.
    fn loose_objects(&self) -> Result<Vec<(Oid, PathBuf)>, IndexError> {
        let objects = self.git().path().join("objects");
        let is_hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let mut found = Vec::new();
        for folder in durable::names(&objects)? {
            let Some(start) = folder.to_str().filter(|name| name.len() == 2 && is_hex(name)) else { continue };
            for name in durable::names(&objects.join(start))? {
                let Some(rest) = name.to_str().filter(|name| name.len() == 38 && is_hex(name)) else { continue };
                if let Ok(id) = Oid::from_str(&format!("{start}{rest}")) {
                    found.push((id, objects.join(start).join(rest)));
                }
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::testing::{Upstream, git};

    #[test]
    fn what_git_left_loose_is_packed() {
        let upstream = Upstream::new();
        for round in 0..3 {
            upstream.commit(&[("se/rd/serde", &format!("{round}\n")), ("1/a", "x\n")]);
        }
        let repository = IndexRepository::open(&upstream.path()).unwrap().unwrap();
        assert!(repository.packs().unwrap().is_empty());
        let torn = repository.git().path().join("objects/00/00000000000000000000000000000000000000");
        fs::create_dir_all(torn.parent().unwrap()).unwrap();
        fs::write(&torn, "").unwrap();
        let objects = || git(&upstream.path(), &["rev-list", "--all", "--objects"]);
        let before = objects();
        assert_eq!(repository.pack_loose_objects().unwrap(), before.lines().count() as u64);
        assert_eq!(repository.packs().unwrap().len(), 1);
        assert_eq!(repository.pack_loose_objects().unwrap(), 0, "but for the one that cannot be read");
        assert!(torn.exists());
        fs::remove_file(&torn).unwrap();
        git(&upstream.path(), &["fsck", "--strict"]);
        assert_eq!(objects(), before);
        fs::write(repository.git().path().join("objects/info/alternates"), "/elsewhere\n").unwrap();
        assert!(matches!(repository.packs(), Err(IndexError::Borrows { .. })));
    }
}

//! Files that were seen to be right, to know them again without reading them.

use std::collections::HashSet;
use std::fs::Metadata;
use std::hash::{BuildHasher, RandomState};
use std::os::unix::fs::MetadataExt;

use romt_types::Digest;

/// The files that a process wrote or read to their end, with the digests that they had.
///
/// A file is known by its device and number there, its size, and the times at which its content and anything about it
/// changed. Whoever writes to it changes these, so that a file that looks the same has the same content; the times are as
/// fine as the file system has them, which is why this is for one process that holds the lock of the mirror, and is not kept.
///
/// 8 bytes for each file, since there may be millions: two are taken for the same when their hashes are. The hash is keyed
/// anew in each process, so nobody can make that happen; by itself it is less likely than a fault of the memory.
#[derive(Debug, Default)]
pub struct SeenFiles {
    hashes: HashSet<u64>,
    key: RandomState,
}

impl SeenFiles {
    /// A file had this digest. `metadata` is from when all was written, or from before it was read.
    pub fn note(&mut self, digest: &Digest, metadata: &Metadata) {
        self.hashes.insert(self.hash(digest, metadata));
    }

    /// Whether no file was seen.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// Whether the file was seen to have this digest, and is the same still.
    pub fn has(&self, digest: &Digest, metadata: &Metadata) -> bool {
        !self.hashes.is_empty() && self.hashes.contains(&self.hash(digest, metadata))
    }

    fn hash(&self, digest: &Digest, metadata: &Metadata) -> u64 {
        let file = (metadata.dev(), metadata.ino(), metadata.size());
        let written = (metadata.mtime(), metadata.mtime_nsec());
        let changed = (metadata.ctime(), metadata.ctime_nsec());
        self.key.hash_one((digest, file, written, changed))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::thread::sleep;
    use std::time::Duration;

    use super::*;

    /// Longer than the steps in which any kernel counts the times of files.
    const TICK: Duration = Duration::from_millis(20);

    #[test]
    fn a_file_is_known_while_nothing_happens_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("below/file"), folder.path().join("other"));
        fs::create_dir(path.parent().unwrap()).unwrap();
        fs::write(&path, "x").unwrap();
        fs::write(&other, "x").unwrap();
        let (is, is_not) = (Digest::of(b"x"), Digest::of(b"y"));
        let mut seen = SeenFiles::default();
        let look = |path: &std::path::Path| fs::metadata(path).unwrap();
        assert!(!seen.has(&is, &look(&path)));
        seen.note(&is, &look(&path));
        assert!(seen.has(&is, &look(&path)));
        assert!(!seen.has(&is_not, &look(&path)), "another digest");
        assert!(!seen.has(&is, &look(&other)), "another file");
        // Its folder has moved, it has not.
        fs::rename(path.parent().unwrap(), folder.path().join("moved")).unwrap();
        let path = folder.path().join("moved/file");
        assert!(seen.has(&is, &look(&path)));
        let modified = look(&path).modified().unwrap();
        sleep(TICK);
        fs::write(&path, "y").unwrap();
        assert!(!seen.has(&is, &look(&path)), "as long as before, and other");
        // Who turns its clock back changes it once more.
        fs::File::options().append(true).open(&path).unwrap().set_modified(modified).unwrap();
        assert!(!seen.has(&is, &look(&path)));
    }
}
